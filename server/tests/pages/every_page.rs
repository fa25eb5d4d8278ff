//! What holds on every page: found by following all links from the two home pages.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use packet_clinic::domain::Lang;
use scraper::Html;

use crate::common::{Answer, html, library};
use crate::{base, get};

/// An answer and the addresses in it.
struct Visited {
    answer: Answer,
    links: BTreeSet<String>,
}

impl Visited {
    fn is_page(&self) -> bool {
        self.answer.header("content-type").is_some_and(|media| media.starts_with("text/html"))
    }
}

/// Everything that can be reached, by path and query string.
fn site() -> &'static BTreeMap<String, Visited> {
    static SITE: OnceLock<BTreeMap<String, Visited>> = OnceLock::new();
    SITE.get_or_init(|| {
        let mut visited = BTreeMap::new();
        let mut open = vec!["/zh/".to_owned(), "/en/".to_owned()];
        while let Some(path) = open.pop() {
            if visited.contains_key(&path) {
                continue;
            }
            let mut next = Visited { answer: get(&path), links: BTreeSet::new() };
            if next.is_page() {
                next.links = links(&next.answer.html(), &path);
            }
            // Filters lead to filters for ever: what they link to is looked at from the pages without.
            if !path.contains('?') {
                open.extend(next.links.iter().filter_map(|link| own(link)).map(|(path, _)| path));
            }
            visited.insert(path, next);
        }
        visited
    })
}

/// Pages with their address.
fn pages() -> impl Iterator<Item = (&'static str, Html)> {
    site().iter().filter(|(_, visited)| visited.is_page()).map(|(path, visited)| (path.as_str(), visited.answer.html()))
}

/// Addresses that a page leads to or loads; those in the page itself made whole.
fn links(page: &Html, path: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let read = "a[href], link[href], script[src], img[src], form:not([method=post])[action]";
    for element in page.select(&html::css(read)) {
        let value = element.value();
        let link = value.attr("href").or(value.attr("src")).or(value.attr("action")).unwrap_or_default();
        found.insert(if link.starts_with('#') { format!("{path}{link}") } else { link.to_owned() });
    }
    found
}

/// Path and fragment of an address of ours; `None` for other sites.
fn own(link: &str) -> Option<(String, Option<String>)> {
    let local = link.strip_prefix(&base()).unwrap_or(link);
    if local.starts_with("https://") {
        return None;
    }
    assert!(local.starts_with('/') && !local.starts_with("//"), "an address of neither kind: {link:?}");
    let (path, fragment) = local.split_once('#').map_or((local, None), |(path, id)| (path, Some(id.to_owned())));
    Some((path.to_owned(), fragment))
}

/// Ids in a page, as often as they stand there.
fn ids(page: &Html) -> Vec<&str> {
    page.select(&html::css("[id]")).filter_map(|e| e.value().id()).collect()
}

#[test]
fn every_link_leads_to_something() {
    for (path, visited) in site() {
        let expected = if path == "/" || path.starts_with("/?lang=") { 302 } else { 200 };
        assert_eq!(visited.answer.status, expected, "{path}, linked from {:?}", linked_from(path));
        assert_eq!(visited.answer.header("content-type").is_some(), expected == 200, "{path}");
    }
}

/// Who leads to a path.
fn linked_from(path: &str) -> Vec<&'static str> {
    let leads = |v: &Visited| v.links.iter().filter_map(|link| own(link)).any(|(to, _)| to == path);
    site().iter().filter(|(_, visited)| leads(visited)).map(|(from, _)| from.as_str()).collect()
}

#[test]
fn every_place_within_a_page_that_is_linked_to_exists() {
    let places: BTreeMap<&str, BTreeSet<String>> =
        pages().map(|(path, page)| (path, ids(&page).into_iter().map(str::to_owned).collect())).collect();
    let mut seen = 0;
    for (from, visited) in site() {
        for (path, fragment) in visited.links.iter().filter_map(|link| own(link)) {
            let Some(fragment) = fragment else { continue };
            let there = places.get(path.as_str()).is_some_and(|ids| ids.contains(&fragment));
            assert!(there, "{from} leads to {path}#{fragment}");
            seen += 1;
        }
    }
    assert!(seen > 500, "only {seen} links within pages were looked at");
}

