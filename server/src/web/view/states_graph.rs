//! The state graph of TCP (RFC 9293, figure 5) as SVG, with the ways of both ends in it. Once wide and once for phones.
//! Left out: the simultaneous open, and the ways that RST and timeouts take, which end anywhere: they are crosses on nodes.

use std::fmt::Write;

use super::states::Way;
use super::text::Text;

/// The states, as the RFC writes them, in the order of the keyboard and of reading.
pub const STATES: [&str; 11] = [
    "CLOSED",
    "LISTEN",
    "SYN_SENT",
    "SYN_RCVD",
    "ESTABLISHED",
    "FIN_WAIT_1",
    "FIN_WAIT_2",
    "CLOSING",
    "TIME_WAIT",
    "CLOSE_WAIT",
    "LAST_ACK",
];

/// A step that TCP can take: from, to, and the step that is missing when the first state sticks.
pub const STEPS: [(&str, &str); 15] = [
    ("CLOSED", "LISTEN"),
    ("CLOSED", "SYN_SENT"),
    ("LISTEN", "SYN_RCVD"),
    ("SYN_RCVD", "ESTABLISHED"),
    ("SYN_SENT", "ESTABLISHED"),
    ("ESTABLISHED", "FIN_WAIT_1"),
    ("ESTABLISHED", "CLOSE_WAIT"),
    ("FIN_WAIT_1", "FIN_WAIT_2"),
    ("FIN_WAIT_1", "TIME_WAIT"),
    ("FIN_WAIT_1", "CLOSING"),
    ("FIN_WAIT_2", "TIME_WAIT"),
    ("CLOSING", "TIME_WAIT"),
    ("CLOSE_WAIT", "LAST_ACK"),
    ("TIME_WAIT", "CLOSED"),
    ("LAST_ACK", "CLOSED"),
];

/// Where the columns stand.
#[derive(Clone, Copy)]
struct Plan {
    name: &'static str,
    width: i32,
    columns: [i32; 3],
    rails: [i32; 2],
    half: i32,
}

const WIDE: Plan = Plan { name: "w", width: 840, columns: [190, 420, 650], rails: [42, 798], half: 64 };
const PHONE: Plan = Plan { name: "n", width: 560, columns: [96, 280, 464], rails: [14, 546], half: 56 };

const HEIGHT: i32 = 616;

impl Plan {
    /// The middle of a state.
    fn middle(&self, state: &str) -> (i32, i32) {
        let [left, centre, right] = self.columns;
        match state {
            "CLOSED" => (centre, 42),
            "LISTEN" => (left, 118),
            "SYN_SENT" => (right, 118),
            "SYN_RCVD" => (left, 214),
            "ESTABLISHED" => (centre, 296),
            "FIN_WAIT_1" => (left, 392),
            "FIN_WAIT_2" => (left, 500),
            "CLOSING" => (centre, 434),
            "TIME_WAIT" => (centre, 562),
            "CLOSE_WAIT" => (right, 392),
            _ => (right, 500),
        }
    }

    /// A distance that was measured in the wide drawing.
    fn wide(&self, x: i32) -> i32 {
        x * (self.columns[1] - self.columns[0]) / 230
    }

