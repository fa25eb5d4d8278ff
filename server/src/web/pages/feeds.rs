//! What machines read: Atom feeds, sitemap, robots.txt.

use askama::Template;

use super::rendered;
use crate::domain::{Lang, Library};
use crate::web::view::case::case_href;
use crate::web::view::shell::Frame;
use crate::web::view::text::Text;

/// Entries of a feed.
const MOST_ENTRIES: usize = 50;

/// A sitemap may list 50,000 addresses (sitemaps.org); both languages count.
const MOST_PAGES: usize = 24_000;

#[derive(Template)]
#[template(path = "pages/feed.xml")]
struct Feed {
    lang: Lang,
    t: Text,
    base: String,
    updated: String,
    entries: Vec<Entry>,
}

struct Entry {
    title: String,
    href: String,
    published: String,
    updated: String,
    summary: String,
}

#[derive(Template)]
#[template(path = "pages/sitemap.xml")]
struct Sitemap {
    base: String,
    langs: [Lang; 2],
    pages: Vec<SitemapPage>,
}

struct SitemapPage {
    path: String,
    updated: Option<String>,
}

/// The Atom feed of a language (RFC 4287).
pub fn atom(library: &Library, frame: &Frame, lang: Lang) -> String {
    let newest = library.newest();
    rendered(&Feed {
        lang,
        t: Text(lang),
        base: frame.base.clone(),
        updated: newest
            .iter()
            .map(|c| c.updated)
            .max()
            .map(|d| d.to_string())
            .unwrap_or_else(|| "1970-01-01".to_owned()),
        entries: newest
            .into_iter()
            .take(MOST_ENTRIES)
            .map(|case| Entry {
                title: case.text(lang).title.clone(),
                href: case_href(case, lang),
                published: case.published.to_string(),
                updated: case.updated.to_string(),
                summary: format!("{} {}", case.text(lang).description, case.text(lang).cause.text),
            })
            .collect(),
    })
}

/// Every page that search engines should know, in both languages.
pub fn sitemap(library: &Library, frame: &Frame) -> String {
    let page = |path: String| SitemapPage { path, updated: None };
    let mut pages: Vec<SitemapPage> =
        ["/", "/cases", "/playgrounds", "/signals", "/legend", "/about"].map(|p| page(p.to_owned())).into();
    pages.extend(
        library
            .newest()
            .into_iter()
            .map(|case| SitemapPage { path: format!("/cases/{}", case.slug), updated: Some(case.updated.to_string()) }),
    );
    pages.extend(library.benches.iter().map(|bench| page(format!("/playgrounds/{}", bench.playground.code()))));
    pages.extend(library.signals().map(|signal| page(format!("/signals/{}", signal.id))));
    pages.truncate(MOST_PAGES);
    rendered(&Sitemap { base: frame.base.clone(), langs: Lang::ALL, pages })
}

/// robots.txt: everything but the API. Results name the empty search page as their canonical address.
pub fn robots(frame: &Frame) -> String {
    format!("User-agent: *\nDisallow: /api/\n\nSitemap: {}/sitemap.xml\n", frame.base)
}
