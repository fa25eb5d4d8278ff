//! What the client wrote, message by message, as bars: on its way, and there but not yet with the program. A hollow diamond
//! is a model, not the engine: when a transport that orders each stream by itself (RFC 9000, 2.2) could have handed it over,
//! had it the same arrivals.

use alloc::string::String;

use crate::sum::{Message, Sum};
use crate::svg::{Anchor, Svg, decimal};

/// Width of the drawing, of its column of names, and height of a row; tenths of px.
const WIDTH: i64 = 6_100;
const NAMES: i64 = 700;
const ROW: i64 = 180;
/// Most messages that are drawn.
const MOST: usize = 60;
/// Streams that take turns on one connection.
const STREAMS: usize = 3;

/// The drawing, of the first 60 messages; `about` is for those who hear it.
pub fn messages(sum: &Sum, about: &str) -> String {
    let all = sum.messages.get(..sum.messages.len().min(MOST)).unwrap_or_default();
    let from = all.first().map_or(0, |m| m.sent);
    let to = all.iter().filter_map(|m| m.read.or(m.arrived)).max().unwrap_or(from).max(from + 1);
    let x = |at: u64| NAMES + (at.clamp(from, to) - from) as i64 * (WIDTH - NAMES - 160) / (to - from) as i64;
    let mut out = Svg::default();
    let height = (all.len() as i64 * ROW + 300) / 10;
    out.put(
        "<svg class=\"msgs\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 610 ~\" role=\"img\" aria-label=\"$\">",
        &[height],
        &[about],
    );
    for part in 0..5 {
        let at = from + (to - from) * part / 4;
        let mut words = String::new();
        decimal(&mut words, ((at - from) / 100) as i64, 1);
        out.put("<path class=\"major\" d=\"M% 16V~\"/>", &[x(at), height], &[]);
        out.text(x(at), 110, "tick", Anchor::Middle, &words);
    }
    for (place, message) in all.iter().enumerate() {
        let y = 220 + place as i64 * ROW;
        let mut name = String::new();
        decimal(&mut name, place as i64 + 1, 0);
        name.push(' ');
        name.push(char::from(b'A' + (stream(all, place) % 26) as u8));
        out.text(NAMES - 120, y + 90, "m", Anchor::End, &name);
        let Some(arrived) = message.arrived else { continue };
        out.put("<path class=\"way\" d=\"M% %H%\"/>", &[x(message.sent), y + 50, x(arrived)], &[]);
        let Some(read) = message.read else { continue };
        let wide = x(read) - x(arrived);
        // To be woken up takes a program a while: that is no wait.
        if read > arrived + 1_000 {
            out.put(
                "<rect class=\"bar stuck\" x=\"%\" y=\"%\" width=\"%\" height=\"10\"/>",
                &[x(arrived), y, wide],
                &[],
            );
        }
        out.put("<circle class=\"ink\" cx=\"%\" cy=\"%\" r=\"3.5\"/>", &[x(read), y + 50], &[]);
        if let Some(could) = model(all, place) {
            let at = [x(could) - 50, y + 50];
            out.put("<path class=\"could\" d=\"M% %l5-5 5 5-5 5z\"/>", &at, &[]);
        }
    }
    out.0.push_str("</svg>");
    out.0
}

/// Which stream a message belongs to: with several connections its own, else they take turns.
fn stream(all: &[Message], place: usize) -> usize {
    let several = all.iter().any(|m| m.conn > 0);
    if several { all.get(place).map_or(0, |m| m.conn) } else { place % STREAMS }
}

/// When all older messages of its stream had arrived too.
fn model(all: &[Message], place: usize) -> Option<u64> {
    let mine = stream(all, place);
    let mut older = all.iter().enumerate().take(place + 1).filter(|(i, _)| stream(all, *i) == mine);
    older.try_fold(0, |last, (_, m)| Some(m.arrived?.max(last)))
}
