//! The home page: the search box, where to look first, symptoms by area, what is new.

use askama::Template;

use super::rendered;
use crate::domain::{Area, Lang, Library, SignalId};
use crate::web::view::case::{CaseRow, row};
use crate::web::view::shell::{Frame, Nav, Shell};
use crate::web::view::text::Text;

/// How many new cases are listed.
const NEWEST: usize = 8;

/// Commands that separate most problems, with the signals that each may show.
const FIRST_LOOKS: [(&str, [&str; 3]); 4] = [
    ("ss -tan | awk 'NR>1{print $1}' | sort | uniq -c", ["state.close-wait", "state.fin-wait-2", "state.time-wait"]),
    ("ss -ltn", ["output.listen-recv-q", "state.listen", "counter.listen-overflows"]),
    (
        "nstat -az | grep -E 'Listen|Retrans|Timeout'",
        ["counter.retrans-segs", "counter.listen-drops", "counter.timeouts"],
    ),
    ("tcpdump -nn -i any port PORT", ["packet.rst-after-fin", "packet.fin-unanswered", "packet.no-retransmit"]),
];

#[derive(Template)]
#[template(path = "pages/home.html")]
struct HomePage {
    shell: Shell,
    one_result: String,
    first_looks: Vec<FirstLook>,
    areas: Vec<AreaView>,
    newest: Vec<CaseRow>,
}

struct FirstLook {
    command: &'static str,
    signals: Vec<(String, String)>,
}

struct AreaView {
    name: &'static str,
    symptoms: Vec<SymptomView>,
}

struct SymptomView {
    href: String,
    name: String,
    count: usize,
}

/// Renders it.
pub fn render(library: &Library, frame: &Frame, lang: Lang) -> String {
    let t = Text(lang);
    let mut shell = frame.shell(lang, "/", format!("{}: {}", t.site(), t.tagline()), t.tagline());
    shell.bundle = "home";
    shell.at = Nav::None;
    shell.is_home = true;
    shell.body_class = "home";
    rendered(&HomePage {
        one_result: t.results_count().replace("{n}", "1").replace("cases match", "case matches"),
        first_looks: first_looks(library, lang),
        areas: Area::ALL
            .iter()
            .map(|area| AreaView {
                name: t.area(*area),
                symptoms: library
                    .symptoms_in(*area)
                    .into_iter()
                    .map(|(signal, count)| SymptomView {
                        href: format!("/{lang}/signals/{}", signal.id),
                        name: signal.name.get(lang).clone(),
                        count,
                    })
                    .collect(),
            })
            .filter(|area: &AreaView| !area.symptoms.is_empty())
            .collect(),
        newest: library.newest().into_iter().take(NEWEST).map(|case| row(case, lang)).collect(),
        shell,
    })
}

fn first_looks(library: &Library, lang: Lang) -> Vec<FirstLook> {
    let signal = |id: &&str| {
        let signal = library.signal(&SignalId::parse(id)?)?;
        (library.cases_with(&signal.id).len() > 0)
            .then(|| (format!("/{lang}/signals/{}", signal.id), signal.short.get(lang).clone()))
    };
    FIRST_LOOKS
        .iter()
        .map(|(command, ids)| FirstLook { command, signals: ids.iter().filter_map(signal).collect() })
        .collect()
}
