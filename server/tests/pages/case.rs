//! `/{lang}/cases/{slug}`: one case, from what was seen to what prevents it.

use std::collections::BTreeSet;

use packet_clinic::domain::case::Evidence;
use packet_clinic::domain::page_text::{Block, Tool};
use packet_clinic::domain::{Case, Lang};
use scraper::{ElementRef, Html};
use serde_json::json;

use crate::common::{Answer, Fixture, Server, html, library};
use crate::{base, get};

/// Every case in every language with its page.
fn all() -> impl Iterator<Item = (&'static Case, Lang, Answer)> {
    let both = |case| Lang::ALL.into_iter().map(move |lang| (case, lang));
    library().cases().flat_map(both).map(|(case, lang)| (case, lang, get(&address(case, lang)).assert_status(200)))
}

fn address(case: &Case, lang: Lang) -> String {
    format!("/{lang}/cases/{}", case.slug)
}

/// The blocks of a case in the order of the page.
fn blocks(case: &Case, lang: Lang) -> impl Iterator<Item = &Block> {
    case.text(lang).sections.iter().flat_map(|section| &section.blocks)
}

/// The text of an element as it stands, white space too.
fn exact(element: ElementRef<'_>) -> String {
    element.text().collect()
}

/// What an attribute of the only element says.
fn one(page: &Html, selector: &str, name: &str) -> String {
    let found: Vec<_> = page.select(&html::css(selector)).collect();
    assert_eq!(found.len(), 1, "{selector}");
    found[0].attr(name).unwrap_or_default().to_owned()
}

#[test]
fn the_head_says_what_was_seen_and_when_it_was_checked() {
    for (case, lang, page) in all() {
        let text = case.text(lang);
        let page = page.assert_text("h1", &text.title);
        for with in &case.checked_with {
            assert!(page.texts(".cmeta")[0].contains(with.as_str()), "{}: {with}", case.slug);
        }
        let page = page
            .assert_holds(".cmeta", &case.checked_on.to_string())
            .assert_holds(".cmeta", &case.runtimes.join(" · "));
        page.assert_text(".path li:first-child a", if lang == Lang::Zh { "案例" } else { "Cases" });
    }
}

#[test]
fn the_glance_gives_cause_fix_and_the_telling_signals() {
    for (case, lang, page) in all() {
        let text = case.text(lang);
        let folded = |words: &str| words.split_whitespace().collect::<Vec<_>>().join(" ");
        let values = page.texts(".glance dd");
        for line in [&text.cause, &text.fix, &text.environment, &text.reproduce] {
            assert!(values.contains(&folded(&line.text)), "{}: {:?} is not among {values:?}", case.slug, line.text);
        }
        let glance = case.signals.iter().filter(|s| s.glance);
        let shown = page.attributes(".glance a.sig", "href");
        assert_eq!(shown.len(), glance.clone().count(), "{}", case.slug);
        for signal in glance {
            assert!(shown.contains(&format!("/{lang}/signals/{}", signal.id)), "{}: {}", case.slug, signal.id);
        }
        let hot = case.signals.iter().filter(|s| s.glance && s.hot).count();
        let marked = page.texts(".glance a.sig.hot").len();
        assert_eq!(marked, hot, "{}", case.slug);
        assert!(values.iter().any(|v| v.starts_with(&text.minutes.to_string())), "{}: minutes", case.slug);
    }
}

#[test]
fn sections_stand_in_order_and_in_the_table_of_contents() {
    for (case, lang, page) in all() {
        let sections = &case.text(lang).sections;
        let mut expected: Vec<&str> = sections.iter().map(|section| section.id.code()).collect();
        let related = (!case.related.is_empty()).then_some("related");
        expected.extend(related.into_iter().chain(["signals", "sources"]));
        assert_eq!(page.attributes(".cmain section > h2", "id"), expected, "{}", case.slug);
        for (section, words) in sections.iter().zip(page.texts(".cmain section > h2")) {
            assert_eq!(words.trim_end_matches(" #"), section.id.heading(lang), "{}", case.slug);
        }
        let subs: Vec<String> = blocks(case, lang)
            .filter_map(|block| if let Block::Heading { id, .. } = block { Some(format!("#{id}")) } else { None })
            .collect();
        assert_eq!(page.attributes("page-toc a.sub", "href"), subs, "{}", case.slug);
        let toc: Vec<String> = page.attributes("page-toc a:not(.sub)", "href");
        // The run beside the text stands in the contents where it stands on a phone: behind the text.
        expected.insert(sections.len(), "playground");
        let places: Vec<String> = expected.iter().filter(|id| **id != "signals").map(|id| format!("#{id}")).collect();
        assert_eq!(toc, places, "{}", case.slug);
    }
}

