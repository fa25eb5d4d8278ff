//! Load shedding: a bounded number of requests at work, a clear 503 with `Retry-After` for the rest. Never collapse.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body::Body as _;

use crate::web::error::AppError;
use crate::web::state::AppState;

/// A form with a pasted log, in bytes.
pub const LARGEST_BODY: usize = 256 * 1024;
/// From the last header byte to the last byte of a form.
const LONGEST_BODY: Duration = Duration::from_secs(5);

/// Lets a request through while there is room. Its body comes first, so that who sends slowly takes no room at work.
pub async fn shed(State(state): State<Arc<AppState>>, request: Request, next: Next) -> Response {
    let request = match whole(&state, request).await {
        Ok(request) => request,
        Err(error) => return error.into_response(),
    };
    match state.work.clone().try_acquire_owned() {
        Ok(_room) => next.run(request).await,
        Err(_) => {
            state.metrics.shed.increment(1);
            AppError::Busy.into_response()
        }
    }
}

/// The request with its body in memory. Few bodies are on their way at a time; one that takes too long is given up.
async fn whole(state: &AppState, request: Request) -> Result<Request, AppError> {
    if request.body().is_end_stream() {
        return Ok(request);
    }
    let Ok(_room) = state.bodies.try_acquire() else {
        state.metrics.shed.increment(1);
        return Err(AppError::Busy);
    };
    let (head, body) = request.into_parts();
    match tokio::time::timeout(LONGEST_BODY, axum::body::to_bytes(body, LARGEST_BODY)).await {
        Ok(Ok(bytes)) => Ok(Request::from_parts(head, Body::from(bytes))),
        Ok(Err(_)) => Err(AppError::TooLarge),
        Err(_) => Err(AppError::Busy),
    }
}
