//! What goes wrong, in the visitor's terms. Knows no format: `layers::error_page` turns it into a page or problem+json.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::StatusCode;

/// What the visitor can be told.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AppError {
    /// No such page; carries the words of the address, to offer the nearest ones.
    #[error("not found")]
    NotFound(String),
    /// The request makes no sense; says what and what to do.
    #[error("bad request: {0}")]
    Invalid(String),
    /// The address exists, the method does not.
    #[error("method not allowed")]
    Method,
    /// A form that another site sent.
    #[error("from another site")]
    CrossSite,
    /// The body is longer than what is read.
    #[error("payload too large")]
    TooLarge,
    /// Too often from one place.
    #[error("slow down")]
    SlowDown(Duration),
    /// Too many requests at work.
    #[error("busy")]
    Busy,
    /// The database is away.
    #[error("store away")]
    StoreAway,
    /// Logged where it happened, never shown.
    #[error("internal error")]
    Internal,
}

impl AppError {
    /// The status.
    pub fn status(&self) -> StatusCode {
        match self {
            AppError::NotFound(_) => StatusCode::NOT_FOUND,
            AppError::Invalid(_) => StatusCode::BAD_REQUEST,
            AppError::Method => StatusCode::METHOD_NOT_ALLOWED,
            AppError::CrossSite => StatusCode::FORBIDDEN,
            AppError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            AppError::SlowDown(_) => StatusCode::TOO_MANY_REQUESTS,
            AppError::Busy | AppError::StoreAway => StatusCode::SERVICE_UNAVAILABLE,
            AppError::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Seconds after which trying again makes sense.
    pub fn retry_after(&self) -> Option<u64> {
        match self {
            AppError::SlowDown(wait) => Some(wait.as_secs().max(1)),
            AppError::Busy => Some(2),
            AppError::StoreAway => Some(30),
            _ => None,
        }
    }
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}
