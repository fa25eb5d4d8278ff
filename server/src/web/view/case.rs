//! What the pages of cases are given: rows of lists, the head, the end, terms.

use super::text::Text;
use crate::domain::case::CaseSignal;
use crate::domain::{Case, Lang, Library};

/// A case in a list.
pub struct CaseRow {
    pub href: String,
    pub title: String,
    pub cause: String,
    pub layers: String,
    pub tools: String,
    pub runtimes: String,
    pub minutes: u32,
}

/// A signal as a badge.
pub struct Badge {
    pub href: String,
    pub short: String,
    pub value: String,
    pub hot: bool,
}

/// What follows the text of a case.
pub struct CaseEnd {
    pub slug: String,
    pub related: Vec<RelatedView>,
    pub signals: Vec<Badge>,
    pub sources: Vec<SourceView>,
    pub checked: String,
    pub published: String,
    pub updated: String,
}

/// A neighbouring case.
pub struct RelatedView {
    pub href: String,
    pub title: String,
    pub how: String,
}

/// A source.
pub struct SourceView {
    pub url: String,
    pub title: String,
    pub kind: &'static str,
    pub date: String,
}

/// A definition that a tooltip shows.
pub struct TermView {
    pub id: String,
    pub word: String,
    pub other: String,
    pub other_tag: &'static str,
    pub definition: String,
    pub source: String,
    pub source_host: String,
}

/// Where a case's page is.
pub fn case_href(case: &Case, lang: Lang) -> String {
    format!("/{lang}/cases/{}", case.slug)
}

/// A row of a list.
pub fn row(case: &Case, lang: Lang) -> CaseRow {
    let text = case.text(lang);
    CaseRow {
        href: case_href(case, lang),
        title: text.title.clone(),
        cause: text.cause.html.0.clone(),
        layers: layers(case, lang),
        tools: case.tools.iter().take(4).map(String::as_str).collect::<Vec<_>>().join(" · "),
        runtimes: case.runtimes.iter().take(3).map(String::as_str).collect::<Vec<_>>().join(" · "),
        minutes: text.minutes,
    }
}

/// `L4 TCP · L7 HTTP`.
pub fn layers(case: &Case, lang: Lang) -> String {
    case.layers.iter().map(|l| Text(lang).layer(*l)).collect::<Vec<_>>().join(" · ")
}

/// `Checked 2026-11-22 on Linux 6.18, Go 1.19`.
pub fn checked(case: &Case, lang: Lang) -> String {
    let t = Text(lang);
    let with = match lang {
        Lang::Zh => case.checked_with.join("、"),
        Lang::En => case.checked_with.join(", "),
    };
    let tie = if with.is_empty() { "" } else { t.checked_on() };
    format!("{} {}{tie}{with}", t.checked(), case.checked_on)
}

/// A signal of a case as a badge that leads to its page.
pub fn badge(signal: &CaseSignal, library: &Library, lang: Lang) -> Option<Badge> {
    let known = library.signal(&signal.id)?;
    Some(Badge {
        href: format!("/{lang}/signals/{}", signal.id),
        short: known.short.get(lang).clone(),
        value: signal.value.as_ref().map(|v| v.get(lang).clone()).unwrap_or_default(),
        hot: signal.hot,
    })
}

/// What follows the text.
pub fn end(case: &Case, library: &Library, lang: Lang) -> CaseEnd {
    let t = Text(lang);
    let related = |r: &crate::domain::case::Related| {
        let other = library.case(&r.slug)?;
        Some(RelatedView {
            href: case_href(other, lang),
            title: other.text(lang).title.clone(),
            how: r.how.get(lang).clone(),
        })
    };
    CaseEnd {
        slug: case.slug.to_string(),
        related: case.related.iter().filter_map(related).collect(),
        signals: case.signals.iter().filter_map(|s| badge(s, library, lang)).collect(),
        sources: case
            .sources
            .iter()
            .map(|s| SourceView {
                url: s.url.clone(),
                title: s.title.clone(),
                kind: t.source_kind(s.kind),
                date: s.date.to_string(),
            })
            .collect(),
        checked: checked(case, lang),
        published: case.published.to_string(),
        updated: case.updated.to_string(),
    }
}

/// The definitions a page needs, each once.
pub fn terms<'i>(ids: impl Iterator<Item = &'i String>, library: &Library, lang: Lang) -> Vec<TermView> {
    let mut seen = std::collections::BTreeSet::new();
    let view = |id: &String| {
        let term = library.glossary.iter().find(|t| &t.id == id)?;
        let host = term.source.trim_start_matches("https://").split('/').next().unwrap_or("").to_owned();
        Some(TermView {
            id: term.id.clone(),
            word: term.word.get(lang).clone(),
            other: term.word.get(lang.other()).clone(),
            other_tag: lang.other().tag(),
            definition: term.definition.get(lang).clone(),
            source: term.source.clone(),
            source_host: host,
        })
    };
    ids.filter(|id| seen.insert((*id).clone())).filter_map(view).collect()
}
