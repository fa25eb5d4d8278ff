//! The browser edge of netsim: JSON in, JSON out, errors as JavaScript errors. Translates, and no more.
//! Words are the page's affair: what crosses are numbers, and the names that tools and settings have.
#![warn(clippy::unwrap_used)]

pub mod dto;
#[cfg(feature = "streams")]
pub mod frame;
#[cfg(feature = "stage")]
pub mod picture;
#[cfg(feature = "names")]
pub mod resolve;
pub mod run;

use wasm_bindgen::prelude::*;

/// Half as large as the allocator that the standard library brings, in constant time, and what is freed can be had again.
#[cfg(target_family = "wasm")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

fn thrown(what: String) -> JsError {
    JsError::new(&what)
}

/// How long Linux takes to notice that a peer is gone. Takes [`dto::Question`] and gives [`dto::Answer`], both as JSON;
/// throws with the name of the setting that is missing, unknown or out of range.
#[wasm_bindgen]
pub fn dead_peer(question: &str) -> Result<String, JsError> {
    dto::dead_peer(question).map_err(thrown)
}

/// A scenario that has been run to its end, to be looked at.
#[wasm_bindgen]
pub struct Run(run::Run);

#[wasm_bindgen]
impl Run {
    /// Runs a scenario (JSON) with a seed for what is left to chance; throws `field: reason`.
    #[wasm_bindgen(constructor)]
    pub fn new(scenario: &str, seed: u32) -> Result<Run, JsError> {
        run::Run::new(scenario, seed.into()).map(Run).map_err(thrown)
    }

    /// Calls in the order in which they returned, JSON: [host, at, took, thread, call, sock, n, ret, err], times in
    /// microseconds of the world, null for what a call does not have.
    pub fn calls(&self) -> String {
        self.0.calls()
    }

    /// A time-sequence diagram and what belongs to it, as [`stage::Picture::json`]: in a language (`zh`, `en`), so many px wide,
    /// of a part of the run, with the playhead at a time. A time that is not given is the beginning, the end, and none.
    #[cfg(feature = "stage")]
    pub fn picture(
        &mut self,
        lang: &str,
        width: u32,
        from_us: Option<f64>,
        to_us: Option<f64>,
        at_us: Option<f64>,
    ) -> String {
        let times = [from_us, to_us, at_us].map(|t| t.map(|t| t as u64));
        self.0.picture(picture::Asked { lang, width, times })
    }

    /// A band of the picture that was asked for last, as [`stage::Drawn::band`].
    #[cfg(feature = "stage")]
    pub fn band(&self, place: usize) -> String {
        self.0.band(place)
    }

    /// That picture whole, as one SVG.
    #[cfg(feature = "stage")]
    pub fn drawing(&self) -> String {
        self.0.drawing()
    }

    /// A packet with all its numbers, as [`stage::Story::card`] writes it; its place is `data-packet` of the drawing and
    /// the sixth of the picture's rows. Throws if there is none.
    #[cfg(feature = "stage")]
    pub fn packet(&self, place: usize) -> Result<String, JsError> {
        self.0.packet(place).map_err(thrown)
    }

    /// What is going on at a time, in a sentence; letters as in the picture that begins at `from_us`.
    #[cfg(feature = "stage")]
    pub fn now(&self, lang: &str, from_us: f64, at_us: f64) -> String {
        self.0.now(lang, from_us as u64, at_us as u64)
    }

    /// What a tool (`tcpdump`, `ss`, `ss -u`, `strace`, `nstat`, `conntrack`, `ip neigh`, `buffers`) shows on a side (0 client, 1 server) at
    /// a time in microseconds; throws for an unknown tool.
    pub fn shown(&self, tool: &str, side: u8, at_us: f64) -> Result<String, JsError> {
        self.0.shown(tool, side, at_us as u64).map_err(thrown)
    }

    /// The run in a few numbers, as [`stage::Sum::json`].
    #[cfg(feature = "stage")]
    pub fn sum(&self) -> String {
        self.0.sum()
    }

    /// What the client wrote, message by message, as [`stage::messages`] draws it; `about` is for those who hear it.
    #[cfg(feature = "stage")]
    pub fn messages(&self, about: &str) -> String {
        self.0.messages(about)
    }

    /// What passed the device of a side, as a pcapng file.
    pub fn capture(&self, side: u8) -> Vec<u8> {
        self.0.capture(side)
    }
}

/// Looks a name up as one implementation does. Takes a case and the implementation's name (`go-1.24.4`, `glibc-2.36`),
/// gives [`netsim::resolver::answer::Answer`] as JSON; throws with the field that is wrong. With `dial`, as
/// [`netsim::resolver::answer::Dial::parse`] reads it, a program then connects.
#[cfg(feature = "names")]
#[wasm_bindgen]
pub fn resolve(case: &str, implementation: &str, dial: Option<String>) -> Result<String, JsError> {
    resolve::resolve(case, implementation, dial.as_deref()).map_err(thrown)
}

/// Cuts a stream into reads, decodes and draws it. Takes [`netsim::framing::question::Question`] as JSON, names of the
/// lanes, one a line, and the width in px; gives [`stage::bytes::Lanes::json`]; throws with the field that is wrong.
#[cfg(feature = "streams")]
#[wasm_bindgen]
pub fn lanes(question: &str, names: &str, width: u32) -> Result<String, JsError> {
    frame::lanes(question, names, width).map_err(thrown)
}
