//! Load shedding: a bounded number of requests at work, a clear 503 with `Retry-After` for the rest. Never collapse.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::web::error::AppError;
use crate::web::state::AppState;

/// Lets a request through while there is room.
pub async fn shed(State(state): State<Arc<AppState>>, request: Request, next: Next) -> Response {
    match state.work.clone().try_acquire_owned() {
        Ok(_room) => next.run(request).await,
        Err(_) => {
            state.metrics.shed.increment(1);
            AppError::Busy.into_response()
        }
    }
}
