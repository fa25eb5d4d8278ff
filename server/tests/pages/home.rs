//! `/zh/`, `/en/` and the pages beside them that hold words only.

use packet_clinic::domain::{Area, Lang};

use crate::common::{html, library};
use crate::get;

#[test]
fn the_home_page_opens_with_a_search_box_that_needs_no_script() {
    for (lang, heading) in [(Lang::Zh, "把症状贴进来"), (Lang::En, "Paste what you saw")] {
        get(&format!("/{lang}/"))
            .assert_status(200)
            .assert_text("h1", heading)
            .assert_count(&format!("form[role=search][action='/{lang}/search'] textarea[name=q]"), 1)
            .assert_count("form[role=search] button", 1);
    }
}

#[test]
fn the_home_page_lists_the_newest_cases() {
    for lang in Lang::ALL {
        let home = get(&format!("/{lang}/"));
        let newest: Vec<_> = library().newest().into_iter().take(8).map(|case| case.text(lang).title.clone()).collect();
        assert_eq!(home.texts(".plist tbody td:first-child a"), newest);
    }
}

#[test]
fn the_home_page_lists_symptoms_by_area_with_how_many_cases_show_them() {
    for lang in Lang::ALL {
        let page = get(&format!("/{lang}/")).html();
        let chips = html::css(".index a.chip");
        let shown: Vec<(String, String)> =
            page.select(&chips).map(|chip| (chip.attr("href").unwrap().to_owned(), html::words(chip))).collect();
        let expected: Vec<(String, String)> = Area::ALL
            .iter()
            .flat_map(|area| library().symptoms_in(*area))
            .map(|(s, n)| (format!("/{lang}/signals/{}", s.id), format!("{} {n}", s.name.get(lang))))
            .collect();
        let folded = |words: &str| words.split_whitespace().collect::<Vec<_>>().join(" ");
        let expected: Vec<_> = expected.into_iter().map(|(href, words)| (href, folded(&words))).collect();
        assert_eq!(shown, expected);
        assert!(shown.len() >= 15, "{} symptoms", shown.len());
    }
}

#[test]
fn the_home_page_names_commands_to_begin_with_and_what_they_may_show() {
    let home = get("/en/").assert_count("ul.first > li", 4).assert_holds("ul.first code", "ss -ltn");
    let signals = home.attributes("ul.first a", "href");
    assert!(signals.len() >= 6, "{signals:?}");
    for signal in signals {
        get(&signal).assert_status(200);
    }
}

#[test]
fn the_legend_shows_every_packet_by_glyph_and_words() {
    for (lang, heading) in [("zh", "图例：包的颜色、形状与线型"), ("en", "Legend: packet colour, shape and line")]
    {
        get(&format!("/{lang}/legend"))
            .assert_status(200)
            .assert_text("h1", heading)
            .assert_count("table.legend tbody tr", 10)
            .assert_count("table.legend tbody th svg use", 10)
            .assert_count("figure svg[role=img]", 2);
    }
    get("/en/legend").assert_text("table.legend th", "retransmission").assert_text("table.legend td", "hatched block");
}

#[test]
fn about_says_what_is_kept_and_under_which_licences() {
    let zh = get("/zh/about").assert_status(200).assert_text("h1", "关于网络诊所");
    let en = get("/en/about").assert_status(200).assert_text("h1", "About Packet Clinic");
    let ids = |page: &crate::Answer| page.attributes("main [id]", "id");
    assert_eq!(ids(&zh), ids(&en), "the same sections in both languages");
    for id in ["privacy", "licence", "api"] {
        assert!(ids(&en).iter().any(|i| i == id), "{:?}", ids(&en));
    }
    assert!(en.text().contains("CC BY-SA 4.0") && zh.text().contains("CC BY-SA 4.0"));
}