#[test]
fn evidence_is_what_the_machine_printed() {
    let mut seen = 0;
    for (case, lang, page) in all() {
        let page = page.html();
        for block in blocks(case, lang) {
            let Block::Evidence { key, notes, caption: shown_caption } = block else { continue };
            let evidence = &case.evidence[key];
            let figure = page.select(&html::css(&format!("figure.ev#ev-{key}"))).next();
            let figure = figure.unwrap_or_else(|| panic!("{}: {key} is not shown", case.slug));
            check_lines(case, evidence, key, figure);
            let title = evidence.command.as_ref().or(evidence.label.as_ref()).unwrap();
            let shown = figure.select(&html::css("header .cmd, header .lbl")).map(exact).next().unwrap();
            assert_eq!(&shown, title, "{}: {key}", case.slug);
            assert_eq!(figure.select(&html::css("header .cmd")).count(), usize::from(evidence.command.is_some()));
            let words: Vec<String> = figure.select(&html::css(".ln .note")).map(html::words).collect();
            let mut expected: Vec<_> = notes.clone();
            expected.sort();
            assert_eq!(words, expected.into_iter().map(|(_, words)| words).collect::<Vec<_>>(), "{}: {key}", case.slug);
            let caption: String = figure.select(&html::css("figcaption")).map(html::words).collect();
            assert_eq!(
                caption,
                shown_caption.plain().split_whitespace().collect::<Vec<_>>().join(" "),
                "{}: {key}",
                case.slug
            );
            seen += 1;
        }
    }
    assert!(seen > 100, "only {seen} pieces of evidence");
}

/// Lines, cuts and hits of a piece of evidence.
fn check_lines(case: &Case, evidence: &Evidence, key: &str, figure: ElementRef<'_>) {
    let whole = [(1, evidence.lines().count())];
    let ranges = if evidence.show.is_empty() { &whole[..] } else { &evidence.show };
    let numbers: Vec<usize> = ranges.iter().flat_map(|(from, to)| *from..=*to).collect();
    let lines: Vec<ElementRef<'_>> = figure.select(&html::css(".ln:not(.cut)")).collect();
    let texts: Vec<String> = lines
        .iter()
        .map(|line| {
            line.child_elements()
                .filter(|e| e.attr("aria-hidden").is_none() && e.attr("class").is_none())
                .map(exact)
                .collect()
        })
        .collect();
    let printed_lines: Vec<&str> = evidence.lines().collect();
    let expected: Vec<&str> = numbers.iter().map(|n| printed_lines[n - 1]).collect();
    assert_eq!(texts.iter().collect::<Vec<_>>(), expected, "{}: {key}", case.slug);
    let printed = |line: &ElementRef<'_>| {
        line.select(&html::css("[aria-hidden]")).map(exact).collect::<String>().parse::<usize>()
    };
    assert_eq!(lines.iter().filter_map(|line| printed(line).ok()).collect::<Vec<_>>(), numbers, "{}: {key}", case.slug);
    let has = |line: &ElementRef<'_>, class: &str| line.value().classes().any(|c| c == class);
    let hits: Vec<usize> = lines.iter().zip(&numbers).filter(|(line, _)| has(line, "hit")).map(|(_, n)| *n).collect();
    let mut wanted: Vec<usize> = evidence.hits.iter().map(|hit| hit.line).collect();
    wanted.sort_unstable();
    assert_eq!(hits, wanted, "{}: {key}: every line that carries the fault is shown and marked", case.slug);
    for hit in &evidence.hits {
        let line = lines[numbers.iter().position(|n| *n == hit.line).unwrap()];
        let underlined: Vec<String> = line.select(&html::css("u")).map(exact).collect();
        for mark in &hit.mark {
            assert!(underlined.iter().any(|u| u.contains(mark.as_str())), "{}: {key}:{}: {mark}", case.slug, hit.line);
        }
    }
    let left_out: usize = figure
        .select(&html::css(".ln.cut"))
        .map(|cut| exact(cut).chars().filter(char::is_ascii_digit).collect::<String>().parse::<usize>().unwrap())
        .sum();
    assert_eq!(left_out, evidence.lines().count() - numbers.len(), "{}: {key}", case.slug);
}

