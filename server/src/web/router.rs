//! All routes on one page. What is the same for everyone is answered by `front` before it comes here.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use http::StatusCode;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::timeout::TimeoutLayer;

use super::layers::{common_headers, error_page, observe, shed};
use super::state::AppState;
use super::{api, handlers};

/// From the last header byte to the answer.
const LONGEST_ANSWER: Duration = Duration::from_secs(15);

/// The router with its limits.
pub fn router(state: Arc<AppState>) -> Router {
    let work = Router::new()
        // pages with a query string, and those that are different for each visitor
        .route("/{lang}/cases", get(handlers::cases))
        .route("/{lang}/cases/{slug}", get(handlers::case))
        .route("/{lang}/cases/{slug}/thanks", get(handlers::thanks))
        .route("/{lang}/search", get(handlers::search).post(handlers::search_form))
        // what visitors leave
        .route("/{lang}/cases/{slug}/feedback", post(handlers::feedback))
        // programs
        .route("/api/v1/search", get(api::search::get).post(api::search::post))
        .layer(from_fn_with_state(state.clone(), shed::shed));

    Router::new()
        .merge(work)
        .route("/", get(handlers::negotiate))
        .route("/healthz", get(handlers::healthz))
        .route("/readyz", get(handlers::readyz))
        .route("/static/{hash}/{*path}", get(handlers::moved_asset))
        .fallback(handlers::missing)
        .layer(CatchPanicLayer::new())
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, LONGEST_ANSWER))
        .layer(DefaultBodyLimit::max(shed::LARGEST_BODY))
        .layer(CsrfLayer::new())
        .layer(from_fn_with_state(state.clone(), error_page::render_errors))
        .layer(CompressionLayer::new())
        .layer(from_fn_with_state(state.clone(), common_headers::add))
        .layer(from_fn_with_state(state.clone(), observe::observe))
        .with_state(state)
}
