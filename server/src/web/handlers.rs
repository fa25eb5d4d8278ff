//! Routed pages: each handler asks the site or the store once and renders.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use axum::Json;
use axum::extract::{Extension, Form, Path, RawQuery, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use http::header::{ACCEPT, ACCEPT_LANGUAGE, ALLOW, CACHE_CONTROL, COOKIE, LOCATION, SET_COOKIE, VARY};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use serde::Deserialize;
use serde_json::json;

use super::error::AppError;
use super::front::Peer;
use super::pages;
use super::search_log;
use super::state::AppState;
use super::view::dead_peer::DeadPeerView;
use super::view::filters::Filters;
use super::work::{beside, search_site};
use crate::domain::feedback::{LONGEST_LINE, tidy_line};
use crate::domain::{Answer, Case, Feedback, Lang, Slug};

/// Results that facets are counted over.
const MOST_RESULTS: usize = 50;
/// Concepts that a reader may take out of a query.
const MOST_WITHOUT: usize = 20;

type Shared = State<Arc<AppState>>;
type Page = Result<Html<String>, AppError>;

/// `/`: to the language chosen before, else the one the browser asks for. `?lang=` remembers a choice without JavaScript.
pub async fn negotiate(headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let chosen = pairs(query.as_deref()).iter().find(|(k, _)| k == "lang").and_then(|(_, v)| Lang::from_code(v));
    let header = |name| headers.get(name).and_then(|v: &HeaderValue| v.to_str().ok()).unwrap_or("");
    let remembered = header(COOKIE).split(';').find_map(|c| c.trim().strip_prefix("lang=")).and_then(Lang::from_code);
    let lang = chosen.or(remembered).unwrap_or_else(|| Lang::from_accept_language(header(ACCEPT_LANGUAGE)));
    let mut response = (StatusCode::FOUND, [(LOCATION, format!("/{lang}/"))]).into_response();
    response.headers_mut().insert(VARY, HeaderValue::from_static("accept-language, cookie"));
    if chosen.is_some()
        && let Ok(cookie) = HeaderValue::try_from(format!("lang={lang}; Path=/; Max-Age=31536000; SameSite=Lax"))
    {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    response
}

/// All cases, filtered.
pub async fn cases(State(state): Shared, Path(lang): Path<String>, RawQuery(query): RawQuery) -> Page {
    let site = state.site.load();
    let pairs = pairs(query.as_deref());
    let filters = Filters::from_pairs(pairs.iter().map(|(k, v)| (k.as_str(), v.as_str())), &site.library);
    Ok(Html(pages::cases::render(&site.library, &site.frame, language(&lang)?, &filters)))
}

/// A case with a query string: the calculator's form without JavaScript.
pub async fn case(State(state): Shared, Path((lang, slug)): Path<(String, String)>, RawQuery(query): RawQuery) -> Page {
    let (lang, site) = (language(&lang)?, state.site.load());
    let case = find(&site.library, &slug)?;
    let typed: HashMap<String, String> = pairs(query.as_deref()).into_iter().collect();
    let tool = DeadPeerView::asked(lang, &typed);
    Ok(Html(pages::case::render(&site.library, &site.frame, case, lang, &tool)))
}

/// Search results.
pub async fn search(
    State(state): Shared,
    Path(lang): Path<String>,
    RawQuery(query): RawQuery,
    method: Method,
    headers: HeaderMap,
) -> Page {
    let counted = search_log::ResultsPage::new(&state, &method, &headers, Some(query.as_deref().unwrap_or("")));
    results(&state, &lang, pairs(query.as_deref()), counted).await
}

/// Search results of a long paste.
pub async fn search_form(
    State(state): Shared,
    Path(lang): Path<String>,
    headers: HeaderMap,
    Form(typed): Form<Vec<(String, String)>>,
) -> Page {
    let counted = search_log::ResultsPage::new(&state, &Method::POST, &headers, None);
    results(&state, &lang, typed, counted).await
}

async fn results(state: &AppState, lang: &str, pairs: Vec<(String, String)>, counted: search_log::ResultsPage) -> Page {
    let (lang, site) = (language(lang)?, state.site.load_full());
    beside(move || {
        let query = pairs.iter().find(|(k, _)| k == "q").map_or("", |(_, v)| v.trim());
        let filters = Filters::from_pairs(pairs.iter().map(|(k, v)| (k.as_str(), v.as_str())), &site.library);
        let without = pairs.iter().filter(|(k, _)| k == "without").map(|(_, v)| v.clone());
        let without: Vec<String> = without.take(MOST_WITHOUT).collect();
        let found = search_site(&site, query, &without, MOST_RESULTS)?;
        if filters.count() == 0 && without.is_empty() {
            counted.count(lang, query, &found.understood, found.hits.len());
        }
        let asked = pages::search::Asked { query, without: &without, filters: &filters };
        Ok(Html(pages::search::render(&site.library, &site.frame, lang, &asked, &found)))
    })
    .await
}

/// An asset of another build, which a page kept by a browser or a proxy still names: what it is called today.
pub async fn moved_asset(
    State(state): Shared,
    Path((_, path)): Path<(String, String)>,
    uri: Uri,
) -> Result<Response, AppError> {
    let today = format!("{}/{path}", state.site.load().frame.assets);
    if state.site.load().has(&today) && today != uri.path() {
        let headers = [(CACHE_CONTROL, "no-store")];
        return Ok((headers, Redirect::temporary(&today)).into_response());
    }
    Err(AppError::NotFound(uri.path().to_owned()))
}

/// The form at the end of a case.
#[derive(Deserialize)]
pub struct FeedbackForm {
    answer: String,
    #[serde(default)]
    line: String,
}

/// Keeps a reader's answer.
pub async fn feedback(
    State(state): Shared,
    Path((lang, slug)): Path<(String, String)>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    Form(form): Form<FeedbackForm>,
) -> Result<Response, AppError> {
    let lang = language(&lang)?;
    let case = find(&state.site.load().library, &slug)?.slug.clone();
    let answer = Answer::from_code(&form.answer).ok_or_else(|| AppError::Invalid("answer: yes / no".to_owned()))?;
    let line = tidy_line(&form.line).map_err(|n| AppError::Invalid(format!("line: {n} > {LONGEST_LINE}")))?;
    let place = visitor(&state, peer, &headers);
    state.throttle.take(place, Instant::now()).map_err(AppError::SlowDown)?;
    let at = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| i64::try_from(d.as_secs()).unwrap_or(i64::MAX));
    let feedback = Feedback { case: case.clone(), lang, answer, line, at };
    state.store.keep_feedback(&feedback).await.map_err(|error| {
        tracing::error!(%error, case.slug = %case, "an answer could not be kept");
        AppError::StoreAway
    })?;
    let program = headers.get(ACCEPT).is_some_and(|v| v.as_bytes().starts_with(b"application/json"));
    Ok(if program {
        (StatusCode::CREATED, Json(json!({ "kept": true }))).into_response()
    } else {
        Redirect::to(&format!("/{lang}/cases/{case}/thanks")).into_response()
    })
}

/// Where a reader lands after answering without JavaScript.
pub async fn thanks(State(state): Shared, Path((lang, slug)): Path<(String, String)>) -> Page {
    let (lang, site) = (language(&lang)?, state.site.load());
    Ok(Html(pages::thanks::render(&site.frame, find(&site.library, &slug)?, lang)))
}

/// The process is alive.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// The process can answer: what it serves, and whether newer content was refused.
pub async fn readyz(State(state): Shared) -> Response {
    let site = state.site.load();
    let refused = state.refused.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let problems: Vec<String> = refused.iter().take(20).map(ToString::to_string).collect();
    let content = if refused.is_empty() { "current" } else { "stale: a reload was refused" };
    Json(json!({ "ready": true, "cases": site.library.cases().len(), "content": content, "problems": problems }))
        .into_response()
}

/// What has no route: pages made ahead that are asked for otherwise than by reading, addresses with a slash too many or
/// too few, which are sent to the right one, and what does not exist.
pub async fn missing(State(state): Shared, uri: Uri) -> Result<Response, AppError> {
    let (path, site) = (uri.path(), state.site.load());
    if site.has(path) {
        return Ok(([(ALLOW, "GET,HEAD")], AppError::Method).into_response());
    }
    let other = match path.strip_suffix('/') {
        Some(shorter) => shorter.to_owned(),
        None => format!("{path}/"),
    };
    let search = Lang::ALL.iter().any(|lang| other == format!("/{lang}/search"));
    if search || site.has(&other) {
        let query = uri.query().map(|q| format!("?{q}")).unwrap_or_default();
        return Ok(Redirect::permanent(&format!("{other}{query}")).into_response());
    }
    Err(AppError::NotFound(path.to_owned()))
}

fn language(code: &str) -> Result<Lang, AppError> {
    Lang::from_code(code).ok_or_else(|| AppError::NotFound(code.to_owned()))
}

fn find<'l>(library: &'l crate::domain::Library, slug: &str) -> Result<&'l Case, AppError> {
    Slug::parse(slug).and_then(|s| library.case(&s)).ok_or_else(|| AppError::NotFound(slug.to_owned()))
}