#[test]
fn diagrams_are_drawn_for_wide_and_narrow_screens_and_read_aloud() {
    let mut seen = 0;
    for (case, lang, page) in all() {
        let shown: Vec<&String> = blocks(case, lang)
            .filter_map(|b| if let Block::Sequence { key, .. } = b { Some(key) } else { None })
            .collect();
        let page = page.html();
        let drawings: Vec<String> = page
            .select(&html::css("article figure.fig svg[role=img]"))
            .filter_map(|e| e.attr("aria-label"))
            .map(str::to_owned)
            .collect();
        let expected: Vec<String> =
            shown.iter().flat_map(|key| [case.sequences[*key].about.get(lang); 2]).cloned().collect();
        assert_eq!(drawings, expected, "{}", case.slug);
        seen += shown.len();
    }
    assert!(seen >= 20, "{seen} diagrams");
}

#[test]
fn code_keeps_its_tabs_and_signs() {
    for (case, lang, page) in all() {
        let page = page.html();
        let tabs = blocks(case, lang).flat_map(|b| if let Block::Code(tabs) = b { tabs.as_slice() } else { &[] });
        let expected: Vec<Vec<String>> =
            tabs.map(|tab| tab.lines.iter().map(|line| line.html.plain()).collect()).collect();
        let lines = |panel: ElementRef<'_>| -> Vec<String> {
            panel.select(&html::css(".ln")).map(|line| line.child_elements().last().map(exact).unwrap()).collect()
        };
        let shown: Vec<Vec<String>> = page.select(&html::css(".tabs-box .panel")).map(lines).collect();
        assert_eq!(shown, expected, "{}", case.slug);
        for line in page.select(&html::css(".tabs-box .ln.add, .tabs-box .ln.del")) {
            let sign = line.select(&html::css(".sgn")).map(exact).next();
            let expected = if line.value().classes().any(|c| c == "add") { "+" } else { "-" };
            assert_eq!(sign.as_deref(), Some(expected), "{}", case.slug);
        }
        for group in page.select(&html::css(".tabs-box")) {
            let checked = group.select(&html::css("input[type=radio][checked]")).count();
            let radios = group.select(&html::css("input[type=radio]")).count();
            assert_eq!(checked, usize::from(radios > 0), "{}: the first tab is open", case.slug);
        }
    }
}

#[test]
fn files_are_shown_and_can_be_downloaded_byte_for_byte() {
    let mut seen = 0;
    for (case, lang, page) in all() {
        let shown: Vec<&String> =
            blocks(case, lang).filter_map(|b| if let Block::File { path } = b { Some(path) } else { None }).collect();
        let links = page.attributes("a[download]", "href");
        for path in shown {
            assert!(links.contains(&format!("/files/{}/{path}", case.slug)), "{}: {path}", case.slug);
        }
        for link in links {
            let path = link.strip_prefix(&format!("/files/{}/", case.slug)).unwrap().to_owned();
            let file = get(&link).assert_status(200);
            assert!(file.body == case.files[&path].bytes, "{link}");
            seen += 1;
        }
    }
    assert!(seen >= 60, "{seen} downloads");
}

#[test]
fn captures_and_scripts_are_data_to_browsers() {
    for case in library().cases() {
        for path in case.files.keys() {
            let file = get(&format!("/files/{}/{path}", case.slug))
                .assert_status(200)
                .assert_header("x-content-type-options", "nosniff");
            let media = file.header("content-type").unwrap().to_owned();
            assert!(!media.contains("html"), "{path} is {media}");
            let policy = file.header("content-security-policy").unwrap();
            assert_eq!(policy, "default-src 'none'; sandbox; frame-ancestors 'none'", "{path}");
            if [".js", ".mjs", ".html", ".css"].iter().any(|end| path.ends_with(end)) {
                assert_eq!(media, "text/plain; charset=utf-8", "{path}");
            }
            if path.ends_with(".pcap") {
                assert_eq!(media, "application/vnd.tcpdump.pcap", "{path}");
            }
        }
    }
}