    /// The way of a step, and how far a second line beside it stands off.
    fn path(&self, from: &str, to: &str) -> (String, (i32, i32)) {
        let [l, m, r] = self.columns;
        let (h, [rail_l, rail_r]) = (self.half, self.rails);
        let w = |x| self.wide(x);
        match (from, to) {
            ("CLOSED", "LISTEN") => {
                (format!("M{} 50C{} 58 {} 70 {} 99", m - h + 12, m - w(130), l + 20, l + 8), (0, 5))
            }
            ("CLOSED", "SYN_SENT") => {
                (format!("M{} 50C{} 58 {} 70 {} 99", m + h - 12, m + w(130), r - 20, r - 8), (0, 5))
            }
            ("LISTEN", "SYN_RCVD") => (format!("M{l} 135V195"), (6, 0)),
            ("SYN_RCVD", "ESTABLISHED") => {
                (format!("M{} 231C{} 258 {} 262 {} 277", l + w(50), l + w(90), m - w(90), m - 36), (0, 5))
            }
            ("SYN_SENT", "ESTABLISHED") => {
                (format!("M{} 135C{} 212 {} 256 {} 277", r - 6, r - 20, m + w(110), m + 36), (5, 5))
            }
            ("ESTABLISHED", "FIN_WAIT_1") => {
                (format!("M{} 313C{} 342 {} 330 {} 373", m - 36, m - w(90), l + w(40), l + 10), (-3, -6))
            }
            ("ESTABLISHED", "CLOSE_WAIT") => {
                (format!("M{} 313C{} 342 {} 330 {} 373", m + 36, m + w(90), r - w(40), r - 10), (3, -6))
            }
            ("FIN_WAIT_1", "FIN_WAIT_2") => (format!("M{l} 409V481"), (6, 0)),
            ("FIN_WAIT_1", "CLOSING") => {
                (format!("M{} 392C{} 392 {} 398 {} 415", l + h, l + h + w(44), m - w(48), m - 34), (0, 6))
            }
            ("FIN_WAIT_1", "TIME_WAIT") => {
                (format!("M{} 409C{} 470 {} 500 {} 543", l + w(44), l + w(90), m - w(70), m - 30), (6, -3))
            }
            ("FIN_WAIT_2", "TIME_WAIT") => {
                (format!("M{} 517C{} 552 {} 562 {} 562", l + w(22), l + w(52), m - h - w(70), m - h - 2), (0, 6))
            }
            ("CLOSING", "TIME_WAIT") => (format!("M{m} 451V543"), (6, 0)),
            ("CLOSE_WAIT", "LAST_ACK") => (format!("M{r} 409V481"), (6, 0)),
            ("TIME_WAIT", "CLOSED") => (
                format!(
                    "M{m} 579V584Q{m} 598 {} 598H{}Q{rail_l} 598 {rail_l} 582V58Q{rail_l} 42 {} 42H{}",
                    m - 14,
                    rail_l + 16,
                    rail_l + 16,
                    m - h - 2
                ),
                (6, 6),
            ),
            _ => (
                format!(
                    "M{} 500H{}Q{rail_r} 500 {rail_r} 484V58Q{rail_r} 42 {} 42H{}",
                    r + h,
                    rail_r - 16,
                    rail_r - 16,
                    m + h + 2
                ),
                (-6, 6),
            ),
        }
    }

