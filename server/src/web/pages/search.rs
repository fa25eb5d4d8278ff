//! Search results: why each matched, then what it is.

use askama::Template;

use super::rendered;
use crate::domain::case::Evidence;
use crate::domain::{Both, Case, Lang, Library};
use crate::search::{ConceptId, Found, Hit, Place, Understood, as_typed, part_read};
use crate::web::view::case::{case_href, layers};
use crate::web::view::filters::{FacetView, Filters};
use crate::web::view::marks::Marker;
use crate::web::view::shell::{Frame, Nav, Shell};
use crate::web::view::text::Text;

/// More items than this would push the results off the page.
const MOST_READ: usize = 12;
/// Bytes of a query that a link carries on: percent-encoded they still fit into a request line.
const MOST_CARRIED: usize = 8 * 1024;
/// Lines of evidence shown under a result.
const SNIPPET_LINES: usize = 4;
/// Bytes of a query in which words that matched are looked for.
const WHY_READS: usize = 1024;
/// Letters of such a word that are shown: Han text has no gaps.
const WHY_LETTERS: usize = 24;
/// Letters of prose shown under a result.
const SNIPPET_LETTERS: usize = 160;

#[derive(Template)]
#[template(path = "pages/search.html")]
struct SearchPage {
    shell: Shell,
    query: String,
    about_length: Option<String>,
    box_rows: usize,
    facets: Vec<FacetView>,
    chosen: usize,
    clear: String,
    read: Vec<ReadItem>,
    also: Vec<ReadItem>,
    count_line: String,
    hits: Vec<HitView>,
    nearest: Vec<(String, String)>,
}

struct HitView {
    href: String,
    bars: u8,
    meter_label: String,
    why: String,
    title: String,
    cause: String,
    snippet: Option<Snippet>,
    layers: String,
    tools: String,
    runtimes: String,
    minutes: u32,
}

/// Why a case matched, in its own words.
struct Snippet {
    /// Output that a machine printed, rather than prose.
    output: bool,
    html: String,
}

/// What the page is asked for.
pub struct Asked<'a> {
    /// What was typed; may be empty.
    pub query: &'a str,
    /// Codes of concepts that the reader took out.
    pub without: &'a [String],
    /// What results must be.
    pub filters: &'a Filters,
}

/// A thing that the query was read as, and the address without it.
struct ReadItem {
    label: &'static str,
    name: String,
    hot: bool,
    without: String,
}

/// Renders the results of a query.
pub fn render(library: &Library, frame: &Frame, lang: Lang, asked: &Asked<'_>, answer: &Found) -> String {
    let Asked { query, without, filters } = *asked;
    let hits = &answer.hits;
    let mended = answer.understood.mended(part_read(query));
    let t = Text(lang);
    let path = format!("/{lang}/search");
    let found: Vec<(&Hit, &Case)> = hits.iter().filter_map(|hit| Some((hit, library.case(&hit.slug)?))).collect();
    let cases: Vec<&Case> = found.iter().map(|(_, case)| *case).collect();
    let shown: Vec<HitView> = found
        .iter()
        .filter(|(_, case)| filters.accept(case))
        .map(|(hit, case)| hit_view(library, &mended, &answer.understood, hit, case, lang))
        .collect();
    let title =
        if query.is_empty() { t.search().to_owned() } else { format!("{} · {}", first_line(query), t.search()) };
    let mut shell = frame.shell(lang, "/search", title, t.tagline());
    shell.at = Nav::Cases;
    shell.bundle = "search";
    shell.body_class = "search";
    // Dozens of links carry the query on.
    let part_carried = &query[..query.floor_char_boundary(MOST_CARRIED)];
    let mut carried = vec![("q", part_carried)];
    carried.extend(without.iter().map(|code| ("without", code.as_str())));
    let (read, also) = read_as(library, t, &path, &carried, filters, &answer.understood);
    shell.query = filters.href("", &carried);
    // Every query is the same page to search engines: the canonical address carries none.
    shell.is_search = true;
    rendered(&SearchPage {
        about_length: t.about_length(query, part_read(query), part_carried),
        box_rows: query.lines().count().clamp(2, 10),
        facets: filters.facets(&cases, library, t, &path, &carried),
        chosen: filters.count(),
        read,
        also,
        nearest: nearest_signals(library, lang, &answer.understood),
        clear: Filters::default().href(&path, &carried),
        count_line: match (shown.len(), cases.len()) {
            (n, m) if n == m => t.count_cases(n),
            (n, m) => format!("{n} {} {}", t.of_word(), t.count_cases(m)),
        },
        query: query.to_owned(),
        hits: shown,
        shell,
    })
}

