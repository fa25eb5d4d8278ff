//! Where a visitor comes from, as far as it concerns us: one of our own results, for which words.

use http::header::{HOST, REFERER};
use http::{HeaderMap, HeaderName};

use super::handlers;
use crate::domain::Lang;

/// Browsers cut an address off when it is longer than this (Chromium: 4 KiB), and then nobody knows what was followed.
pub const LONGEST: usize = 4000;

/// A page of ours that showed results.
#[derive(Debug, PartialEq, Eq)]
pub struct Results {
    /// Its language.
    pub lang: Lang,
    /// What was searched for.
    pub query: String,
    /// They stood under the box of the home page while someone typed.
    pub instant: bool,
}

/// The results that a request comes from. Without a `Referer` that has a query string this costs next to nothing.
pub fn results(headers: &HeaderMap, base: &str) -> Option<Results> {
    let (page, query) = headers.get(REFERER)?.to_str().ok()?.split_once('?')?;
    let (_, address) = page.split_once("://")?;
    let (host, path) = address.split_once('/')?;
    let asked = headers.get(HOST).and_then(|v| v.to_str().ok()).unwrap_or("");
    let ours = base.split_once("://").map_or("", |(_, host)| host);
    if ![asked, ours].iter().any(|own| own.eq_ignore_ascii_case(host)) {
        return None;
    }
    let (lang, name) = path.split_once('/')?;
    let instant = match name {
        "search" => false,
        "" => true,
        _ => return None,
    };
    let (_, query) = handlers::pairs(Some(query)).into_iter().find(|(key, _)| key == "q")?;
    let query = query.trim().to_owned();
    (!query.is_empty()).then_some(Results { lang: Lang::from_code(lang)?, query, instant })
}

/// Whether a browser asks before anyone has clicked.
pub fn is_ahead(headers: &HeaderMap) -> bool {
    const NAMES: [HeaderName; 3] =
        [HeaderName::from_static("sec-purpose"), HeaderName::from_static("purpose"), HeaderName::from_static("x-moz")];
    NAMES.iter().filter_map(|name| headers.get(name)).any(|value| value.as_bytes().starts_with(b"prefetch"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(referrer: &str, host: &str) -> Option<Results> {
        let headers = [(REFERER, referrer.parse().unwrap()), (HOST, host.parse().unwrap())];
        results(&HeaderMap::from_iter(headers), "https://clinic.example")
    }

    #[test]
    fn only_our_own_results_are_results() {
        let found = |lang, query: &str, instant| Some(Results { lang, query: query.to_owned(), instant });
        for (referrer, expected) in [
            ("http://a:80/en/search?q=close_wait", found(Lang::En, "close_wait", false)),
            ("http://A:80/zh/search?layer=tcp&q=+%E7%B2%98%E5%8C%85&without=x", found(Lang::Zh, "粘包", false)),
            ("https://clinic.example/zh/?q=x", found(Lang::Zh, "x", true)),
            ("http://b/en/search?q=x", None),
            ("http://a:80.evil.example/en/search?q=x", None),
            ("http://evil.example/http://a:80/en/search?q=x", None),
            ("http://a:80/en/cases?q=x", None),
            ("http://a:80/fr/search?q=x", None),
            ("http://a:80/en/search?q=", None),
            ("http://a:80/en/search", None),
            ("http://a:80/", None),
            ("?", None),
        ] {
            assert_eq!(from(referrer, "a:80"), expected, "{referrer}");
        }
    }

    #[test]
    fn pages_asked_for_ahead_are_told_apart() {
        let ahead = |name: &'static str, value: &'static str| {
            is_ahead(&HeaderMap::from_iter([(HeaderName::from_static(name), value.parse().unwrap())]))
        };
        assert!(
            ahead("sec-purpose", "prefetch;prerender") && ahead("purpose", "prefetch") && ahead("x-moz", "prefetch")
        );
        assert!(!ahead("sec-purpose", "") && !ahead("sec-fetch-mode", "navigate"));
    }
}
