//! Errors → a page in the visitor's language, or `application/problem+json` (RFC 9457) for programs.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use http::header::{ACCEPT, ACCEPT_LANGUAGE, ALLOW, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::json;

use crate::domain::Lang;
use crate::web::error::AppError;
use crate::web::pages::error::{ErrorText, render};
use crate::web::state::AppState;
use crate::web::view::text::Text;

/// Gives every error that has no page yet its page.
pub async fn render_errors(State(state): State<Arc<AppState>>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let lang = language(&path, request.headers());
    let program = wants_json(&path, request.headers());
    let response = next.run(request).await;
    let Some(error) = described(&response, &path) else { return response };
    let text = words(&error, lang);
    let status = error.status();
    let mut page = if program {
        problem(status, &text)
    } else {
        let site = state.site.load();
        // The nearest cases are a search, which has to wait its turn like any other.
        let room = state.work.try_acquire();
        let text = if room.is_ok() { text } else { ErrorText { lost: None, ..text } };
        (status, Html(render(&site.library, &site.index, &site.frame, lang, text))).into_response()
    };
    if let Some(methods) = response.headers().get(ALLOW) {
        page.headers_mut().insert(ALLOW, methods.clone());
    }
    if let Some(seconds) = error.retry_after() {
        page.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    page
}

/// The error behind a response: ours, or one that the framework or a layer made.
fn described(response: &Response, path: &str) -> Option<AppError> {
    if let Some(error) = response.extensions().get::<AppError>() {
        return Some(error.clone());
    }
    let made_here = response.headers().contains_key(CONTENT_TYPE) && !is_plain(response.headers());
    match response.status() {
        _ if made_here => None,
        StatusCode::NOT_FOUND => Some(AppError::NotFound(path.to_owned())),
        StatusCode::FORBIDDEN => Some(AppError::CrossSite),
        StatusCode::METHOD_NOT_ALLOWED => Some(AppError::Method),
        StatusCode::PAYLOAD_TOO_LARGE => Some(AppError::TooLarge),
        StatusCode::REQUEST_TIMEOUT | StatusCode::SERVICE_UNAVAILABLE => Some(AppError::Busy),
        s if s.is_server_error() => Some(AppError::Internal),
        s if s.is_client_error() => Some(AppError::Invalid(s.canonical_reason().unwrap_or_default().to_owned())),
        _ => None,
    }
}

fn is_plain(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|v| v.as_bytes().starts_with(b"text/plain"))
}

fn language(path: &str, headers: &HeaderMap) -> Lang {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or("");
    Lang::from_code(first).unwrap_or_else(|| {
        let header = headers.get(ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or("");
        Lang::from_accept_language(header)
    })
}

fn wants_json(path: &str, headers: &HeaderMap) -> bool {
    let accept = headers.get(ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or("");
    path.starts_with("/api/") || (accept.contains("json") && !accept.contains("text/html"))
}

fn words(error: &AppError, lang: Lang) -> ErrorText {
    let t = Text(lang);
    let (heading, detail) = match error {
        AppError::NotFound(_) => (t.err_404_title(), t.err_404().to_owned()),
        AppError::Invalid(what) => (t.err_400_title(), what.clone()),
        AppError::Method => (t.err_405_title(), String::new()),
        AppError::CrossSite => (t.err_403_title(), t.err_403().to_owned()),
        AppError::TooLarge => (t.err_413_title(), t.err_413().to_owned()),
        AppError::SlowDown(_) => (t.err_429_title(), t.err_429().to_owned()),
        AppError::Busy => (t.err_503_title(), t.err_503().to_owned()),
        AppError::StoreAway => (t.err_503_title(), t.err_feedback_down().to_owned()),
        AppError::Internal => (t.err_500_title(), t.err_500().to_owned()),
    };
    let lost = match error {
        AppError::NotFound(path) => Some(searchable(path)),
        _ => None,
    };
    ErrorText { status: error.status().as_u16(), heading: heading.to_owned(), detail, lost }
}

/// The words of an address: its last segment without dashes and percent signs.
fn searchable(path: &str) -> String {
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or("");
    let words: String = last.chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).take(80).collect();
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn problem(status: StatusCode, text: &ErrorText) -> Response {
    let body =
        json!({ "type": "about:blank", "status": status.as_u16(), "title": text.heading, "detail": text.detail });
    (status, [(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"))], body.to_string()).into_response()
}