/// How a query was read: signals and slips put right, and the terms of the field that were searched too. Each concept
/// comes with the address of the same search without it.
fn read_as(
    library: &Library,
    t: Text,
    path: &str,
    carried: &[(&str, &str)],
    filters: &Filters,
    understood: &Understood,
) -> (Vec<ReadItem>, Vec<ReadItem>) {
    let without = |code: &str| {
        let mut pairs = carried.to_vec();
        pairs.push(("without", code));
        filters.href(path, &pairs)
    };
    let mut read = Vec::new();
    let mut also = Vec::new();
    for (typed, meant) in &understood.corrected {
        let name = format!("{typed} → {meant}");
        read.push(ReadItem { label: t.read_spelling(), name, hot: false, without: without(&as_typed(typed)) });
    }
    for concept in &understood.concepts {
        let name = concept.label.get(t.0).clone();
        match &concept.id {
            ConceptId::Signal(id) => read.push(ReadItem {
                label: library.signal(id).map_or("", |signal| t.signal_label(signal.kind)),
                hot: library.cases_with(id).len() > 0,
                without: without(id.as_str()),
                name,
            }),
            ConceptId::Term(id) | ConceptId::Wording(id) => {
                also.push(ReadItem { label: t.read_term(), name, hot: false, without: without(id) });
            }
        }
    }
    // A term and a signal of one name are one thing to a reader.
    also.retain(|item| !read.iter().any(|r| r.name == item.name));
    read.truncate(MOST_READ);
    also.truncate(MOST_READ);
    (read, also)
}

/// The pages of the signals that a query names: where to go when no case matches.
fn nearest_signals(library: &Library, lang: Lang, understood: &Understood) -> Vec<(String, String)> {
    let signals = understood.concepts.iter().filter_map(|c| library.signal(c.signal()?.0));
    signals
        .take(MOST_READ)
        .map(|signal| (format!("/{lang}/signals/{}", signal.id), signal.name.get(lang).clone()))
        .collect()
}

/// Why a case matched, in words: its signals, or what it shares with the query, as it was typed.
pub fn why(library: &Library, query: &str, hit: &Hit, lang: Lang) -> Vec<String> {
    let signals: Vec<String> =
        hit.signals.iter().filter_map(|id| library.signal(id)).map(|s| s.short.get(lang).clone()).take(4).collect();
    if !signals.is_empty() {
        return signals;
    }
    let part = &query[..query.floor_char_boundary(WHY_READS)];
    let marker = Marker::new(&hit.matched, []);
    let short = |word: &str| match word.char_indices().nth(WHY_LETTERS) {
        Some((end, _)) => format!("{}…", &word[..end]),
        None => word.to_owned(),
    };
    marker.matches(part).into_iter().take(6).map(short).collect()
}