/// The visitor's place: the connection's, or what our own proxy says. Used for throttling, never kept.
fn visitor(state: &AppState, peer: Option<Extension<Peer>>, headers: &HeaderMap) -> Option<IpAddr> {
    let forwarded = || headers.get("x-forwarded-for")?.to_str().ok()?.rsplit(',').next()?.trim().parse().ok();
    let direct = peer.map(|Extension(Peer(address))| address);
    if state.trust_proxy { forwarded().or(direct) } else { direct }
}

/// Decodes a query string; broken escapes are left as they are.
pub(super) fn pairs(query: Option<&str>) -> Vec<(String, String)> {
    let decode = |text: &str| {
        let mut bytes = Vec::with_capacity(text.len());
        let mut rest = text.as_bytes();
        while let Some((&first, tail)) = rest.split_first() {
            let digits = tail.get(..2).filter(|two| two.iter().all(u8::is_ascii_hexdigit));
            let hex = digits.and_then(|h| std::str::from_utf8(h).ok()).and_then(|h| u8::from_str_radix(h, 16).ok());
            match (first, hex) {
                (b'%', Some(byte)) => {
                    bytes.push(byte);
                    rest = &tail[2..];
                }
                (b'+', _) => {
                    bytes.push(b' ');
                    rest = tail;
                }
                _ => {
                    bytes.push(first);
                    rest = tail;
                }
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let pair = |part: &str| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (decode(name), decode(value))
    };
    query.unwrap_or("").split('&').filter(|p| !p.is_empty()).take(64).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::pairs;

    #[test]
    fn query_strings_decode_and_never_fail() {
        let one = |q: &str| pairs(Some(q)).into_iter().next();
        assert_eq!(one("q=fin+wait%202"), Some(("q".to_owned(), "fin wait 2".to_owned())));
        assert_eq!(one("q=%E7%B2%98%E5%8C%85"), Some(("q".to_owned(), "粘包".to_owned())));
        assert_eq!(one("q=%zz%"), Some(("q".to_owned(), "%zz%".to_owned())));
        assert_eq!(one("q=100%+d"), Some(("q".to_owned(), "100% d".to_owned())));
        assert_eq!(one("q=%ff"), Some(("q".to_owned(), "\u{fffd}".to_owned())));
        assert_eq!(one("&&"), None);
    }
}
