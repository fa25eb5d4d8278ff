//! The headers of pages made ahead, on routed answers too. What is made for one visitor is not kept by caches.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::HeaderValue;
use http::header::CACHE_CONTROL;

use crate::web::headers::common;
use crate::web::state::AppState;

/// Adds what the handler did not set.
pub async fn add(State(state): State<Arc<AppState>>, request: Request, next: Next) -> Response {
    let wanted = common(request.uri().path(), state.tls);
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in &wanted {
        headers.entry(name).or_insert_with(|| value.clone());
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