fn hit_view(library: &Library, query: &str, understood: &Understood, hit: &Hit, case: &Case, lang: Lang) -> HitView {
    let t = Text(lang);
    let concepts = understood.concepts.iter().filter(|c| hit.matched.contains(&c.id.token()));
    let marker = Marker::new(&hit.matched, concepts.flat_map(|c| wordings(library, &c.id)));
    let text = case.text(lang);
    let label = if hit.signals.is_empty() { t.matched_words() } else { t.matched_signals() };
    HitView {
        href: case_href(case, lang),
        bars: hit.bars(),
        meter_label: format!("{} {}/5", t.match_label(), hit.bars()),
        why: format!("{label}{}{}", t.colon(), why(library, query, hit, lang).join(" + ")),
        title: marker.marked(&text.title),
        cause: text.cause.html.0.clone(),
        snippet: snippet(case, hit, lang, &marker),
        layers: layers(case, lang),
        tools: case.tools.iter().take(3).map(String::as_str).collect::<Vec<_>>().join(" · "),
        runtimes: case.runtimes.iter().take(3).map(String::as_str).collect::<Vec<_>>().join(" · "),
        minutes: text.minutes,
    }
}

/// Every wording of a concept.
fn wordings<'l>(library: &'l Library, id: &ConceptId) -> Vec<&'l str> {
    let of_both = |words: &'l Both<String>| words.iter().map(|(_, word)| word.as_str());
    let all_of_both = |words: &'l Both<Vec<String>>| words.iter().flat_map(|(_, words)| words).map(String::as_str);
    match id {
        ConceptId::Term(id) => library
            .glossary
            .iter()
            .filter(|term| term.id == *id)
            .flat_map(|term| of_both(&term.word).chain(all_of_both(&term.aliases)))
            .collect(),
        ConceptId::Signal(id) => library
            .signal(id)
            .into_iter()
            .flat_map(|signal| of_both(&signal.short).chain(signal.spellings.iter().map(String::as_str)))
            .collect(),
        ConceptId::Wording(id) => library
            .wordings
            .iter()
            .filter(|wording| wording.id == *id)
            .flat_map(|wording| all_of_both(&wording.words))
            .collect(),
    }
}

/// The passage that shows best why a case matched: the lines of output around the first match, or a sentence.
fn snippet(case: &Case, hit: &Hit, lang: Lang, marker: &Marker<'_>) -> Option<Snippet> {
    Some(match hit.shown.get(lang).as_ref()? {
        Place::Evidence(key) => Snippet { output: true, html: output(case.evidence.get(key)?, marker) },
        Place::Words { text, section, .. } => {
            let heading = section.heading(lang);
            Snippet { output: false, html: format!("<b>{heading}</b> {}", sentence(text, marker)) }
        }
    })
}

fn output(evidence: &Evidence, marker: &Marker<'_>) -> String {
    let first = evidence
        .lines()
        .position(|line| marker.count(line) > 0)
        .or_else(|| evidence.hits.first().map(|hit| hit.line.saturating_sub(1)))
        .unwrap_or(0);
    let mut out = String::new();
    if let Some(command) = &evidence.command {
        out.push_str("$ ");
        out.push_str(&marker.marked(command));
        out.push('\n');
    }
    for line in evidence.lines().skip(first.saturating_sub(1)).take(SNIPPET_LINES) {
        let short: String = line.chars().take(160).collect();
        out.push_str(&marker.marked(&short));
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out
}

/// A stretch of prose around the first match.
fn sentence(text: &str, marker: &Marker<'_>) -> String {
    let first = marker.first(text).unwrap_or(0);
    let before = text[..first].chars().count();
    if before < SNIPPET_LETTERS / 2 || text.chars().count() <= SNIPPET_LETTERS {
        return cut(text, marker);
    }
    // From the start of the sentence or clause, if it is near.
    let near = text[..first].char_indices().rev().take(SNIPPET_LETTERS / 2);
    let start = near.filter(|(_, c)| matches!(c, '。' | '；' | '，' | '.' | ';' | ',')).last();
    let start = start.map_or(first, |(at, c)| at + c.len_utf8());
    format!("…{}", cut(text[start..].trim_start(), marker))
}

fn cut(text: &str, marker: &Marker<'_>) -> String {
    match text.char_indices().nth(SNIPPET_LETTERS) {
        Some((end, _)) => format!("{}…", marker.marked(&text[..end])),
        None => marker.marked(text),
    }
}

fn first_line(query: &str) -> String {
    let line = query.lines().next().unwrap_or("");
    let mut short: String = line.chars().take(60).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    short
}
