//! Pages over HTTP, one module an address. What they show is compared with the library they are made from.

#[path = "../common/mod.rs"]
mod common;

mod address;
mod bad_input;
mod budgets;
mod case;
mod cases;
mod errors;
mod every_page;
mod feeds;
mod home;
mod hostile;
mod search;
mod side_by_side;
mod signals;
mod transport;

use common::{Answer, Request, shared};

/// Reads a page of the shared server.
fn get(target: &str) -> Answer {
    shared().get(target)
}

/// A request to the shared server, to be added to.
fn ask(method: &str, target: &str) -> Request {
    shared().ask(method, target)
}

/// Scheme and host of the shared server.
fn base() -> String {
    format!("http://{}", shared().address)
}
