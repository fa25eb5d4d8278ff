//! `GET /api/v1/search?q=…&lang=zh|en&limit=10`; `POST` with the same fields in a form, for long pastes.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Form, Query, State};
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use http::header::{ACCEPT_LANGUAGE, CACHE_CONTROL, VARY};
use serde::{Deserialize, Serialize};

use crate::domain::Lang;
use crate::search::{Hit, part_read};
use crate::web::error::AppError;
use crate::web::pages::search::why;
use crate::web::site::Site;
use crate::web::state::AppState;
use crate::web::view::case::case_href;
use crate::web::work::{beside, search_site};

/// Most results in one answer.
const MOST: usize = 100;

/// What is asked.
#[derive(Debug, Deserialize)]
pub struct Asked {
    #[serde(default)]
    q: String,
    lang: Option<String>,
    limit: Option<String>,
}

#[derive(Serialize)]
struct Answer {
    query: String,
    /// Of a query that was too long: so many bytes of it were read.
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes_read: Option<usize>,
    results: Vec<Found>,
}

#[derive(Serialize)]
struct Found {
    slug: String,
    title: String,
    score: f32,
    why: Vec<String>,
    url: String,
    cause: String,
    minutes: u32,
    meter: u8,
}

/// Answers a question in the URL.
pub async fn get(
    State(state): State<Arc<AppState>>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Result<Response, AppError> {
    answer(&state, &headers, asked).await
}

/// Answers a question in a form.
pub async fn post(
    State(state): State<Arc<AppState>>,
    headers: HeaderMap,
    Form(asked): Form<Asked>,
) -> Result<Response, AppError> {
    answer(&state, &headers, asked).await
}

async fn answer(state: &AppState, headers: &HeaderMap, asked: Asked) -> Result<Response, AppError> {
    let lang = match asked.lang.as_deref() {
        None | Some("") => {
            Lang::from_accept_language(headers.get(ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or(""))
        }
        Some(code) => {
            let short = code.split('-').next().unwrap_or("");
            Lang::from_code(short).ok_or_else(|| AppError::Invalid(format!("lang={code}: use zh or en")))?
        }
    };
    let limit = match asked.limit.as_deref() {
        None | Some("") => 10,
        Some(text) => text
            .parse::<usize>()
            .ok()
            .filter(|n| (1..=MOST).contains(n))
            .ok_or_else(|| AppError::Invalid(format!("limit={text}: use a number from 1 to {MOST}")))?,
    };
    let site = state.site.load_full();
    let answer = beside(move || {
        let answer = search_site(&site, &asked.q, &[], limit)?;
        let read = part_read(&asked.q);
        let mended = answer.understood.mended(read);
        let results = answer.hits.iter().filter_map(|hit| found(&site, &mended, hit, lang)).collect();
        let bytes_read = Some(read.len()).filter(|read| *read < asked.q.len());
        Ok(Answer { query: asked.q, bytes_read, results })
    });
    let mut response = Json(answer.await?).into_response();
    response.headers_mut().insert(CACHE_CONTROL, http::HeaderValue::from_static("no-store"));
    response.headers_mut().insert(VARY, http::HeaderValue::from_static("accept-language"));
    Ok(response)
}

fn found(site: &Site, query: &str, hit: &Hit, lang: Lang) -> Option<Found> {
    let case = site.library.case(&hit.slug)?;
    let text = case.text(lang);
    Some(Found {
        slug: case.slug.to_string(),
        title: text.title.clone(),
        score: hit.score,
        why: why(&site.library, query, hit, lang),
        url: case_href(case, lang),
        cause: text.cause.text.clone(),
        minutes: text.minutes,
        meter: hit.bars(),
    })
}
