//! What must hold of every input, one target a file. Each takes bytes and panics when something does not hold.
//! Seeds lie in `seeds/`, inputs that once failed in `failing/`: `cargo test` runs all of them.

pub mod targets;

use std::path::PathBuf;

/// Something that takes bytes from strangers.
pub struct Target {
    /// Its name on the command line, and of its folder below `failing/`.
    pub name: &'static str,
    /// The folder of its seeds below `seeds/`; targets that read the same sort of input share one.
    pub seeds: &'static str,
    /// Panics when something that must hold of these bytes does not.
    pub check: fn(&[u8]),
}

/// All of them; a new one is a file in `targets/`, a line here and a few small seeds.
pub const TARGETS: &[Target] = &[
    Target { name: "analyse", seeds: "text", check: targets::analyse::check },
    Target { name: "search", seeds: "text", check: targets::search::check },
    Target { name: "framing", seeds: "framing", check: targets::framing::check },
    Target { name: "http", seeds: "http", check: targets::http::check },
    Target { name: "resolver", seeds: "resolver", check: targets::resolver::check },
    Target { name: "packetdrill", seeds: "packetdrill", check: targets::packetdrill::check },
    Target { name: "segments", seeds: "segments", check: targets::segments::check },
    Target { name: "scenario", seeds: "scenario", check: targets::scenario::check },
];

/// The target of that name.
pub fn find(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

impl Target {
    /// The folders of its inputs in the repository.
    pub fn inputs(&self) -> [PathBuf; 2] {
        let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        [here.join("seeds").join(self.seeds), here.join("failing").join(self.name)]
    }
}
