//! Queries and attempts to connect in time, on chart paper: a group an implementation, a row a question. Between two moments
//! lies one step for each power of ten of the milliseconds, so that a round trip and a timeout fit into one drawing.
//! `static/js/stage/names/chart.js` draws the same, from the same whole numbers.

use std::fmt::Write;

use super::names::span;
use super::text::Text;

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// With an address, or a connection.
    Found,
    /// With an answer that has no address, or given up because another won.
    Nothing,
    /// With an error, or not at all.
    Failed,
}

/// A row.
#[derive(Debug, Clone)]
pub struct Bar {
    /// The step that begins it.
    pub step: usize,
    /// What is asked, and whom.
    pub label: String,
    /// µs.
    pub start: u64,
    /// µs.
    pub end: u64,
    /// The answer.
    pub what: String,
    /// What kind of answer that is.
    pub look: Look,
    /// An attempt to connect, not a query.
    pub connect: bool,
}

/// From the edge to the first moment.
const LEFT: u64 = 14;
/// From the last moment to the edge.
const RIGHT: u64 = 16;
/// Where the first group begins.
const TOP: u64 = 30;
/// A group's title.
const HEAD: u64 = 30;
/// A row.
const ROW: u64 = 36;
/// A label of the axis needs so much.
const APART: u64 = 52;

/// How wide a piece of time is drawn, in steps.
fn weight(us: u64) -> u64 {
    (us / 1_000).max(1).to_string().len() as u64
}

/// Draws groups (name, rows), so many px wide.
pub fn draw(groups: &[(&str, &[Bar])], width: u32, class: &str, t: Text) -> String {
    let width = u64::from(width);
    let mut times: Vec<u64> =
        groups.iter().flat_map(|(_, bars)| bars.iter().flat_map(|bar| [bar.start, bar.end])).collect();
    times.push(0);
    times.sort_unstable();
    times.dedup();
    let mut steps = vec![0];
    for pair in times.windows(2) {
        let gap = if let [a, b] = pair { weight(b - a) } else { 0 };
        steps.push(steps.last().unwrap_or(&0) + gap);
    }
    let total = steps.last().copied().unwrap_or(0).max(1);
    let place = |us: u64| {
        let at = times.iter().position(|time| *time == us).and_then(|i| steps.get(i)).copied().unwrap_or(0);
        LEFT + (width - LEFT - RIGHT) * at / total
    };
    let rows: u64 = groups.iter().map(|(_, bars)| HEAD + ROW * (bars.len() as u64).max(1)).sum();
    let height = TOP + rows + 8;
    let mut out = String::new();
    let _ = write!(
        out,
        "<svg class=\"stage {class}\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" aria-label=\"{}\">",
        escaped(t.names_chart())
    );
    let mut last = None;
    for time in &times {
        let x = place(*time);
        let _ = write!(out, "<path class=\"major\" d=\"M{x} {}V{}\"></path>", TOP - 8, height - 8);
        if last.is_none_or(|last| x >= last + APART) {
            let anchor = if x < APART {
                "start"
            } else if x + APART > width {
                "end"
            } else {
                "middle"
            };
            let _ =
                write!(out, "<text class=\"tick\" x=\"{x}\" y=\"15\" text-anchor=\"{anchor}\">{}</text>", span(*time));
            last = Some(x);
        }
    }
    let mut y = TOP;
    for (name, bars) in groups {
        let _ = write!(out, "<text class=\"b h\" x=\"{LEFT}\" y=\"{}\">{}</text>", y + 14, escaped(name));
        y += HEAD;
        for bar in *bars {
            row(&mut out, bar, [place(bar.start), place(bar.end), y, width]);
            y += ROW;
        }
        if bars.is_empty() {
            let _ = write!(out, "<text class=\"d h\" x=\"{LEFT}\" y=\"{}\">{}</text>", y + 8, escaped(t.names_none()));
            y += ROW;
        }
    }
    out + "</svg>"
}

fn row(out: &mut String, bar: &Bar, [from, to, y, width]: [u64; 4]) {
    let (color, line, glyph) = match (bar.look, bar.connect) {
        (Look::Found, false) => ("data", "ln23", "data"),
        (Look::Found, true) => ("syn", "ln2", "synack"),
        (Look::Nothing, _) => ("ack", "ln1", "ack"),
        (Look::Failed, false) => ("rst", "ln18 dotted", "lost"),
        (Look::Failed, true) => ("rst", "ln18 dotted", "rst"),
    };
    let to = to.max(from + 4);
    // 7 px a letter; two stay free between label and answer.
    let room = (width - LEFT - RIGHT) / 7;
    let room = room.saturating_sub(bar.what.chars().count() as u64 + 2).max(12) as usize;
    let pen = if bar.look == Look::Failed { " pen" } else { "" };
    let _ = write!(
        out,
        "<g class=\"s-{color}\" data-step=\"{}\"><text class=\"m h q\" x=\"{LEFT}\" y=\"{}\">{}</text>\
         <text class=\"m h{pen}\" x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\
         <path class=\"{line}\" d=\"M{from} {}H{to}\"></path><path class=\"ln2\" d=\"M{from} {}v8\"></path>\
         <use href=\"#g-{glyph}\" x=\"{}\" y=\"{}\" width=\"12\" height=\"12\"></use></g>",
        bar.step,
        y + 8,
        escaped(&short(&bar.label, room)),
        width - RIGHT,
        y + 8,
        escaped(&bar.what),
        y + 19,
        y + 15,
        to - 6,
        y + 13,
    );
}

/// At most so many letters, with an ellipsis in the middle.
fn short(text: &str, most: usize) -> String {
    let letters: Vec<char> = text.chars().collect();
    if letters.len() <= most {
        return text.to_owned();
    }
    let (head, tail) = (most / 2, most - most / 2 - 1);
    let letter = |range: &[char]| range.iter().collect::<String>();
    let (head, tail) = (letters.get(..head).unwrap_or(&[]), letters.get(letters.len() - tail..).unwrap_or(&[]));
    format!("{}…{}", letter(head), letter(tail))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_lose_their_middle() {
        assert_eq!(short("abcdefghij", 10), "abcdefghij");
        assert_eq!(short("abcdefghijk", 7), "abc…ijk");
    }

    #[test]
    fn time_is_cut_by_powers_of_ten() {
        assert_eq!([1, 1_000, 9_999, 10_000, 5_000_000, 127_000_000].map(weight), [1, 1, 1, 2, 4, 6]);
    }
}
