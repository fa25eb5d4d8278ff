//! `/zh-en/cases/{slug}`: both languages of a case, evidence and code once.

use packet_clinic::domain::Lang;
use packet_clinic::domain::page_text::Block;

use crate::common::{html, library};
use crate::get;

#[test]
fn both_languages_stand_side_by_side_under_the_same_sections() {
    for case in library().cases() {
        let page = get(&format!("/zh-en/cases/{}", case.slug)).assert_status(200);
        let (zh, en) = (case.text(Lang::Zh), case.text(Lang::En));
        let page = page.assert_text("h1", &zh.title).assert_text(".h1b[lang=en]", &en.title);
        let names = |lang: Lang| zh.sections.iter().map(|s| s.id.heading(lang).to_owned()).collect::<Vec<_>>();
        assert_eq!(page.texts(".pair > h2"), names(Lang::Zh), "{}", case.slug);
        assert_eq!(page.texts(".pair > .h2b[lang=en]"), names(Lang::En), "{}", case.slug);
        for pair in page.html().select(&html::css("section > .pair")) {
            assert_eq!(pair.child_elements().count(), 2, "{}: {}", case.slug, pair.html());
        }
    }
}

#[test]
fn all_words_of_both_languages_are_there() {
    for case in library().cases() {
        let whole = get(&format!("/zh-en/cases/{}", case.slug)).texts("main").concat();
        let whole: String = whole.split_whitespace().collect();
        for lang in Lang::ALL {
            let single = get(&format!("/{lang}/cases/{}", case.slug)).html();
            for element in single
                .select(&html::css("section p:not(.ptitle), section li, section h3, section td, figcaption [lang]"))
            {
                // Notes and interactive parts are shown in one language; links to sections are furniture.
                let skipped = element.ancestors().filter_map(scraper::ElementRef::wrap).any(|e| {
                    let value = e.value();
                    value.name() == "dead-peer"
                        || value.name() == "form"
                        || value.attr("class").is_some_and(|c| c.contains("vchk") || c == "dock")
                });
                let inner = element.select(&html::css("p, li")).next().is_some();
                let end = element.ancestors().filter_map(scraper::ElementRef::wrap).any(|e| {
                    let last = e.select(&html::css("h2")).next().and_then(|h| h.value().id());
                    e.value().name() == "section" && matches!(last, Some("related" | "signals" | "sources"))
                });
                if skipped || inner || end {
                    continue;
                }
                let words: String = html::words(element).split_whitespace().collect();
                let words = words.trim_end_matches('#');
                assert!(whole.contains(words), "{}: {lang} says {words:?}", case.slug);
            }
        }
    }
}

#[test]
fn captions_stand_in_both_languages() {
    let mut seen = 0;
    for case in library().cases() {
        let page = get(&format!("/zh-en/cases/{}", case.slug));
        for lang in Lang::ALL {
            let shown = page.texts(&format!("figcaption [lang={}]", lang.tag()));
            for block in case.text(lang).sections.iter().flat_map(|section| &section.blocks) {
                let (Block::Evidence { caption, .. } | Block::Sequence { caption, .. }) = block else { continue };
                let words = caption.plain().split_whitespace().collect::<Vec<_>>().join(" ");
                assert!(words.is_empty() || shown.contains(&words), "{}: {words:?} is not among {shown:?}", case.slug);
                seen += usize::from(matches!(block, Block::Sequence { .. }) && !words.is_empty());
            }
        }
    }
    assert!(seen >= 20, "{seen} captions of diagrams");
}

#[test]
fn evidence_and_code_are_shown_once() {
    for case in library().cases() {
        let single = get(&format!("/zh/cases/{}", case.slug));
        let both = get(&format!("/zh-en/cases/{}", case.slug));
        for shared in ["figure.ev", ".tabs-box", "figure.fig", ".ev code.term"] {
            assert_eq!(both.texts(shared).len(), single.texts(shared).len(), "{}: {shared}", case.slug);
        }
    }
}

#[test]
fn the_page_is_kept_under_the_chinese_one_and_marks_itself() {
    let case = library().cases().next().unwrap();
    let page = get(&format!("/zh-en/cases/{}", case.slug));
    assert_eq!(page.attributes("link[rel=canonical]", "href"), [format!("{}/zh/cases/{}", crate::base(), case.slug)]);
    let page = page.assert_count("lang-switch a[aria-current]", 1);
    assert_eq!(page.attributes("lang-switch a[aria-current]", "href"), [format!("/zh-en/cases/{}", case.slug)]);
}
