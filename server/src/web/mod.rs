//! HTTP: the only layer that knows axum, hyper and askama.
//!
//! Two roads lead to an answer. Pages and assets that are the same for everyone are made once, compressed ahead and
//! answered by `front` before any router sees them. Everything else (search, filters, forms, errors) goes through
//! `router` with its limits.

mod answer;
mod api;
mod assets;
mod error;
mod front;
mod handlers;
mod headers;
mod layers;
mod metrics;
mod pages;
mod patience;
mod referrer;
mod reload;
mod router;
mod search_log;
mod site;
mod state;
mod throttle;
mod view;
mod work;

pub mod server;

pub use front::Front;
pub use site::Site;
pub use state::AppState;
