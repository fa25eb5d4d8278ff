//! `/{lang}/signals` and `/{lang}/signals/{id}`: what can be observed, and every case that shows it.

use std::collections::BTreeMap;

use packet_clinic::domain::{Lang, SignalKind};

use crate::common::{html, library};
use crate::get;

#[test]
fn the_index_lists_every_signal_under_its_kind_with_its_cases() {
    for lang in Lang::ALL {
        let page = get(&format!("/{lang}/signals")).assert_status(200).html();
        let mut listed: BTreeMap<String, (String, String)> = BTreeMap::new();
        for group in page.select(&html::css("dl.index > div")) {
            let kind = group.select(&html::css("dt")).next().and_then(|e| e.value().id()).unwrap().to_owned();
            for chip in group.select(&html::css("a.chip")) {
                let id = chip.attr("href").unwrap().strip_prefix(&format!("/{lang}/signals/")).unwrap().to_owned();
                let count = chip.select(&html::css(".n")).map(html::words).next().unwrap();
                listed.insert(id, (kind.clone(), count));
            }
        }
        let expected: BTreeMap<String, (String, String)> = library()
            .signals()
            .map(|s| (s.id.to_string(), (s.kind.code().to_owned(), library().cases_with(&s.id).len().to_string())))
            .collect();
        assert_eq!(listed, expected);
        let kinds: Vec<_> =
            SignalKind::ALL.iter().filter(|k| library().signals().any(|s| s.kind == **k)).map(|k| k.code()).collect();
        assert_eq!(get(&format!("/{lang}/signals")).attributes("dl.index dt", "id"), kinds);
    }
}

#[test]
fn a_signal_leads_to_every_case_that_shows_it_the_surest_first() {
    let mut shown = 0;
    for signal in library().signals() {
        for lang in Lang::ALL {
            let page = get(&format!("/{lang}/signals/{}", signal.id))
                .assert_status(200)
                .assert_text("h1", signal.name.get(lang).trim());
            let cases: Vec<String> =
                library().cases_with(&signal.id).map(|c| format!("/{lang}/cases/{}", c.slug)).collect();
            assert_eq!(page.attributes("main ul.rel > li > a", "href"), cases, "{}", signal.id);
            let weights: Vec<_> =
                library().cases_with(&signal.id).map(|c| format!("{}/5", c.weight_of(&signal.id))).collect();
            assert_eq!(page.attributes("main ul.rel .meter", "aria-label"), weights, "{}", signal.id);
            assert!(weights.is_sorted_by(|a, b| a >= b), "{}: {weights:?}", signal.id);
            let spellings: Vec<String> =
                signal.spellings.iter().map(|s| s.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
            assert_eq!(page.texts(".spell code"), spellings, "{}", signal.id);
            shown += cases.len();
        }
    }
    assert!(shown >= 19 * 3 * 2, "{shown} mentions");
}

#[test]
fn a_signal_says_how_to_see_it_and_what_it_is_seen_with() {
    let page = get("/en/signals/state.close-wait").assert_count(".ev .cmd", 1);
    let neighbours = page.attributes(".chips a.chip", "href");
    assert!(
        !neighbours.is_empty() && !neighbours.contains(&"/en/signals/state.close-wait".to_owned()),
        "{neighbours:?}"
    );
    let alone = library().signals().find(|s| library().cases_with(&s.id).len() == 0);
    if let Some(signal) = alone {
        get(&format!("/en/signals/{}", signal.id))
            .assert_holds("main", "No case shows this signal yet.")
            .assert_count("ul.rel", 0);
    }
}
