//! Counts and logs routed requests: method, path, status, duration. No addresses, no query strings: people paste secrets.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::web::state::AppState;

/// Measures around the rest.
pub async fn observe(State(state): State<Arc<AppState>>, request: Request, next: Next) -> Response {
    let start = Instant::now();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let response = next.run(request).await;
    let took = start.elapsed();
    state.metrics.routed(response.status(), took);
    let status = response.status().as_u16();
    let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    if response.status().is_server_error() {
        tracing::warn!(%method, path, status, duration_ms, "request failed");
    } else {
        tracing::debug!(%method, path, status, duration_ms, "request answered");
    }
    response
}