#[test]
fn the_end_leads_to_neighbours_signals_and_sources() {
    for (case, lang, page) in all() {
        let related: Vec<String> = case.related.iter().map(|r| format!("/{lang}/cases/{}", r.slug)).collect();
        assert_eq!(page.attributes("#related + ul.rel > li > a", "href"), related, "{}", case.slug);
        let signals: Vec<String> = case.signals.iter().map(|s| format!("/{lang}/signals/{}", s.id)).collect();
        assert_eq!(page.attributes("#signals + p a.sig", "href"), signals, "{}", case.slug);
        let sources: Vec<String> = case.sources.iter().map(|s| s.url.clone()).collect();
        assert_eq!(page.attributes("#sources + ol.src > li > a", "href"), sources, "{}", case.slug);
        let dates: Vec<String> = case.sources.iter().map(|s| s.date.to_string()).collect();
        assert_eq!(page.attributes("ol.src time", "datetime"), dates, "{}", case.slug);
        let page = page.assert_holds(".checked", &case.checked_on.to_string());
        page.assert_holds(".checked time", &case.published.to_string());
    }
}

#[test]
fn the_last_word_is_the_readers() {
    for (case, lang, page) in all() {
        let action = format!("form.fb[method=post][action='/{lang}/cases/{}/feedback']", case.slug);
        let page =
            page.assert_count(&action, 1).assert_count(&format!("{action} textarea[name=line][maxlength='500']"), 1);
        assert_eq!(page.attributes(&format!("{action} input[type=radio][name=answer]"), "value"), ["yes", "no"]);
        assert_eq!(page.attributes(&format!("{action} input[required]"), "name").len(), 2);
    }
}

#[test]
fn terms_are_explained_once_where_they_are_first_used() {
    let mut seen = 0;
    for (case, lang, page) in all() {
        let buttons: Vec<String> = page.attributes("button.gl", "popovertarget");
        let terms: Vec<String> = case.text(lang).terms.iter().map(|id| format!("gl-{id}")).collect();
        assert_eq!(buttons, terms, "{}", case.slug);
        assert_eq!(page.attributes(".gldef[popover]", "id"), terms, "{}", case.slug);
        assert!(terms.len() <= 14, "{}: {} tooltips are noise", case.slug, terms.len());
        seen += terms.len();
    }
    assert!(seen > 60, "{seen} terms");
}

#[test]
fn cards_and_search_engines_are_told_the_same() {
    for (case, lang, page) in all() {
        let (text, own) = (case.text(lang), format!("{}{}", base(), address(case, lang)));
        let page = page.html();
        let card = |name: &str| one(&page, &format!("meta[property='og:{name}']"), "content");
        assert_eq!(one(&page, "link[rel=canonical]", "href"), own);
        assert_eq!(one(&page, "meta[name=description]", "content"), text.description, "{}", case.slug);
        assert_eq!(card("type"), "article");
        assert_eq!(card("title"), text.title);
        assert_eq!(card("description"), text.description);
        assert_eq!(card("url"), own);
        assert_eq!(card("locale"), if lang == Lang::Zh { "zh_CN" } else { "en_US" });
        let image = card("image");
        get(image.strip_prefix(&base()).unwrap()).assert_header("content-type", "image/png");
        let other = format!("{}{}", base(), address(case, lang.other()));
        assert_eq!(one(&page, &format!("link[rel=alternate][hreflang={}]", lang.other().tag()), "href"), other);
        assert_eq!(one(&page, "link[hreflang=x-default]", "href"), format!("{}{}", base(), address(case, Lang::En)));
    }
}

#[test]
fn structured_data_describes_the_article() {
    for (case, lang, page) in all() {
        let scripts = page.texts("script[type='application/ld+json']");
        assert_eq!(scripts.len(), 1);
        let data: serde_json::Value = serde_json::from_str(&scripts[0]).unwrap();
        let (text, own) = (case.text(lang), format!("{}{}", base(), address(case, lang)));
        for (key, value) in [
            ("@context", "https://schema.org".to_owned()),
            ("@type", "TechArticle".to_owned()),
            ("headline", text.title.clone()),
            ("description", text.description.clone()),
            ("inLanguage", lang.tag().to_owned()),
            ("url", own.clone()),
            ("mainEntityOfPage", own),
            ("datePublished", case.published.to_string()),
            ("dateModified", case.updated.to_string()),
            ("license", "https://creativecommons.org/licenses/by-sa/4.0/".to_owned()),
        ] {
            assert_eq!(data[key], json!(value), "{}: {key}", case.slug);
        }
        for key in ["author", "publisher"] {
            assert_eq!(data[key]["@type"], "Organization", "{}: {key}", case.slug);
        }
    }
}

