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

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use http::header::RETRY_AFTER;
    use tower::ServiceExt;

    use super::*;
    use crate::content::{self, Files};
    use crate::store::Store;
    use crate::web::Site;
    use crate::web::assets::Assets;
    use crate::web::router::router;
    use crate::web::state::MOST_AT_WORK;

    #[tokio::test]
    async fn when_all_places_at_work_are_taken_one_more_is_told_to_come_back() {
        let library = content::load(&Files::embedded()).unwrap();
        let site = Site::new(library, Arc::new(Assets::embedded()), "http://x", false).unwrap();
        let state = Arc::new(AppState::new(site, Store::open("sqlite::memory:").unwrap(), false, false));
        let router = router(state.clone());
        let ask = async |path: &str| {
            let request = http::Request::get(path).body(Body::empty()).unwrap();
            router.clone().oneshot(request).await.unwrap()
        };
        let taken = state.work.clone().try_acquire_many_owned(MOST_AT_WORK as u32).unwrap();
        for path in ["/en/search?q=x", "/zh/cases?layer=tcp", "/api/v1/search?q=x"] {
            let answer = ask(path).await;
            assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE, "{path}");
            assert_eq!(answer.headers()[RETRY_AFTER], "2", "{path}");
        }
        assert_eq!(ask("/healthz").await.status(), StatusCode::OK);
        drop(taken);
        assert_eq!(ask("/en/search?q=x").await.status(), StatusCode::OK);
    }
}
