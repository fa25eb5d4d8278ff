//! Work that takes milliseconds: done beside the threads that answer everyone, failures logged where they happen.

use super::error::AppError;
use super::site::Site;
use crate::search::Found;

/// Runs it on a thread of its own kind, of which there are few.
pub async fn beside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, AppError> + Send + 'static,
) -> Result<T, AppError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
        tracing::error!(%error, "work failed");
        Err(AppError::Internal)
    })
}

/// Searches a site's cases.
pub fn search_site(site: &Site, query: &str, without: &[String], limit: usize) -> Result<Found, AppError> {
    site.index.search_without(&site.library, query, without, limit).map_err(|error| {
        tracing::error!(%error, "search failed");
        AppError::Internal
    })
}