    /// What causes a step and what is sent, and where that stands: x, y, `end` or `start`.
    fn label(&self, from: &str, to: &str) -> ([&'static str; 2], i32, i32, &'static str) {
        let [l, m, r] = self.columns;
        let w = |x| self.wide(x);
        match (from, to) {
            ("CLOSED", "LISTEN") => (["listen()", ""], l - 2, 80, "end"),
            ("CLOSED", "SYN_SENT") => (["connect()", "SYN →"], r + 4, 70, "start"),
            ("LISTEN", "SYN_RCVD") => (["← SYN", "SYN, ACK →"], l + 12, 160, "start"),
            ("SYN_RCVD", "ESTABLISHED") => (["← ACK", ""], m - w(150), 276, "end"),
            ("SYN_SENT", "ESTABLISHED") => (["← SYN, ACK", "ACK →"], m + w(176), 238, "start"),
            ("ESTABLISHED", "FIN_WAIT_1") => (["close()", "FIN →"], m - w(188), 326, "end"),
            ("ESTABLISHED", "CLOSE_WAIT") => (["← FIN", "ACK →"], m + w(182), 330, "start"),
            ("FIN_WAIT_1", "FIN_WAIT_2") => (["← ACK", ""], l - 10, 450, "end"),
            ("FIN_WAIT_1", "CLOSING") => (["← FIN", "ACK →"], m - w(124), 368, "start"),
            ("FIN_WAIT_1", "TIME_WAIT") => (["← FIN, ACK", "ACK →"], m - w(96), 478, "start"),
            ("FIN_WAIT_2", "TIME_WAIT") => (["← FIN", "ACK →"], l + self.half + 8, 520, "start"),
            ("CLOSING", "TIME_WAIT") => (["← ACK", ""], m + 14, 500, "start"),
            ("CLOSE_WAIT", "LAST_ACK") => (["close()", "FIN →"], r + 12, 442, "start"),
            ("TIME_WAIT", "CLOSED") => (["60 s", ""], self.rails[0] + 10, 330, "start"),
            _ => (["← ACK", ""], self.rails[1] - 10, 330, "end"),
        }
    }
}

/// The wide drawing and the one for phones, with the ways of client and server.
pub fn draw(ways: &[Way; 2], label: &str, t: Text) -> [String; 2] {
    [WIDE, PHONE].map(|plan| svg(plan, ways, label, t))
}

fn svg(plan: Plan, ways: &[Way; 2], label: &str, t: Text) -> String {
    let mut out = String::new();
    let (name, width) = (plan.name, plan.width);
    _ = write!(
        out,
        "<svg class=\"graph {name}\" viewBox=\"0 0 {width} {HEIGHT}\" width=\"{width}\" height=\"{HEIGHT}\" role=\"img\" aria-label=\"{label}\"><defs>"
    );
    for (mark, size) in [("base", 9), ("c", 12), ("s", 12), ("miss", 11)] {
        _ = write!(
            out,
            "<marker id=\"sg-{name}-{mark}\" class=\"tip {mark}\" viewBox=\"0 0 8 8\" refX=\"6.5\" refY=\"4\" markerWidth=\"{size}\" markerHeight=\"{size}\" markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0 .8 7 4 0 7.2Z\"/></marker>"
        );
    }
    out.push_str("</defs>");
    for (from, to) in STEPS {
        step(&mut out, plan, ways, (from, to), t);
    }
    for state in STATES {
        node(&mut out, plan, ways, state);
    }
    out.push_str("</svg>");
    out
}

fn step(out: &mut String, plan: Plan, ways: &[Way; 2], step: (&str, &str), t: Text) {
    let (from, to) = step;
    let took = [0, 1].map(|end: usize| ways[end].steps.contains(&(from, to)));
    let missing = ways.iter().any(|way| way.missing == Some((from, to)));
    let mut class = String::from("step");
    for (is, word) in [(took[0], " c"), (took[1], " s"), (missing, " missing")] {
        class.push_str(if is { word } else { "" });
    }
    let (d, (dx, dy)) = plan.path(from, to);
    let name = plan.name;
    _ = write!(
        out,
        "<g class=\"{class}\" data-step=\"{from} {to}\"><path class=\"base\" d=\"{d}\" marker-end=\"url(#sg-{name}-base)\"/><path class=\"miss\" d=\"{d}\" marker-end=\"url(#sg-{name}-miss)\"/><path class=\"c\" d=\"{d}\" marker-end=\"url(#sg-{name}-c)\"/><path class=\"s\" d=\"{d}\" data-beside=\"{dx} {dy}\""
    );
    if took == [true, true] {
        _ = write!(out, " transform=\"translate({dx} {dy})\"");
    }
    _ = write!(out, " marker-end=\"url(#sg-{name}-s)\"/>");
    let (lines, x, y, anchor) = plan.label(from, to);
    for (line, dy) in lines.into_iter().zip([0, 15]).filter(|(line, _)| !line.is_empty()) {
        _ = write!(out, "<text class=\"h\" x=\"{x}\" y=\"{}\" text-anchor=\"{anchor}\">{line}</text>", y + dy);
    }
    if (from, to) == ("CLOSE_WAIT", "LAST_ACK") {
        for (line, y) in t.waits_for_app().into_iter().zip([442, 457]) {
            _ = write!(
                out,
                "<text class=\"h why\" x=\"{}\" y=\"{y}\" text-anchor=\"end\">{line}</text>",
                plan.columns[2] - 12
            );
        }
    }
    out.push_str("</g>");
}

fn node(out: &mut String, plan: Plan, ways: &[Way; 2], state: &str) {
    let (x, y) = plan.middle(state);
    let mut class = String::from("node");
    let visited = ways.iter().any(|way| way.seen.contains(&state));
    let stuck = ways.iter().any(|way| way.stuck && way.state == state);
    let cut = ways.iter().any(|way| way.cut == Some(state));
    let here = [0, 1].map(|end: usize| ways[end].state == state);
    for (is, word) in [(visited, " seen"), (here[0], " c"), (here[1], " s"), (stuck, " stuck"), (cut, " cut")] {
        class.push_str(if is { word } else { "" });
    }
    let half = plan.half;
    _ = write!(
        out,
        "<g class=\"{class}\" data-state=\"{state}\" transform=\"translate({x} {y})\"><rect class=\"pill\" x=\"-{half}\" y=\"-17\" width=\"{}\" height=\"34\" rx=\"17\"/><text y=\"4.5\" text-anchor=\"middle\">{state}</text><g class=\"end c\" transform=\"translate(-{} -13)\"><circle r=\"12\"/><text y=\"4.5\" text-anchor=\"middle\">C</text></g><g class=\"end s\" transform=\"translate({} -13)\"><rect x=\"-11\" y=\"-11\" width=\"22\" height=\"22\" rx=\"3\"/><text y=\"4.5\" text-anchor=\"middle\">S</text></g><g class=\"cross\" transform=\"translate(-{} 14)\"><circle r=\"10\"/><path d=\"m-4-4 8 8m0-8-8 8\"/></g></g>",
        half * 2,
        half - 4,
        half - 4,
        half - 8
    );
}