#[test]
fn every_page_of_the_library_can_be_reached() {
    let reached = |path: String| assert!(site().contains_key(&path), "nothing leads to {path}");
    for lang in Lang::ALL {
        for place in ["/", "/cases", "/signals", "/legend", "/about", "/feed.xml", "/search"] {
            reached(format!("/{lang}{place}"));
        }
        library().cases().for_each(|case| reached(format!("/{lang}/cases/{}", case.slug)));
        library().signals().for_each(|signal| reached(format!("/{lang}/signals/{}", signal.id)));
    }
    library().cases().for_each(|case| reached(format!("/zh-en/cases/{}", case.slug)));
}

#[test]
fn other_sites_are_reached_over_https_and_not_told_where_from() {
    let mut seen = BTreeSet::new();
    for (path, page) in pages() {
        for link in page.select(&html::css("a[href^=http]")) {
            let to = link.attr("href").unwrap_or_default();
            if to.starts_with(&base()) {
                continue;
            }
            assert!(to.starts_with("https://"), "{path} leads to {to}");
            let quiet = link.attr("rel").is_some_and(|rel| rel.split(' ').any(|word| word == "noreferrer"));
            assert!(quiet || path.ends_with("/about"), "{path} tells {to} where a reader comes from");
            seen.insert(to.to_owned());
        }
        for loaded in page.select(&html::css("script[src], img[src], link[rel=stylesheet], link[rel=preload], iframe"))
        {
            let from = loaded.attr("src").or(loaded.attr("href")).unwrap_or_default();
            assert!(from.starts_with("/static/") || from.starts_with("/files/"), "{path} loads {from}");
        }
    }
    assert!(seen.len() > library().cases().len(), "{} other sites", seen.len());
}

#[test]
fn ids_are_unique() {
    for (path, page) in pages() {
        let all = ids(&page);
        let mut seen = BTreeSet::new();
        let twice: Vec<_> = all.iter().filter(|id| !seen.insert(**id)).collect();
        assert!(twice.is_empty(), "{path} has {twice:?} more than once");
        assert!(all.iter().all(|id| !id.is_empty() && !id.contains(char::is_whitespace)), "{path}: {all:?}");
    }
}

#[test]
fn labels_and_descriptions_name_ids_that_exist() {
    for (path, page) in pages() {
        let all: BTreeSet<&str> = ids(&page).into_iter().collect();
        for name in ["for", "aria-labelledby", "aria-describedby", "aria-controls", "popovertarget"] {
            for element in page.select(&html::css(&format!("[{name}]"))) {
                let named = element.attr(name).unwrap_or_default();
                assert!(named.split(' ').all(|id| all.contains(id)), "{path}: {name}={named:?}");
            }
        }
        for used in page.select(&html::css("use")) {
            let glyph = used.attr("href").unwrap_or_default().trim_start_matches('#');
            assert!(all.contains(glyph), "{path} draws #{glyph}");
        }
    }
}

#[test]
fn nothing_is_inline_but_structured_data() {
    for (path, page) in pages() {
        for script in page.select(&html::css("script")) {
            let data = matches!(script.attr("type"), Some("application/ld+json" | "application/json"));
            assert!(
                data || (script.attr("src").is_some() && html::words(script).is_empty()),
                "{path}: {}",
                script.html()
            );
        }
        assert_eq!(
            page.select(&html::css("style, [style], base, object, embed, iframe, meta[http-equiv]")).count(),
            0,
            "{path}"
        );
        for element in page.select(&html::css("*")) {
            for (name, value) in element.value().attrs() {
                assert!(!name.starts_with("on"), "{path}: {name}={value:?}");
                assert!(
                    !value.trim_start().to_ascii_lowercase().starts_with("javascript:"),
                    "{path}: {name}={value:?}"
                );
            }
        }
    }
}

#[test]
fn the_privacy_note_counts_what_a_browser_stores() {
    let scripts = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/js");
    let mut keys = BTreeSet::new();
    let elements = std::fs::read_dir(scripts.join("elements")).unwrap().map(|entry| entry.unwrap().path());
    for file in elements.chain([scripts.join("theme.js")]) {
        let code = std::fs::read_to_string(file).unwrap();
        keys.extend(code.split('"').filter(|word| word.starts_with("pc-")).map(str::to_owned));
    }
    assert_eq!(keys.iter().collect::<Vec<_>>(), ["pc-keys", "pc-theme"], "and the cookie of the language");
    for (path, words) in [("/zh/about", "最多存三样东西"), ("/en/about", "stores at most three things")] {
        get(path).assert_holds("main", words);
    }
}

