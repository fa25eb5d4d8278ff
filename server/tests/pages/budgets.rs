//! What a first visit to a case costs over the wire. The limits are the project's, in units of 1,024 bytes.

use std::fs;

use packet_clinic::domain::Lang;

use crate::common::library;
use crate::{ask, get};

/// Elements that play runs, names and streams.
const PLAYED: [&str; 7] =
    ["byte-stage", "name-stage", "net-stage", "queue-panel", "race-panel", "run-table", "state-graph"];

/// Bytes of an answer as browsers get it.
fn sent(path: &str) -> usize {
    ask("GET", path).header("Accept-Encoding", "br").send().assert_status(200).body.len()
}

#[test]
fn a_case_page_stays_within_its_budget() {
    for case in library().cases() {
        for prefix in Lang::ALL.map(|lang| lang.code()).into_iter().chain(["zh-en"]) {
            let path = format!("/{prefix}/cases/{}", case.slug);
            let bytes = sent(&path);
            assert!(bytes <= 40 * 1024, "{path}: {bytes} bytes of HTML");
        }
    }
}

#[test]
fn styles_scripts_and_fonts_stay_within_their_budgets() {
    let home = get("/en/");
    let prefix: String =
        home.attributes("head script[src]", "src")[0].splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
    let total = |folder: &str, ending: &str| -> usize {
        let entries = fs::read_dir(format!("{}/../static/{folder}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.ends_with(ending)).map(|name| sent(&format!("{prefix}/{folder}/{name}"))).sum()
    };
    for bundle in ["home", "case", "page", "search"] {
        let bytes = sent(&format!("{prefix}/css/{bundle}.css"));
        assert!(bytes <= 8 * 1024, "{bundle}.css: {bytes} bytes");
    }
    // What plays runs is asked for by pages that have one, and takes as much again as a page of text.
    let played: usize = PLAYED.iter().map(|name| sent(&format!("{prefix}/js/elements/{name}.js"))).sum();
    let (scripts, fonts) =
        (total("js", ".js") + total("js/elements", ".js") + total("js/lib", ".js") - played, total("fonts", ".woff2"));
    assert!((1..=10 * 1024).contains(&scripts), "{scripts} bytes of scripts");
    // Of these a page asks for what its kind needs.
    let stage = total("js/stage", ".js");
    assert!((1..=42 * 1024).contains(&stage), "{stage} bytes to play a run");
    for bundle in ["lab", "names"] {
        let bytes = sent(&format!("{prefix}/css/{bundle}.css")) + sent(&format!("{prefix}/css/stage.css"));
        assert!(bytes <= 11 * 1024, "{bundle}.css with stage.css: {bytes} bytes");
    }
    assert!((1..=46 * 1024).contains(&fonts), "{fonts} bytes of fonts");
}
