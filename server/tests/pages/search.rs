//! `/{lang}/search` and `/api/v1/search`: what someone saw, and the cases that fit it.

use std::time::{Duration, Instant};

use crate::common::client::encoded;
use crate::common::{Answer, library, shared};
use crate::{ask, get};

/// Addresses of the results.
fn found(page: &Answer) -> Vec<String> {
    page.attributes("ol.res > li h2 a", "href")
}

fn search(lang: &str, query: &str) -> Answer {
    get(&format!("/{lang}/search?q={}", encoded(query))).assert_status(200)
}

#[test]
fn what_users_type_finds_its_case_in_either_language() {
    for case in library().cases() {
        for (lang, query) in case.symptoms.iter().flat_map(|(lang, lines)| lines.iter().map(move |line| (lang, line))) {
            let best = get(&format!("/api/v1/search?lang={lang}&limit=3&q={}", encoded(query))).json();
            let found: Vec<&str> =
                best["results"].as_array().unwrap().iter().filter_map(|r| r["slug"].as_str()).collect();
            assert!(found.contains(&case.slug.as_str()), "{query:?} finds {found:?} before {}", case.slug);
        }
    }
}

#[test]
fn a_result_says_why_it_matched_and_what_it_is() {
    let page = search("en", "CLOSE_WAIT");
    assert!(found(&page).len() >= 3, "{:?}", found(&page));
    assert_eq!(page.texts("[role=status]"), [format!("{} cases", found(&page).len())]);
    let first = found(&page)[0].clone();
    let case = library().cases().find(|case| first.ends_with(&format!("/{}", case.slug))).unwrap();
    let page = page
        .assert_holds("ol.res > li:first-child .m1", "Signals matched: ")
        .assert_holds("ol.res > li:first-child .m1", "CLOSE_WAIT")
        .assert_text("ol.res > li:first-child h2 a", &case.text.en.title)
        .assert_holds("ol.res > li:first-child .cause", &case.text.en.cause.text)
        .assert_holds("ol.res mark", "CLOSE");
    assert!(
        page.attributes("ol.res .meter", "aria-label")
            .iter()
            .all(|label| label.starts_with("match ") && label.ends_with("/5"))
    );
}

#[test]
fn spellings_of_one_thing_find_the_same() {
    let expected = found(&search("en", "FIN_WAIT2"));
    assert!(!expected.is_empty());
    for spelling in ["fin-wait-2", "FIN-WAIT-2", "finwait2", "FinWait2", "ＦＩＮ＿ＷＡＩＴ２"] {
        assert_eq!(found(&search("en", spelling))[0], expected[0], "{spelling}");
    }
}

#[test]
fn the_box_keeps_what_was_typed() {
    let query = "a <b> & \"c\"\n  ss -tan | grep CLOSE-WAIT\n";
    let page = search("en", query);
    let kept =
        page.html().select(&crate::common::html::css("textarea[name=q]")).map(|e| e.text().collect::<String>()).next();
    assert_eq!(kept.as_deref(), Some(query.trim()));
    page.assert_holds("head > title", "a <b> & \"c\"").assert_count("link[rel=canonical][href$=\"/en/search\"]", 1);
}

#[test]
fn an_empty_query_asks_for_one() {
    for target in ["/en/search", "/en/search?q=", "/en/search?q=+%20%0A", "/en/search?x=1", "/en/search?"] {
        get(target)
            .assert_status(200)
            .assert_count("ol.res", 0)
            .assert_holds("main .empty", "Type what you see")
            .assert_count("textarea[name=q]", 1);
    }
    get("/zh/search").assert_holds("main .empty", "写下看到的现象");
}

#[test]
fn no_hit_says_what_to_try() {
    for (lang, title) in [("zh", "没有匹配的案例"), ("en", "No case matches")] {
        let page = search(lang, "zzqqxxjj").assert_text("main h2", title).assert_count("ol.res", 0);
        let ways = page.attributes("main a.btn", "href");
        assert_eq!(ways, [format!("/{lang}/signals"), format!("/{lang}/cases")]);
    }
}

#[test]
fn results_can_be_filtered_and_keep_their_query() {
    let page = get("/en/search?q=close_wait+timeout");
    let all = found(&page);
    let option =
        page.attributes("fieldset.facet a.ck", "href").into_iter().find(|href| href.contains("layer=http")).unwrap();
    assert!(option.contains("q=close_wait+timeout"), "{option}");
    let filtered = get(&option);
    let some = found(&filtered);
    assert!(
        !some.is_empty() && some.len() < all.len() && some.iter().all(|to| all.contains(to)),
        "{some:?} of {all:?}"
    );
    assert_eq!(filtered.texts("[role=status]"), [format!("{} of {} cases", some.len(), all.len())]);
    assert_eq!(filtered.attributes("details.facets a.btn", "href"), ["/en/search?q=close_wait+timeout"]);
    let none = get("/en/search?q=close_wait&layer=dns&tool=arping").assert_status(200);
    assert!(
        found(&none).is_empty()
            && none.attributes("details.facets a.btn", "href").contains(&"/en/search?q=close_wait".to_owned())
    );
}

#[test]
fn the_language_switch_keeps_the_query() {
    let page = get("/en/search?q=close_wait+%26+more&layer=tcp");
    assert_eq!(
        page.attributes("lang-switch a[hreflang=zh-Hans]", "href"),
        ["/zh/search?q=close_wait+%26+more&layer=tcp"]
    );
}

