//! A case in one language, and both side by side.

use askama::Template;
use serde_json::json;

use super::rendered;
use crate::domain::page_text::{Block, Section};
use crate::domain::preset::Kind;
use crate::domain::{Case, Lang, Library};
use crate::web::view::blocks::{BlockView, Blocks, captions};
use crate::web::view::case::{Badge, CaseEnd, TermView, badge, checked, end, layers, terms};
use crate::web::view::dead_peer::DeadPeerView;
use crate::web::view::shell::{Frame, Nav, Shell};
use crate::web::view::stage::{StageView, preset_href};
use crate::web::view::text::Text;

#[derive(Template)]
#[template(path = "pages/case.html")]
struct CasePage {
    shell: Shell,
    path: Vec<(String, String)>,
    title: String,
    other_title: Option<String>,
    layers: String,
    runtimes: String,
    checked: String,
    glance: Vec<Badge>,
    environment: String,
    cause: String,
    fix: String,
    reproduce: String,
    minutes: u32,
    difficulty: u8,
    toc: Vec<TocEntry>,
    sections: Vec<SectionView>,
    dock: Option<DockView>,
    end: CaseEnd,
    terms: Vec<TermView>,
}

#[derive(Template)]
#[template(path = "pages/case_both.html")]
struct CaseBothPage {
    shell: Shell,
    path: Vec<(String, String)>,
    title: String,
    title_en: String,
    layers: String,
    runtimes: String,
    checked: String,
    glance: Vec<Badge>,
    environment: String,
    cause: String,
    cause_en: String,
    fix: String,
    fix_en: String,
    toc: Vec<TocEntry>,
    sections: Vec<SectionPair>,
    dock: Option<DockView>,
    end: CaseEnd,
    terms: Vec<TermView>,
}

/// What stands beside the text.
struct DockView {
    stage: StageView,
    others: Vec<(String, String)>,
}

struct TocEntry {
    id: &'static str,
    name: &'static str,
    subs: Vec<(String, String)>,
}

struct SectionView {
    id: &'static str,
    name: &'static str,
    blocks: Vec<BlockView>,
}

struct SectionPair {
    id: &'static str,
    name: &'static str,
    name_en: &'static str,
    rows: Vec<RowView>,
}

enum RowView {
    Pair { zh: String, en: String },
    Shared(BlockView),
}

/// Renders a case in one language; `tool` is what an embedded calculator shows.
pub fn render(library: &Library, frame: &Frame, case: &Case, lang: Lang, tool: &DeadPeerView) -> String {
    let text = case.text(lang);
    let mut blocks = Blocks::new(case, lang, tool);
    let sections = text
        .sections
        .iter()
        .map(|section| SectionView {
            id: section.id.code(),
            name: section.id.heading(lang),
            blocks: section.blocks.iter().filter_map(|b| blocks.view(b)).collect(),
        })
        .collect();
    rendered(&CasePage {
        path: breadcrumbs(case, lang),
        title: text.title.clone(),
        other_title: None,
        layers: layers(case, lang),
        runtimes: case.runtimes.join(" · "),
        checked: checked(case, lang),
        glance: glance(case, library, lang),
        environment: text.environment.html.0.clone(),
        cause: text.cause.html.0.clone(),
        fix: text.fix.html.0.clone(),
        reproduce: text.reproduce.html.0.clone(),
        minutes: text.minutes,
        difficulty: case.difficulty.level(),
        toc: toc(case, library, lang),
        sections,
        dock: dock(case, library, lang),
        end: end(case, library, lang),
        terms: terms(text.terms.iter(), library, lang),
        shell: shell(frame, case, library, lang, false),
    })
}

