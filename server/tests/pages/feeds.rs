//! What machines read: Atom feeds, the sitemap, robots.txt, the icon.

use std::collections::BTreeSet;

use packet_clinic::domain::Lang;

use crate::common::{library, xml};
use crate::{base, get};

#[test]
fn a_feed_a_language_lists_the_newest_cases() {
    for lang in Lang::ALL {
        let answer = get(&format!("/{lang}/feed.xml"))
            .assert_status(200)
            .assert_header("content-type", "application/atom+xml; charset=utf-8");
        let feed = xml::parse(&answer.text());
        assert_eq!(feed.name, "feed");
        assert_eq!(feed.attribute("xmlns"), Some("http://www.w3.org/2005/Atom"));
        assert_eq!(feed.attribute("xml:lang"), Some(lang.tag()));
        assert_eq!(feed.one("id"), format!("{}/{lang}/", base()));
        let itself = feed.all("link").find(|link| link.attribute("rel") == Some("self")).unwrap();
        assert_eq!(itself.attribute("href"), Some(format!("{}/{lang}/feed.xml", base()).as_str()));
        let entries: Vec<(String, String, String, String)> = feed
            .all("entry")
            .map(|e| [e.one("id"), e.one("title"), e.one("published"), e.one("updated")].map(str::to_owned).into())
            .collect();
        let expected: Vec<(String, String, String, String)> = library()
            .newest()
            .into_iter()
            .take(50)
            .map(|case| {
                let (address, title) =
                    (format!("{}/{lang}/cases/{}", base(), case.slug), case.text(lang).title.clone());
                (address, title, format!("{}T00:00:00Z", case.published), format!("{}T00:00:00Z", case.updated))
            })
            .collect();
        assert_eq!(entries, expected);
        let newest = library().cases().map(|case| case.updated).max().unwrap();
        assert_eq!(feed.one("updated"), format!("{newest}T00:00:00Z"));
        for entry in feed.all("entry") {
            assert!(!entry.one("summary").is_empty());
            assert_eq!(entry.all("link").next().and_then(|link| link.attribute("href")), Some(entry.one("id")));
        }
        assert!(!feed.all("author").next().unwrap().one("name").is_empty(), "RFC 4287 asks for an author");
    }
}

#[test]
fn the_sitemap_lists_every_page_in_both_languages() {
    let answer = get("/sitemap.xml").assert_status(200).assert_header("content-type", "application/xml; charset=utf-8");
    let map = xml::parse(&answer.text());
    assert_eq!(map.name, "urlset");
    assert_eq!(map.attribute("xmlns"), Some("http://www.sitemaps.org/schemas/sitemap/0.9"));
    let listed: BTreeSet<String> = map.all("url").map(|url| url.one("loc").to_owned()).collect();
    assert_eq!(listed.len(), map.all("url").count(), "each once");
    let mut expected = BTreeSet::new();
    for lang in Lang::ALL {
        let fixed = ["/", "/cases", "/playgrounds", "/signals", "/legend", "/about"].map(str::to_owned).into_iter();
        let cases = library().cases().map(|case| format!("/cases/{}", case.slug));
        let signals = library().signals().map(|signal| format!("/signals/{}", signal.id));
        let benches = library().benches.iter().map(|bench| format!("/playgrounds/{}", bench.playground.code()));
        expected
            .extend(fixed.chain(cases).chain(benches).chain(signals).map(|place| format!("{}/{lang}{place}", base())));
    }
    assert_eq!(listed, expected);
    for url in map.all("url") {
        let tags: Vec<_> = url.all("xhtml:link").filter_map(|link| link.attribute("hreflang")).collect();
        assert_eq!(tags, ["zh-Hans", "en"]);
        assert!(url.all("xhtml:link").any(|link| link.attribute("href") == Some(url.one("loc"))), "{}", url.one("loc"));
    }
    let case = library().cases().next().unwrap();
    let address = format!("{}/en/cases/{}", base(), case.slug);
    let entry = map.all("url").find(|url| url.one("loc") == address).unwrap();
    assert_eq!(entry.one("lastmod"), case.updated.to_string());
}

#[test]
fn robots_are_kept_from_the_interface_and_shown_the_sitemap() {
    let robots =
        get("/robots.txt").assert_status(200).assert_header("content-type", "text/plain; charset=utf-8").text();
    for line in ["User-agent: *", "Disallow: /api/"] {
        assert!(robots.lines().any(|l| l == line), "{line} in {robots}");
    }
    assert!(robots.contains(&format!("Sitemap: {}/sitemap.xml", base())));
    assert!(!robots.lines().any(|l| l == "Disallow: /"));
}

#[test]
fn the_icon_is_found_where_browsers_look() {
    for path in ["/favicon.ico", "/favicon.svg"] {
        let icon = get(path).assert_status(200).assert_header("content-type", "image/svg+xml");
        assert!(icon.text().starts_with("<svg"), "{path}");
    }
    let page = get("/en/");
    for (rel, media) in [("icon", "image/svg+xml"), ("apple-touch-icon", "image/png")] {
        let href = page.attributes(&format!("link[rel={rel}]"), "href");
        get(&href[0]).assert_status(200).assert_header("content-type", media);
    }
}

#[test]
fn addresses_for_machines_are_those_that_visitors_use() {
    let server = crate::common::Server::with(&["--base-url", "https://clinic.example/"]);
    for path in ["/zh/feed.xml", "/sitemap.xml", "/robots.txt", "/en/cases"] {
        let text = server.get(path).text();
        assert!(text.contains("https://clinic.example/") && !text.contains(&server.address.to_string()), "{path}");
    }
    let case = library().cases().next().unwrap();
    let page = server.get(&format!("/zh/cases/{}", case.slug));
    for (selector, attribute) in [
        ("link[rel=canonical]", "href"),
        ("link[hreflang]", "href"),
        ("meta[property='og:url']", "content"),
        ("meta[property='og:image']", "content"),
    ] {
        let all = page.attributes(selector, attribute);
        assert!(!all.is_empty() && all.iter().all(|a| a.starts_with("https://clinic.example/")), "{selector}: {all:?}");
    }
}