#[test]
fn a_long_paste_is_posted_and_answered() {
    let log: String =
        (0..3_000).map(|n| format!("tcp CLOSE-WAIT 1 0 10.0.0.{}:8080 10.0.0.9:{n}\n", n % 250)).collect();
    let start = Instant::now();
    let page = shared().post("/en/search", &[("q", &log)]).assert_status(200);
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    assert!(found(&page)[0].contains("close-wait"), "{:?}", found(&page));
    // The box holds the paste; links carry on no more of it than a search reads.
    let size = page.decoded().len();
    assert!(size < log.len() + 1_200_000, "{size} bytes of page for {} of query", log.len());
    let links = page.attributes("a[href*='q=']", "href");
    assert!(links.iter().all(|link| link.len() < 25_000), "a longer link than a request line may be");
    get(links.last().unwrap()).assert_status(200);
}

#[test]
fn the_interface_for_programs_answers_json() {
    let answer = get("/api/v1/search?q=CLOSE_WAIT&lang=zh&limit=2")
        .assert_status(200)
        .assert_header("content-type", "application/json");
    let json = answer.json();
    assert_eq!(json["query"], "CLOSE_WAIT");
    let results = json["results"].as_array().unwrap();
    assert_eq!(results.len(), 2);
    for result in results {
        let slug = result["slug"].as_str().unwrap();
        let case = library().cases().find(|case| case.slug.as_str() == slug).unwrap();
        assert_eq!(result["title"], case.text.zh.title.as_str());
        assert_eq!(result["url"], format!("/zh/cases/{slug}"));
        assert!(result["score"].as_f64().is_some_and(|score| score > 0.0));
        assert!(result["why"].as_array().is_some_and(|why| !why.is_empty() && why.iter().all(|w| w.is_string())));
    }
    let scores: Vec<f64> = results.iter().map(|r| r["score"].as_f64().unwrap()).collect();
    assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
}

#[test]
fn programs_and_readers_get_the_same_results() {
    for query in ["CLOSE_WAIT", "粘包", "502 keep-alive", "connection refused localhost"] {
        let json = get(&format!("/api/v1/search?q={}&lang=en&limit=50", encoded(query))).json();
        let urls: Vec<String> =
            json["results"].as_array().unwrap().iter().map(|r| r["url"].as_str().unwrap().to_owned()).collect();
        assert_eq!(urls, found(&search("en", query)), "{query}");
        let posted =
            shared().post("/api/v1/search", &[("q", query), ("lang", "en"), ("limit", "50")]).assert_status(200).json();
        assert_eq!(posted, json, "{query}");
    }
}

#[test]
fn programs_get_ten_results_and_the_language_they_accept_unless_they_say_otherwise() {
    let many = get("/api/v1/search?q=tcp+connection&lang=en").json();
    assert_eq!(many["results"].as_array().unwrap().len(), 10);
    let first = |answer: Answer| answer.json()["results"][0]["url"].as_str().unwrap().to_owned();
    let ask = |language: &str| ask("GET", "/api/v1/search?q=CLOSE_WAIT").header("Accept-Language", language).send();
    assert!(first(ask("zh-CN,zh;q=0.9")).starts_with("/zh/"));
    assert!(first(ask("fr")).starts_with("/en/"));
    assert!(ask("zh").joined("vary").contains("accept-language"));
    for empty in ["/api/v1/search", "/api/v1/search?q=", "/api/v1/search?q=zzqqxxjj"] {
        assert_eq!(get(empty).assert_status(200).json()["results"], serde_json::json!([]), "{empty}");
    }
}

#[test]
fn a_program_that_asks_for_nonsense_is_told_which() {
    for (query, words) in [
        ("lang=fr", "lang=fr: use zh or en"),
        ("limit=0", "from 1 to 100"),
        ("limit=101", "from 1 to 100"),
        ("limit=x", "limit=x"),
        ("limit=-1", "limit=-1"),
    ] {
        let answer = get(&format!("/api/v1/search?q=x&{query}"))
            .assert_status(400)
            .assert_header("content-type", "application/problem+json");
        let json = answer.json();
        assert_eq!(json["status"], 400);
        assert!(json["detail"].as_str().unwrap().contains(words), "{json}");
    }
    get("/api/v1/search?q=a&q=b").assert_status(400).assert_header("content-type", "application/problem+json");
}

#[test]
fn what_was_understood_is_shown_and_can_be_taken_out() {
    let page = search("en", "1240 CLOSE-WAIT, conection refused");
    assert!(page.texts(".read .sig b").contains(&"CLOSE_WAIT".to_owned()), "{:?}", page.texts(".read .sig b"));
    assert!(page.texts(".read .sig b").contains(&"conection → connection".to_owned()));
    let out = page.attributes(".read .sig a[aria-label='remove CLOSE_WAIT']", "href");
    let page = get(&out[0]).assert_status(200);
    assert!(!page.texts(".read .sig b").iter().any(|name| name == "CLOSE_WAIT"), "{:?}", page.texts(".read .sig b"));
    assert!(!page.texts("ol.res mark").iter().any(|word| word.contains("CLOSE")), "{:?}", page.texts("ol.res mark"));
    // Facets keep what was taken out.
    let facets = page.attributes(".facets a", "href");
    assert!(facets.iter().all(|href| href.contains("without=state.close-wait")), "{facets:?}");
}

#[test]
fn when_no_case_matches_the_signals_in_the_query_lead_on() {
    search("en", "wireguard bgp ospf connection refused terraform kafka")
        .assert_text("main h2", "No case matches")
        .assert_count("main .oops a[href='/en/signals/error.connection-refused']", 1);
}