#[test]
fn every_page_says_its_language_its_name_and_what_it_is_about() {
    let mut titles: BTreeMap<String, &str> = BTreeMap::new();
    for (path, page) in pages() {
        let texts = |selector: &str| page.select(&html::css(selector)).map(html::words).collect::<Vec<_>>();
        let lang = if path.starts_with("/en/") { "en" } else { "zh-Hans" };
        let root = page.root_element();
        assert_eq!(root.attr("lang"), Some(lang), "{path}");
        assert_eq!(texts("h1").len(), 1, "{path}");
        assert!(!texts("h1")[0].is_empty(), "{path}");
        let site = if lang == "en" { "Packet Clinic" } else { "网络诊所" };
        let title = texts("head > title");
        assert!(title.len() == 1 && title[0].contains(site), "{path}: {title:?}");
        let about = page.select(&html::css("meta[name=description]")).next().and_then(|e| e.attr("content"));
        assert!(about.is_some_and(|words| !words.is_empty()), "{path} says nothing about itself");
        if !path.contains('?')
            && !path.starts_with("/zh-en/")
            && let Some(other) = titles.insert(title[0].clone(), path)
        {
            panic!("{path} and {other} are both called {title:?}");
        }
    }
}

#[test]
fn headings_go_down_one_step_at_a_time() {
    for (path, page) in pages() {
        let mut last = 0;
        for heading in page.select(&html::css("h1, h2, h3, h4, h5, h6")) {
            let level = heading.value().name()[1..].parse::<usize>().unwrap();
            assert!(level <= last + 1, "{path}: {} comes after h{last}", heading.html());
            last = level;
        }
    }
}

#[test]
fn pages_name_their_translations_and_these_name_them() {
    let alternates = |page: &Html| -> BTreeMap<String, String> {
        let link = |e: scraper::ElementRef<'_>| Some((e.attr("hreflang")?.to_owned(), e.attr("href")?.to_owned()));
        page.select(&html::css("link[rel=alternate][hreflang]")).filter_map(link).collect()
    };
    let all: BTreeMap<&str, BTreeMap<String, String>> = pages().map(|(path, page)| (path, alternates(&page))).collect();
    for (path, page) in pages() {
        let hidden = page.select(&html::css("meta[name=robots][content=noindex]")).count() == 1;
        let canonical: Vec<_> = page.select(&html::css("link[rel=canonical]")).filter_map(|e| e.attr("href")).collect();
        let own = &all[path];
        if hidden {
            assert!(canonical.is_empty() && own.is_empty(), "{path} hides and names addresses");
            continue;
        }
        assert_eq!(own.keys().collect::<Vec<_>>(), ["en", "x-default", "zh-Hans"], "{path}");
        assert_eq!(canonical.len(), 1, "{path}");
        assert!(own.values().any(|address| address == canonical[0]), "{path} is kept as {canonical:?}");
        for tag in ["en", "zh-Hans"] {
            let there = own[tag].strip_prefix(&base()).unwrap_or_else(|| panic!("{path}: {}", own[tag]));
            assert_eq!(all.get(there), Some(own), "{path} names {there}, which does not name it");
        }
    }
}

#[test]
fn the_language_switch_leads_to_the_same_place() {
    for (path, page) in pages() {
        if path.starts_with("/zh-en/") {
            continue;
        }
        let (_, place) = path[1..].split_once('/').unwrap();
        for (tag, lang) in [("zh-Hans", "zh"), ("en", "en")] {
            let choice = page.select(&html::css(&format!("lang-switch a[hreflang={tag}]"))).next();
            let to = choice.and_then(|a| a.attr("href")).unwrap_or_else(|| panic!("{path} offers no {tag}"));
            assert_eq!(to, format!("/{lang}/{place}"), "{path}");
            let current = choice.and_then(|a| a.attr("aria-current"));
            assert_eq!(current.is_some(), path.starts_with(&format!("/{lang}/")), "{path}: {tag} is marked");
        }
    }
}

#[test]
fn every_page_has_one_search_box() {
    for (path, page) in pages() {
        let boxes = page.select(&html::css("form[role=search] [name=q]")).count();
        assert_eq!(boxes, 1, "{path}");
    }
}

#[test]
fn every_answer_has_the_same_security_headers() {
    for visited in site().values() {
        crate::transport::assert_secure(&visited.answer);
    }
}