/// Renders both languages side by side; evidence, diagrams and code span both columns.
pub fn render_both(library: &Library, frame: &Frame, case: &Case) -> String {
    let (zh, en) = (case.text(Lang::Zh), case.text(Lang::En));
    let tool = DeadPeerView::linux(Lang::Zh);
    let mut blocks = Blocks::new(case, Lang::Zh, &tool);
    let sections = zh
        .sections
        .iter()
        .filter_map(|section| {
            let other = en.sections.iter().find(|s| s.id == section.id)?;
            Some(SectionPair {
                id: section.id.code(),
                name: section.id.heading(Lang::Zh),
                name_en: section.id.heading(Lang::En),
                rows: rows(section, other, &mut blocks),
            })
        })
        .collect();
    rendered(&CaseBothPage {
        path: breadcrumbs(case, Lang::Zh),
        title: zh.title.clone(),
        title_en: en.title.clone(),
        layers: layers(case, Lang::Zh),
        runtimes: case.runtimes.join(" · "),
        checked: checked(case, Lang::Zh),
        glance: glance(case, library, Lang::Zh),
        environment: zh.environment.html.0.clone(),
        cause: zh.cause.html.0.clone(),
        cause_en: en.cause.html.0.clone(),
        fix: zh.fix.html.0.clone(),
        fix_en: en.fix.html.0.clone(),
        toc: toc(case, library, Lang::Zh),
        sections,
        dock: dock(case, library, Lang::Zh),
        end: end(case, library, Lang::Zh),
        terms: terms(zh.terms.iter().chain(&en.terms), library, Lang::Zh),
        shell: shell(frame, case, library, Lang::Zh, true),
    })
}

/// Pairs the words between shared blocks. The checks made sure that both languages have the same shared blocks.
fn rows(zh: &Section, en: &Section, blocks: &mut Blocks<'_>) -> Vec<RowView> {
    let mut rows = Vec::new();
    let mut en_blocks = en.blocks.iter().peekable();
    let next_words = |en_blocks: &mut std::iter::Peekable<std::slice::Iter<'_, Block>>| match en_blocks.peek() {
        Some(Block::Words(html)) => {
            en_blocks.next();
            html.0.clone()
        }
        _ => String::new(),
    };
    for block in &zh.blocks {
        if let Block::Words(html) = block {
            rows.push(RowView::Pair { zh: html.0.clone(), en: next_words(&mut en_blocks) });
            continue;
        }
        let before = next_words(&mut en_blocks);
        if !before.is_empty() {
            rows.push(RowView::Pair { zh: String::new(), en: before });
        }
        rows.extend(shared(block, en_blocks.next(), blocks));
    }
    let rest = next_words(&mut en_blocks);
    if !rest.is_empty() {
        rows.push(RowView::Pair { zh: String::new(), en: rest });
    }
    rows
}

fn shared(zh: &Block, en: Option<&Block>, blocks: &mut Blocks<'_>) -> Option<RowView> {
    let pair = |zh: String, en: String| Some(RowView::Pair { zh, en });
    match (zh, en) {
        (Block::Heading { id, html, .. }, Some(Block::Heading { html: other, .. })) => {
            pair(format!("<h3 id=\"{id}\">{}</h3>", html.0), format!("<h3>{}</h3>", other.0))
        }
        (Block::Statement(html), Some(Block::Statement(other))) => {
            pair(format!("<div class=\"cause\">{}</div>", html.0), format!("<div class=\"cause\">{}</div>", other.0))
        }
        (Block::Evidence { key, notes, caption, .. }, Some(Block::Evidence { caption: other, .. })) => {
            let captions = captions([(Lang::Zh, caption), (Lang::En, other)]);
            blocks.evidence(key, notes, captions).map(|e| RowView::Shared(BlockView::Evidence(e)))
        }
        (Block::Sequence { key, caption }, Some(Block::Sequence { caption: other, .. })) => {
            let captions = captions([(Lang::Zh, caption), (Lang::En, other)]);
            blocks.sequence(key, captions).map(|s| RowView::Shared(BlockView::Sequence(s)))
        }
        (Block::Checks(checks), Some(Block::Checks(others))) => {
            let list = |checks: &[crate::domain::page_text::Check]| {
                let item = |c: &crate::domain::page_text::Check| {
                    let mut command = String::new();
                    crate::content::highlight::escape(&mut command, &c.command);
                    format!("<li><code>{command}</code><span>{}</span></li>", c.html.0)
                };
                format!("<ul class=\"vchk plain\">{}</ul>", checks.iter().map(item).collect::<String>())
            };
            pair(list(checks), list(others))
        }
        _ => blocks.view(zh).map(RowView::Shared),
    }
}

