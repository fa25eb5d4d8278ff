//! `/{lang}/cases`: all cases, filtered by facets in the address.

use std::collections::BTreeSet;

use packet_clinic::domain::{Case, Lang, Layer};

use crate::common::client::encoded;
use crate::common::{Answer, html, library};
use crate::get;

/// The cases listed on a page, by their address.
fn listed(page: &Answer) -> Vec<String> {
    page.attributes(".plist tbody td:first-child a", "href")
}

/// Addresses of the cases that a rule accepts, the newest first.
fn expected(lang: Lang, accept: impl Fn(&Case) -> bool) -> Vec<String> {
    library().newest().into_iter().filter(|case| accept(case)).map(|c| format!("/{lang}/cases/{}", c.slug)).collect()
}

/// An option of a facet as the page shows it.
struct Choice {
    facet: String,
    href: String,
    count: usize,
    chosen: bool,
}

fn choices(page: &Answer) -> Vec<Choice> {
    let page = page.html();
    let mut found = Vec::new();
    for facet in page.select(&html::css("fieldset.facet")) {
        let name = facet.select(&html::css("legend")).map(html::words).next().unwrap();
        for option in facet.select(&html::css("a.ck")) {
            let count = option.select(&html::css(".n")).map(html::words).next().unwrap();
            found.push(Choice {
                facet: name.clone(),
                href: option.attr("href").unwrap().to_owned(),
                count: count.parse().unwrap(),
                chosen: option.attr("aria-current").is_some(),
            });
        }
    }
    found
}

#[test]
fn all_cases_are_listed_the_newest_first() {
    let all = library().cases().len();
    for (lang, heading, total) in [
        (Lang::Zh, "全部案例", format!("{all} 共 {all} 个案例")),
        (Lang::En, "All cases", format!("{all} of {all} cases")),
    ] {
        let page = get(&format!("/{lang}/cases"))
            .assert_status(200)
            .assert_text("h1", heading)
            .assert_text("[role=status]", &total);
        assert_eq!(listed(&page), expected(lang, |_| true));
        let titles: Vec<String> = library().newest().iter().map(|case| case.text(lang).title.clone()).collect();
        assert_eq!(page.texts(".plist tbody td:first-child a"), titles);
    }
}

#[test]
fn facets_stand_in_the_address() {
    let layer = |layer| move |case: &Case| case.layers.contains(&layer);
    for (query, expected) in [
        ("layer=udp".to_owned(), expected(Lang::En, layer(Layer::Udp))),
        ("tool=strace".to_owned(), expected(Lang::En, |case| case.tools.iter().any(|t| t == "strace"))),
        ("runtime=Go".to_owned(), expected(Lang::En, |case| case.runtimes.iter().any(|r| r == "Go"))),
        (
            "symptom=state.close-wait".to_owned(),
            expected(Lang::En, |case| case.signals.iter().any(|s| s.id.as_str() == "state.close-wait")),
        ),
        (
            "layer=udp&layer=http".to_owned(),
            expected(Lang::En, |case| layer(Layer::Udp)(case) || layer(Layer::Http)(case)),
        ),
        (
            "layer=tcp&runtime=nginx".to_owned(),
            expected(Lang::En, |case| layer(Layer::Tcp)(case) && case.runtimes.iter().any(|r| r == "nginx")),
        ),
    ] {
        let page = get(&format!("/en/cases?{query}")).assert_status(200);
        assert!(!expected.is_empty() && expected.len() < library().cases().len(), "{query} tells nothing apart");
        assert_eq!(listed(&page), expected, "{query}");
    }
}

#[test]
fn the_count_beside_an_option_is_what_choosing_it_shows() {
    let all = choices(&get("/zh/cases"));
    assert_eq!(
        all.iter().map(|c| c.facet.as_str()).collect::<BTreeSet<_>>(),
        BTreeSet::from(["层", "症状", "工具", "环境"])
    );
    assert!(all.len() > 20, "{} options", all.len());
    for choice in all {
        assert!(!choice.chosen && choice.count > 0, "{}", choice.href);
        let page = get(&choice.href).assert_status(200);
        assert_eq!(listed(&page).len(), choice.count, "{}", choice.href);
        let chosen: Vec<Choice> = choices(&page).into_iter().filter(|c| c.chosen).collect();
        assert_eq!(chosen.len(), 1, "{} marks what was chosen", choice.href);
        assert_eq!(chosen[0].href, "/zh/cases", "and offers to take it back");
    }
}

#[test]
fn facets_narrow_each_other_and_options_of_one_widen_it() {
    let page = get("/en/cases?layer=tcp");
    let here = listed(&page).len();
    for choice in choices(&page).into_iter().filter(|c| !c.chosen) {
        let next = listed(&get(&choice.href));
        if choice.facet == "Layer" {
            assert!(next.len() >= here, "{} widens", choice.href);
            let only = choice.href.replace("layer=tcp&", "").replace("&layer=tcp", "");
            assert_eq!(listed(&get(&only)).len(), choice.count, "{only}");
        } else {
            assert_eq!(next.len(), choice.count, "{}", choice.href);
            assert!(next.iter().all(|case| listed(&page).contains(case)), "{} narrows", choice.href);
        }
    }
}

#[test]
fn filtered_lists_can_be_cleared_and_stay_out_of_search_engines() {
    let page = get("/en/cases?layer=udp&tool=ss").assert_count("meta[name=robots][content=noindex]", 1);
    assert!(page.attributes("details.facets a.btn", "href").contains(&"/en/cases".to_owned()));
    assert_eq!(page.attributes("details.facets a.ck", "rel").iter().collect::<BTreeSet<_>>().len(), 1, "all nofollow");
    get("/en/cases").assert_count("meta[name=robots]", 0).assert_count("details.facets > p a", 0);
}

#[test]
fn the_language_switch_keeps_the_filters() {
    let page = get("/en/cases?layer=udp&runtime=Go");
    assert_eq!(page.attributes("lang-switch a[hreflang=zh-Hans]", "href"), ["/zh/cases?layer=udp&runtime=Go"]);
}

#[test]
fn a_filter_that_nothing_fits_says_so_and_offers_the_way_out() {
    for query in ["layer=dns&tool=arping", "layer=dns&layer=no-such&tool=arping"] {
        let page = get(&format!("/en/cases?{query}")).assert_status(200).assert_count(".plist", 0);
        assert!(page.text().contains("No case fits all of these."), "{query}");
        assert!(page.attributes("main p a", "href").contains(&"/en/cases".to_owned()), "{query}");
    }
}

#[test]
fn unknown_names_and_values_filter_nothing() {
    let odd = format!("runtime={}", encoded("中 文&=?"));
    for query in [
        "utm_source=x",
        "layer=",
        "x",
        "=",
        "&&&",
        "LAYER=udp",
        "layer%5b%5d=udp",
        "layer=bogus",
        "tool=hammer",
        "symptom=state.gone",
        &odd,
    ] {
        let page = get(&format!("/en/cases?{query}")).assert_count("meta[name=robots]", 0);
        assert_eq!(listed(&page).len(), library().cases().len(), "{query}");
    }
    let known = listed(&get("/en/cases?layer=udp"));
    assert_eq!(listed(&get("/en/cases?layer=bogus&layer=udp&tool=hammer")), known);
}
