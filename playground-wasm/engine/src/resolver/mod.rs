//! How a name becomes addresses: in Go, glibc and musl, version by version.
//!
//! A [`case::Case`] holds the question, the files, the machine and the name servers; [`lookup`] gives an
//! [`outcome::Outcome`] with a trace in which every step names its rule. Stages are functions of their inputs: reading the
//! files ([`files`]), choosing resolver and sources ([`go::order`], [`glibc`]), the list of names ([`names`]), asking the
//! servers on a virtual clock ([`exchange`]), sorting ([`sort`]). What a program then does with the addresses is in
//! [`connect`].
//!
//! Left out: nscd, running avahi and systemd-resolved, second lookups and reloads, Windows, macOS and BSD except for the
//! order that Go prints there.

pub mod address;
pub mod answer;
pub mod batch;
pub mod case;
pub mod connect;
pub mod exchange;
pub mod files;
pub mod glibc;
pub mod go;
pub mod musl;
pub mod names;
pub mod notation;
pub mod outcome;
pub mod read;
pub mod sort;
pub mod told;
pub mod trace;
pub mod version;
pub mod wire;

use case::Case;
use notation::Notation;
use outcome::Outcome;
use version::Implementation;

/// Looks a name up as an implementation does.
pub fn lookup(case: &Case, implementation: Implementation) -> Outcome {
    let (outcome, notation) = match implementation {
        Implementation::Go(version) => (go::lookup(case, version), Notation::Go),
        Implementation::Glibc(version) => (glibc::lookup(case, version), Notation::Glibc),
        Implementation::Musl(version) => (musl::lookup(case, version), Notation::Musl),
    };
    Outcome { notation, ..outcome }
}