#[test]
fn query_strings_of_others_are_answered_from_memory() {
    // Only pages made ahead carry an entity tag.
    let kept = |target: &str| get(target).assert_status(200).header("etag").map(str::to_owned);
    let with = with_calculator();
    let without = library().cases().find(|case| case.slug != with.slug).unwrap();
    for page in ["/en/cases".to_owned(), address(with, Lang::Zh), address(without, Lang::En)] {
        let tag = kept(&page);
        assert!(tag.is_some(), "{page}");
        for query in ["utm_source=x", "q=rto", "", "=&&%", "fbclid=rto=1"] {
            assert_eq!(kept(&format!("{page}?{query}")), tag, "{page}?{query}");
        }
    }
    assert_eq!(kept(&format!("{}?rto=300", address(without, Lang::En))), kept(&address(without, Lang::En)));
    for minded in ["rto=300", "utm_source=x&%72to=300", "user_timeout="] {
        assert_eq!(kept(&format!("{}?{minded}", address(with, Lang::En))), None, "{minded}");
    }
    for minded in ["layer=tcp", "utm_source=x&tool=ss"] {
        assert_eq!(kept(&format!("/en/cases?{minded}")), None, "{minded}");
    }
}

#[test]
fn what_a_case_may_leave_out_and_repeat_leaves_no_broken_links_and_ids() {
    let facts = Fixture::good().text("cases/alpha/case.toml");
    let related = &facts[facts.find("[[related]]").unwrap()..facts.find("[[source]]").unwrap()];
    let folder = tempfile::tempdir().unwrap();
    let fixture = Fixture::good()
        .edit("cases/alpha/case.toml", related, "")
        .edit("cases/alpha/en.md", "are gone.\n", "are gone.\n\n1. `ss -tn`: nothing.\n")
        .edit("cases/alpha/zh.md", "是否消失。\n", "是否消失。\n\n1. `ss -tn`：没有。\n");
    assert_eq!(fixture.problems(), []);
    fixture.write_to(folder.path());
    let server = Server::of(folder.path(), &[]);
    for address in ["/zh/cases/alpha", "/en/cases/alpha", "/zh-en/cases/alpha"] {
        let page = server.get(address).assert_status(200).assert_count("#related, [href='#related']", 0);
        let ids = page.attributes("[id]", "id");
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{address}: {ids:?}");
    }
    server.get("/en/cases/alpha").assert_count("#check-3", 1);
}

/// The case that embeds the calculator, if one does.
fn with_calculator() -> &'static Case {
    let embeds = |case: &&Case| blocks(case, Lang::En).any(|b| matches!(b, Block::Tool(Tool::DeadPeer)));
    library().cases().find(embeds).expect("a case embeds the calculator")
}

#[test]
fn the_calculator_works_without_a_script() {
    let page = address(with_calculator(), Lang::En);
    let idle = "output[data-field='idle.after_ms']";
    get(&page).assert_text(idle, "7875 s").assert_count("dead-peer [aria-invalid]", 0);
    get(&format!("{page}?keepalive_time=15&keepalive_interval=75&keepalive_probes=9")).assert_text(idle, "690 s");
    let wrong = get(&format!("{page}?keepalive_probes=0")).assert_status(200).assert_text(idle, "7875 s");
    assert_eq!(wrong.attributes("dead-peer input[aria-invalid]", "name"), ["keepalive_probes"]);
    wrong.assert_holds("dead-peer [role=alert]", "out of range (1 – 127)");
    for odd in [
        "keepalive_time=%3Cscript%3E",
        "rto=-1",
        "rto=99999999999999999999",
        "retries2=1e3",
        "user_timeout=%00",
        "keepalive_time=",
        "rto=a%E7%95%8C%E7%95%8C%E7%95%8C%E7%95%8C",
    ] {
        get(&format!("{page}?{odd}"))
            .assert_status(200)
            .assert_count("dead-peer input[aria-invalid]", 1)
            .assert_count("script:not([src]):not([type])", 0);
    }
}