fn glance(case: &Case, library: &Library, lang: Lang) -> Vec<Badge> {
    let mut shown: Vec<_> = case.signals.iter().filter(|s| s.glance).collect();
    shown.sort_by_key(|s| !s.hot);
    shown.into_iter().filter_map(|s| badge(s, library, lang)).collect()
}

fn toc(case: &Case, library: &Library, lang: Lang) -> Vec<TocEntry> {
    let (t, sections) = (Text(lang), &case.text(lang).sections);
    let subs = |section: &Section| {
        let heading =
            |b: &Block| if let Block::Heading { id, text, .. } = b { Some((id.clone(), text.clone())) } else { None };
        section.blocks.iter().filter_map(heading).collect()
    };
    let mut entries: Vec<TocEntry> =
        sections.iter().map(|s| TocEntry { id: s.id.code(), name: s.id.heading(lang), subs: subs(s) }).collect();
    if !library.presets_of(&case.slug).is_empty() {
        entries.push(TocEntry { id: "playground", name: t.stage_title(), subs: Vec::new() });
    }
    if !case.related.is_empty() {
        entries.push(TocEntry { id: "related", name: t.related(), subs: Vec::new() });
    }
    entries.push(TocEntry { id: "sources", name: t.sources(), subs: Vec::new() });
    entries
}

/// The run that stands beside the text, and the way to the others.
fn dock(case: &Case, library: &Library, lang: Lang) -> Option<DockView> {
    let presets = library.presets_of(&case.slug);
    let (first, others) = presets.split_first()?;
    let other = |preset: &&crate::domain::Preset| (preset_href(preset, library, lang), preset.title.get(lang).clone());
    Some(DockView { stage: StageView::new(first, library, None, lang), others: others.iter().map(other).collect() })
}

/// Layers lead to the filtered list.
fn breadcrumbs(case: &Case, lang: Lang) -> Vec<(String, String)> {
    let t = Text(lang);
    case.layers.iter().take(1).map(|l| (format!("/{lang}/cases?layer={}", l.code()), t.layer(*l).to_owned())).collect()
}

fn shell(frame: &Frame, case: &Case, library: &Library, lang: Lang, both: bool) -> Shell {
    let text = case.text(lang);
    let mut shell = frame.shell(lang, &format!("/cases/{}", case.slug), text.title.clone(), text.description.clone());
    shell.bundle = "case";
    shell.at = Nav::Cases;
    shell.side_by_side = Some(both);
    shell.glyphs = true;
    shell.stage = true;
    shell.lookup = library.presets_of(&case.slug).first().is_some_and(|p| matches!(p.kind, Kind::Names { .. }));
    shell.body_class = if both { "bi" } else { "case" };
    shell.json_ld = Some(json_ld(frame, case, lang));
    shell
}

/// schema.org TechArticle. `<` is escaped, so that no text can end the script element.
fn json_ld(frame: &Frame, case: &Case, lang: Lang) -> String {
    let text = case.text(lang);
    let address = format!("{}/{lang}/cases/{}", frame.base, case.slug);
    json!({
        "@context": "https://schema.org",
        "@type": "TechArticle",
        "headline": text.title,
        "description": text.description,
        "inLanguage": lang.tag(),
        "url": address,
        "mainEntityOfPage": address,
        "datePublished": case.published.to_string(),
        "dateModified": case.updated.to_string(),
        "proficiencyLevel": if case.difficulty.level() > 2 { "Expert" } else { "Beginner" },
        "image": format!("{}{}/og.png", frame.base, frame.assets),
        "author": { "@type": "Organization", "name": Text(lang).site(), "url": format!("{}/{lang}/", frame.base) },
        "publisher": { "@type": "Organization", "name": Text(lang).site() },
        "license": "https://creativecommons.org/licenses/by-sa/4.0/",
        "keywords": case.signals.iter().map(|s| s.id.as_str()).collect::<Vec<_>>().join(", "),
    })
    .to_string()
    .replace('<', "\\u003c")
}
