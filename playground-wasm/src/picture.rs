//! The picture of a run.

use netsim::world::World;
use stage::{Frame, Lang, Picture, Story};

/// Which part of a run, in which language, how wide.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Tag of the language.
    pub lang: &'a str,
    /// Width in px.
    pub width: u32,
    /// From, to, and where the playhead stands, if not the beginning, the end, nowhere.
    pub times: [Option<u64>; 3],
}

/// Draws a world that has been run.
pub fn picture(world: &World, asked: Asked) -> Picture {
    let [from, to, at] = asked.times;
    let story = Story::lettered(world, from.unwrap_or(0));
    let mut frame = Frame::all(&story, asked.width, Lang::of(asked.lang));
    (frame.from, frame.to, frame.at) = (from.unwrap_or(frame.from), to.unwrap_or(frame.to), at);
    stage::picture(&story, frame)
}

/// A packet by its place in the run, as [`Story::card`] writes it.
pub fn packet(world: &World, place: usize) -> Result<String, String> {
    Story::new(world).card(place).ok_or_else(|| String::from("no packet has that place"))
}

/// What is going on at a time, in a sentence; letters as in a picture from a time on.
pub fn now(world: &World, lang: &str, from: u64, at: u64) -> String {
    stage::now(&Story::lettered(world, from), at, Lang::of(lang)).1
}
