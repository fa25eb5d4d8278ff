//! Search results: why each matched, then what it is.

use askama::Template;

use super::rendered;
use crate::domain::{Case, Lang, Library};
use crate::search::{Hit, part_read};
use crate::web::view::case::{case_href, layers};
use crate::web::view::filters::{FacetView, Filters};
use crate::web::view::marks::{count, marked};
use crate::web::view::shell::{Frame, Nav, Shell};
use crate::web::view::text::Text;

/// Lines of evidence shown under a result.
const SNIPPET_LINES: usize = 4;

#[derive(Template)]
#[template(path = "pages/search.html")]
struct SearchPage {
    shell: Shell,
    query: String,
    box_rows: usize,
    facets: Vec<FacetView>,
    chosen: usize,
    clear: String,
    count_line: String,
    hits: Vec<HitView>,
}

struct HitView {
    href: String,
    bars: u8,
    meter_label: String,
    why: String,
    title: String,
    cause: String,
    snippet: String,
    layers: String,
    tools: String,
    runtimes: String,
    minutes: u32,
}

/// Renders the results of a query, which may be empty.
pub fn render(library: &Library, frame: &Frame, lang: Lang, query: &str, hits: &[Hit], filters: &Filters) -> String {
    let t = Text(lang);
    let path = format!("/{lang}/search");
    let found: Vec<(&Hit, &Case)> = hits.iter().filter_map(|hit| Some((hit, library.case(&hit.slug)?))).collect();
    let cases: Vec<&Case> = found.iter().map(|(_, case)| *case).collect();
    let shown: Vec<HitView> = found
        .iter()
        .filter(|(_, case)| filters.accept(case))
        .map(|(hit, case)| hit_view(library, hit, case, lang))
        .collect();
    let title =
        if query.is_empty() { t.search().to_owned() } else { format!("{} · {}", first_line(query), t.search()) };
    let mut shell = frame.shell(lang, "/search", title, t.tagline());
    shell.at = Nav::Cases;
    shell.bundle = "search";
    shell.body_class = "search";
    // Dozens of links carry the query on: no more of it than was read.
    let carried = [("q", part_read(query))];
    shell.query = filters.href("", &carried);
    // Every query is the same page to search engines: the canonical address carries none.
    shell.is_search = true;
    rendered(&SearchPage {
        box_rows: query.lines().count().clamp(2, 10),
        facets: filters.facets(&cases, library, t, &path, &carried),
        chosen: filters.count(),
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

/// Why a case matched, in words: its signals, or the words it shares with the query.
pub fn why(library: &Library, hit: &Hit, lang: Lang) -> Vec<String> {
    let signals: Vec<String> =
        hit.signals.iter().filter_map(|id| library.signal(id)).map(|s| s.short.get(lang).clone()).take(4).collect();
    if !signals.is_empty() {
        return signals;
    }
    let mut words: Vec<String> = hit.matched.iter().map(|t| t.text.clone()).filter(|w| w.chars().count() > 1).collect();
    words.truncate(6);
    words
}

fn hit_view(library: &Library, hit: &Hit, case: &Case, lang: Lang) -> HitView {
    let t = Text(lang);
    let text = case.text(lang);
    let label = if hit.signals.is_empty() { t.matched_words() } else { t.matched_signals() };
    HitView {
        href: case_href(case, lang),
        bars: hit.bars(),
        meter_label: format!("{} {}/5", t.match_label(), hit.bars()),
        why: format!("{label}: {}", why(library, hit, lang).join(" + ")),
        title: marked(&text.title, &hit.matched),
        cause: text.cause.html.0.clone(),
        snippet: snippet(case, hit),
        layers: layers(case, lang),
        tools: case.tools.iter().take(3).map(String::as_str).collect::<Vec<_>>().join(" · "),
        runtimes: case.runtimes.iter().take(3).map(String::as_str).collect::<Vec<_>>().join(" · "),
        minutes: text.minutes,
    }
}

/// The piece of evidence that holds most of the matched words: its command and the lines around the first match.
fn snippet(case: &Case, hit: &Hit) -> String {
    let best = case
        .evidence
        .values()
        .map(|e| {
            (
                e.lines().map(|l| count(l, &hit.matched)).sum::<usize>()
                    + e.command.as_ref().map_or(0, |c| count(c, &hit.matched)),
                e,
            )
        })
        .max_by_key(|(n, _)| *n);
    let Some((matches, evidence)) = best else { return String::new() };
    let first = evidence
        .lines()
        .position(|l| count(l, &hit.matched) > 0)
        .or_else(|| evidence.hits.first().map(|h| h.line.saturating_sub(1)))
        .unwrap_or(0);
    if matches == 0 {
        return String::new();
    }
    let mut out = String::new();
    if let Some(command) = &evidence.command {
        out.push_str("$ ");
        out.push_str(&marked(command, &hit.matched));
        out.push('\n');
    }
    for line in evidence.lines().skip(first.saturating_sub(1)).take(SNIPPET_LINES) {
        let short: String = line.chars().take(160).collect();
        out.push_str(&marked(&short, &hit.matched));
        out.push('\n');
    }
    out.trim_end().to_owned()
}

fn first_line(query: &str) -> String {
    let line = query.lines().next().unwrap_or("");
    let mut short: String = line.chars().take(60).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    short
}
