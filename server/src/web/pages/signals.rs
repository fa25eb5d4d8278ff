//! The index of signals and the page of one: every case that shows it.

use std::collections::BTreeMap;

use askama::Template;

use super::rendered;
use crate::domain::{Lang, Library, Signal, SignalId, SignalKind};
use crate::web::view::case::case_href;
use crate::web::view::shell::{Frame, Nav, Shell};
use crate::web::view::text::Text;

/// How many neighbours are offered.
const MOST_NEIGHBOURS: usize = 8;

#[derive(Template)]
#[template(path = "pages/signals.html")]
struct SignalsPage {
    shell: Shell,
    kinds: Vec<KindView>,
}

struct KindView {
    id: &'static str,
    name: &'static str,
    signals: Vec<SignalLink>,
}

struct SignalLink {
    href: String,
    name: String,
    count: usize,
}

#[derive(Template)]
#[template(path = "pages/signal.html")]
struct SignalPage {
    shell: Shell,
    kind_id: &'static str,
    kind: &'static str,
    name: String,
    about: String,
    command: Option<String>,
    cases: Vec<SignalCase>,
    spellings: Vec<String>,
    neighbours: Vec<(String, String)>,
}

struct SignalCase {
    href: String,
    title: String,
    cause: String,
    weight: u8,
    weight_label: String,
    value: String,
}

/// Renders the index.
pub fn render_index(library: &Library, frame: &Frame, lang: Lang) -> String {
    let t = Text(lang);
    let mut shell = frame.shell(lang, "/signals", t.signals(), t.signals_lead());
    shell.at = Nav::Signals;
    let link = |signal: &Signal| SignalLink {
        href: format!("/{lang}/signals/{}", signal.id),
        name: signal.name.get(lang).clone(),
        count: library.cases_with(&signal.id).len(),
    };
    let kinds = SignalKind::ALL
        .iter()
        .map(|kind| {
            let mut signals: Vec<SignalLink> = library.signals().filter(|s| s.kind == *kind).map(link).collect();
            signals.sort_by_key(|s| std::cmp::Reverse(s.count));
            KindView { id: kind.code(), name: t.signal_kind(*kind), signals }
        })
        .filter(|kind| !kind.signals.is_empty())
        .collect();
    rendered(&SignalsPage { shell, kinds })
}

/// Renders one signal.
pub fn render(library: &Library, frame: &Frame, signal: &Signal, lang: Lang) -> String {
    let t = Text(lang);
    let name = signal.name.get(lang).clone();
    let mut shell = frame.shell(lang, &format!("/signals/{}", signal.id), name.clone(), signal.about.get(lang).clone());
    shell.at = Nav::Signals;
    let cases = library
        .cases_with(&signal.id)
        .map(|case| {
            let shown = case.signals.iter().find(|s| s.id == signal.id);
            let weight = case.weight_of(&signal.id);
            SignalCase {
                href: case_href(case, lang),
                title: case.text(lang).title.clone(),
                cause: case.text(lang).cause.html.0.clone(),
                weight,
                weight_label: format!("{weight}/5"),
                value: shown.and_then(|s| s.value.as_ref()).map(|v| v.get(lang).clone()).unwrap_or_default(),
            }
        })
        .collect();
    rendered(&SignalPage {
        kind_id: signal.kind.code(),
        kind: t.signal_kind(signal.kind),
        about: signal.about.get(lang).clone(),
        command: signal.command.clone(),
        cases,
        spellings: signal.spellings.clone(),
        neighbours: neighbours(library, signal, lang),
        name,
        shell,
    })
}

/// Signals that stand in the same cases, the commonest first.
fn neighbours(library: &Library, signal: &Signal, lang: Lang) -> Vec<(String, String)> {
    let mut counts: BTreeMap<&SignalId, u32> = BTreeMap::new();
    for other in library.cases_with(&signal.id).flat_map(|case| &case.signals).filter(|s| s.id != signal.id) {
        *counts.entry(&other.id).or_default() += u32::from(other.weight);
    }
    let mut sorted: Vec<_> = counts.into_iter().collect();
    sorted.sort_by_key(|(id, weight)| (std::cmp::Reverse(*weight), (*id).clone()));
    let link =
        |(id, _): (&SignalId, u32)| Some((format!("/{lang}/signals/{id}"), library.signal(id)?.name.get(lang).clone()));
    sorted.into_iter().filter_map(link).take(MOST_NEIGHBOURS).collect()
}
