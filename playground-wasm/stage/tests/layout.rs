//! What must hold of every picture, whatever the run: time only goes down, nothing lies outside, no two words beside a
//! rail lie on one another, every packet is drawn once and stands in the table.

use std::collections::BTreeMap;

use netsim::scenario::Scenario;
use netsim::trace::LinkDrop;
use netsim::world::World;
use stage::{Frame, Lang, Picture, Scale, State, Story, Wait, now, picture};

/// A name, a scenario without its name, and waits that must be found in it.
const RUNS: &[(&str, &str, &[Wait])] = &[
    (
        "write, write, write, read",
        r#""delay_ms":5,"client":[{"op":"connect"},{"op":"send","n":40},{"op":"recvn","n":200},{"op":"send","n":40},
        {"op":"recvn","n":200},{"op":"sleep","ms":100},{"op":"send","n":40},{"op":"sleep","ms":1},{"op":"send","n":40},
        {"op":"sleep","ms":1},{"op":"send","n":40},{"op":"recvn","n":200},{"op":"close"}],
        "server":[{"op":"listen"},{"op":"accept"},{"op":"recvn","n":40},{"op":"send","n":200},{"op":"recvn","n":40},
        {"op":"send","n":200},{"op":"recvn","n":120},{"op":"send","n":200},{"op":"drain"},{"op":"close"}]"#,
        &[Wait::Nagle, Wait::DelayedAck, Wait::TimeWait],
    ),
    (
        "head of line",
        r#""delay_ms":25,"rules":[{"dir":"C","what":"data","nth":[2]}],"client":[{"op":"connect","opts":{"nodelay":1}},
        {"op":"repeat","times":6,"steps":[{"op":"send","n":200},{"op":"sleep","ms":5}]},{"op":"close"}],
        "server":[{"op":"listen"},{"op":"accept"},{"op":"drain"},{"op":"close"}]"#,
        &[Wait::Hole],
    ),
    (
        "dead peer",
        r#""delay_ms":25,"rules":[{"dir":"C","what":"syn"}],"sysctl":{"net.ipv4.tcp_syn_retries":1},
        "client":[{"op":"connect"}],"server":[{"op":"listen"},{"op":"sleep","ms":9000}]"#,
        &[Wait::SynRetry, Wait::GivesUp],
    ),
    (
        "zero window",
        r#""delay_ms":25,"limit_ms":7000,"client":[{"op":"connect"},{"op":"send","n":20000},{"op":"sleep","ms":4000}],
        "server":[{"op":"listen","opts":{"rcvbuf":4096}},{"op":"accept"},{"op":"sleep","ms":3000},{"op":"drain"}]"#,
        &[Wait::ZeroWindow, Wait::Unread],
    ),
    (
        "keepalive",
        r#""delay_ms":25,"rules":[{"after_ms":1000}],"limit_ms":9000,
        "client":[{"op":"connect","opts":{"keepalive":[2,1,3]}},{"op":"recv"}],
        "server":[{"op":"listen"},{"op":"accept"},{"op":"sleep","ms":8000}]"#,
        &[Wait::Keepalive, Wait::Reprobe, Wait::GivesUp],
    ),
    (
        "full accept queue, hostile names",
        r#""delay_ms":25,"limit_ms":4000,"client":[{"op":"connect","sock":"<script>"},{"op":"connect","sock":"a\"b'&c"},
        {"op":"connect","sock":"c3","opts":{"nonblock":1}},{"op":"sleep","ms":2000}],
        "server":[{"op":"listen","backlog":1},{"op":"sleep","ms":3000}]"#,
        &[Wait::AcceptFull],
    ),
    (
        "cork",
        r#""delay_ms":25,"client":[{"op":"connect","opts":{"cork":1}},{"op":"send","n":40},{"op":"sleep","ms":500},
        {"op":"close"}],"server":[{"op":"listen"},{"op":"accept"},{"op":"drain"},{"op":"close"}]"#,
        &[Wait::Cork],
    ),
    (
        "timeouts",
        r#""delay_ms":25,"rules":[{"dir":"C","what":"data","nth":[1,2,3]}],"client":[{"op":"connect"},{"op":"send","n":9},
        {"op":"sleep","ms":3000},{"op":"close"}],"server":[{"op":"listen"},{"op":"accept"},{"op":"drain"},{"op":"sleep",
        "ms":500},{"op":"close"}]"#,
        &[Wait::Rto, Wait::CloseWait, Wait::FinWait2],
    ),
    (
        "many packets",
        r#""delay_ms":25,"rules":[{"dir":"C","what":"data","nth":[40,41,120]}],"client":[{"op":"connect"},
        {"op":"send","n":430000},{"op":"close"}],"server":[{"op":"listen"},{"op":"accept"},{"op":"drain"},
        {"op":"close"}]"#,
        &[Wait::Congestion, Wait::Hole],
    ),
    (
        "many writes",
        r#""delay_ms":2,"client":[{"op":"connect","opts":{"nodelay":1}},{"op":"repeat","times":60,"steps":[{"op":"send",
        "n":7},{"op":"recvn","n":3}]},{"op":"close"}],"server":[{"op":"listen"},{"op":"accept"},{"op":"loop","steps":
        [{"op":"recvn","n":7},{"op":"send","n":3}]},{"op":"close"}]"#,
        &[],
    ),
    (
        "datagrams: fragments, one lost, and a port that nobody has",
        r#""delay_ms":1,"limit_ms":40000,"rules":[{"dir":"C","what":"fragment","nth":[2]}],
        "client":[{"op":"connect","port":9000,"proto":"udp"},{"op":"send","n":4000},{"op":"send","n":100},
        {"op":"bind","sock":"d"},{"op":"sendto","sock":"d","n":7,"port":9},{"op":"sleep","ms":35000}],
        "server":[{"op":"bind","port":9000,"opts":{"rcvtimeo_ms":34000}},{"op":"recvfrom","n":65535},
        {"op":"recvfrom","n":65535}]"#,
        &[],
    ),
    (
        "three hosts, two with one address",
        r#""delay_ms":1,"arp":true,"hosts":[{"name":"<twin>","address":"10.9.0.2","delay_ms":0.2,"program":[]}],
        "client":[{"op":"arping","address":"10.9.0.2","count":1},{"op":"connect"}],
        "server":[{"op":"listen"},{"op":"sleep","ms":1700},{"op":"garp"}]"#,
        &[],
    ),
    (
        "over lo",
        r#""delay_ms":5,"nat":{"C":[{"chain":"OUTPUT","proto":"tcp","dst":"10.9.0.0/16","dport":80,"target":"REDIRECT",
        "to_port":80}]},"client":[{"op":"listen","sock":"l"},{"op":"spawn","steps":[{"op":"accept","sock":"a"},
        {"op":"recv","sock":"a"},{"op":"send","sock":"a","n":60},{"op":"close","sock":"a"}]},{"op":"connect"},
        {"op":"send","n":80},{"op":"recv"},{"op":"close"}],"server":[{"op":"listen"}]"#,
        &[],
    ),
    (
        "a router that translates, cuts and refuses",
        r#""delay_ms":5,"mtu":1500,"relay":{"delay_ms":5,"mtu":1000},"nat":{"R":[{"chain":"POSTROUTING","proto":"tcp",
        "target":"MASQUERADE"}]},"client":[{"op":"connect"},{"op":"send","n":3000},{"op":"recv"},{"op":"bind","sock":"u",
        "opts":{"mtu_discover":0}},{"op":"sendto","sock":"u","n":1400,"port":9000},{"op":"close"}],
        "server":[{"op":"bind","sock":"u","port":9000},{"op":"listen"},{"op":"accept"},{"op":"recvn","n":3000},
        {"op":"send","n":50},{"op":"drain"}]"#,
        &[],
    ),
    ("nothing", r#""delay_ms":1,"client":[],"server":[]"#, &[]),
];

fn each(check: impl Fn(&str, &Story, Frame, &Picture)) {
    for (name, rest, _) in RUNS {
        let world = run(rest);
        let story = Story::new(&world);
        for width in [610, 600, 390, 358] {
            for lang in [Lang::Zh, Lang::En] {
                let frame = Frame::all(&story, width, lang);
                let at = Some(picture(&story, frame).telling);
                for frame in [frame, Frame { at, ..frame }] {
                    let drawn = picture(&story, frame);
                    check(&format!("{name}, {width}, {lang:?}"), &story, frame, &drawn);
                }
            }
        }
    }
}

fn run(rest: &str) -> World {
    let scenario = Scenario::parse(&format!(r#"{{"name":"t",{rest}}}"#)).expect("a scenario");
    let mut world = World::new(&scenario, 1).expect("a world");
    world.watch_sockets();
    world.run();
    world
}

#[derive(Debug, Clone, Default)]
struct Element {
    name: String,
    attributes: BTreeMap<String, String>,
    text: String,
    /// Whether something above it is turned or moved.
    moved: bool,
}

impl Element {
    fn get(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", |v| v.as_str())
    }

    fn number(&self, name: &str) -> f64 {
        self.get(name).parse().unwrap_or(0.0)
    }
}

/// Reads markup; fails where it is not well formed.
fn elements(svg: &str) -> Vec<Element> {
    let mut found: Vec<Element> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut rest = svg;
    while !rest.is_empty() {
        let Some(tag) = rest.strip_prefix('<') else {
            let end = rest.find('<').unwrap_or(rest.len());
            let text = &rest[..end];
            assert!(!text.contains('>') && !text.contains('"'), "unescaped: {text}");
            if let Some(top) = open.last() {
                found[*top].text.push_str(text);
            }
            rest = &rest[end..];
            continue;
        };
        let (inside, after) = tag.split_once('>').expect("a tag ends");
        rest = after;
        if let Some(name) = inside.strip_prefix('/') {
            let top = open.pop().expect("something is open");
            assert_eq!(found[top].name, name);
            continue;
        }
        let (inside, empty) = inside.strip_suffix('/').map_or((inside, false), |i| (i, true));
        let (name, mut attributes) = inside.split_once(' ').unwrap_or((inside, ""));
        let moved = open.iter().any(|o| found[*o].moved || found[*o].attributes.contains_key("transform"));
        let mut e = Element { name: name.into(), moved, ..Element::default() };
        while let Some((key, after)) = attributes.split_once("=\"") {
            let (value, after) = after.split_once('"').expect("a value ends");
            assert!(!value.contains('<'), "unescaped: {value}");
            assert!(e.attributes.insert(key.trim().into(), value.into()).is_none(), "{key} twice");
            attributes = after;
        }
        found.push(e);
        if !empty {
            open.push(found.len() - 1);
        }
    }
    assert!(open.is_empty());
    found
}

/// The width of a text, with a small allowance.
fn width(words: &str, class: &str) -> f64 {
    let size = match class {
        c if c.contains("tick") => 10.5,
        c if c.contains("state") => 11.0,
        c if c.contains("dd") || c.split(' ').any(|c| c == "m") => 12.0,
        _ => 13.0,
    };
    let mono = class.split(' ').any(|c| ["m", "tick", "state", "tagged"].contains(&c));
    let advance = |c: char| if c >= '\u{2e80}' { 1.0 } else { [0.5, 0.62][usize::from(mono)] };
    words
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
        .replace("&quot;", "\"")
        .chars()
        .map(advance)
        .sum::<f64>()
        * size
}

#[test]
fn time_only_goes_down() {
    each(|name, story, frame, drawn| {
        for pair in drawn.marks.windows(2) {
            assert!(pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1, "{name}: {pair:?}");
        }
        let scale = Scale::new(story, frame.from, frame.to);
        let mut last = 0;
        for at in &drawn.events {
            let y = scale.y(*at);
            assert!(y >= last, "{name}: {at}");
            last = y;
        }
        for (at, y) in &drawn.marks {
            assert_eq!(scale.y(*at), *y, "{name}: {at}");
        }
    });
}

#[test]
fn nothing_lies_outside() {
    each(|name, _, frame, drawn| {
        let all = elements(&drawn.svg());
        let view: Vec<f64> = all[0].get("viewBox").split(' ').map(|n| n.parse().expect("a number")).collect();
        assert_eq!(view[2], f64::from(frame.width), "{name}");
        for e in &all {
            let (x, y) = (e.number("x"), e.number("y"));
            let (left, right, top, bottom) = match e.name.as_str() {
                "text" if !e.moved => {
                    let wide = width(&e.text, e.get("class"));
                    let left = match e.get("text-anchor") {
                        "end" => x - wide,
                        "middle" => x - wide / 2.0,
                        _ => x,
                    };
                    (left, left + wide, y - 10.0, y + 2.0)
                }
                // As high as the drawing, so that moving it takes one attribute.
                "rect" if e.get("class") == "veil" => continue,
                "rect" if !e.moved => (x, x + e.number("width"), y, y + e.number("height")),
                "g" if e.attributes.contains_key("data-packet") => {
                    let (x, y) =
                        ([e.number("data-x1"), e.number("data-x2")], [e.number("data-y1"), e.number("data-y2")]);
                    (x[0].min(x[1]), x[0].max(x[1]), y[0], y[1])
                }
                _ => continue,
            };
            let inside = left >= -0.5 && right <= view[2] + 0.5 && top >= 0.0 && bottom <= view[3];
            assert!(inside && top <= bottom, "{name}: {e:?} {left} {right} {top} {bottom} in {view:?}");
        }
    });
}

#[test]
fn words_beside_a_rail_do_not_lie_on_one_another() {
    each(|name, _, frame, drawn| {
        let all = elements(&drawn.svg());
        let middle = f64::from(frame.width) / 2.0;
        for anchor in ["end", "start"] {
            let side = |e: &&Element| {
                let out = if anchor == "end" { e.number("x") < middle } else { e.number("x") > middle };
                e.name == "text" && !e.moved && e.get("text-anchor") == anchor && out && e.get("class") != "tick"
            };
            let texts: Vec<&Element> = all.iter().filter(side).collect();
            for (i, a) in texts.iter().enumerate() {
                for b in &texts[i + 1..] {
                    let apart = (a.number("y") - b.number("y")).abs();
                    assert!(apart >= 12.9, "{name}: {} and {} are {apart} apart", a.text, b.text);
                }
            }
        }
    });
}

#[test]
fn every_packet_is_drawn_once_and_stands_in_the_table() {
    each(|name, story, _, drawn| {
        let all = elements(&drawn.svg());
        let mut seen = vec![0; story.packets.len()];
        for e in all.iter().filter(|e| e.attributes.contains_key("data-packet")) {
            seen[e.number("data-packet") as usize] += 1;
            assert!(e.number("data-at") <= e.number("data-to"), "{name}: {e:?}");
        }
        assert!(seen.iter().all(|n| *n == 1), "{name}: {seen:?}");
        assert_eq!(drawn.rows.iter().filter(|r| r.kind == "packet").count(), seen.len(), "{name}");
        assert!(drawn.rows.windows(2).all(|r| r[0].from <= r[1].from), "{name}");
        assert!(drawn.events.windows(2).all(|e| e[0] < e[1]), "{name}");
        assert!(drawn.svg().matches("<title>").count() >= seen.len(), "{name}");
    });
}

#[test]
fn markup_is_safe_and_says_what_it_shows() {
    each(|name, _, _, drawn| {
        let all = elements(&drawn.svg());
        assert!(all.iter().all(|e| !e.attributes.contains_key("style") && e.name != "script"), "{name}");
        assert_eq!(all[0].get("role"), "img");
        assert!(all[0].get("aria-label").len() > 20, "{name}");
        assert!(drawn.json().starts_with("{\"svg\":[\"<svg "));
    });
}

#[test]
fn rows_lead_to_packets_and_states() {
    each(|name, story, frame, drawn| {
        for row in &drawn.rows {
            match (row.kind, row.of) {
                ("packet", Some((place, glyph))) => assert_eq!(story.packets[place].glyph(), glyph, "{name}"),
                ("state", Some((conn, state))) => {
                    let same = |s: &State| (s.host, s.conn + 1, s.name) == (row.host, conn, state);
                    assert!(story.states.iter().any(same) && row.words.ends_with(state), "{name}: {row:?}");
                }
                (kind, of) => assert!(of.is_none() && kind != "packet" && kind != "state", "{name}: {row:?}"),
            }
        }
        let told = format!(",\"zero\":{},\"end\":{},\"from\":{},", story.zero, story.last(), frame.from);
        assert!(drawn.json().contains(&told), "{name}: no {told}");
    });
}

#[test]
fn waits_are_found_and_told() {
    for (name, rest, expected) in RUNS {
        let world = run(rest);
        let story = Story::new(&world);
        let found: Vec<Wait> = story.waits.iter().map(|w| w.code).collect();
        for wait in *expected {
            assert!(found.contains(wait), "{name}: no {wait:?} in {found:?}");
        }
        for w in &story.waits {
            for lang in [Lang::Zh, Lang::En] {
                let words = w.words(lang, false);
                assert!(!words.contains('%') && !words.is_empty(), "{name}: {words}");
            }
            assert!(!now(&story, w.from, Lang::En).1.is_empty());
        }
    }
}

#[test]
fn the_stall_of_nagle_and_delayed_ack_is_told_with_its_letters() {
    let world = run(RUNS[0].1);
    let story = Story::new(&world);
    let nagle = story.waits.iter().find(|w| w.code == Wait::Nagle).expect("a stall");
    assert_eq!(nagle.words(Lang::Zh, false), "Nagle：E 还没被确认，F、G 先攒着");
    assert_eq!(nagle.words(Lang::En, false), "Nagle: E is not acked, so F, G must wait");
    let delayed = |w: &&stage::Waiting| w.code == Wait::DelayedAck && w.from > nagle.from && w.to < nagle.to;
    let delayed = story.waits.iter().find(delayed).expect("why nothing is acknowledged");
    assert!((40_000..=44_000).contains(&(delayed.to - delayed.from)));
}

/// The rows of packets, in English.
fn packets(name: &str) -> Vec<String> {
    let rest = RUNS.iter().find(|r| r.0.starts_with(name)).expect("a run").1;
    let world = run(rest);
    let story = Story::new(&world);
    let drawn = picture(&story, Frame::all(&story, 610, Lang::En));
    drawn.rows.into_iter().filter(|r| r.kind == "packet").map(|r| r.words).collect()
}

#[test]
fn datagrams_carry_the_letters_of_their_writes() {
    let told = packets("datagrams");
    let wanted = ["UDP, 1472/4000 B (A)", "UDP, 1480/4000 B (A)", "UDP, 1048/4000 B (A), lost", "UDP, 100 B (B)"];
    for wanted in wanted {
        assert!(told.iter().any(|t| t.ends_with(wanted)), "no {wanted} in {told:?}");
    }
    assert!(told.iter().any(|t| t == "IP 10.9.0.2 > 10.9.0.1: ICMP 10.9.0.2 udp port 9 unreachable"), "{told:?}");
}

#[test]
fn what_a_router_passes_on_is_the_same_packet() {
    let told = packets("a router");
    assert_eq!(told.iter().filter(|t| t.as_str() == "c: SYN").count(), 2, "{told:?}");
    assert!(told.iter().any(|t| t.ends_with("need to frag (mtu 1000)")), "{told:?}");
    assert_eq!(told.iter().filter(|t| t.ends_with("432/1400 B (C)")).count(), 2, "{told:?}");
    let world = run(RUNS.iter().find(|r| r.0.starts_with("a router")).expect("a run").1);
    let story = Story::new(&world);
    assert!(story.packets.iter().any(|p| p.ends == [0, 2]) && story.packets.iter().any(|p| p.ends == [2, 1]));
    assert_eq!(story.conns.iter().filter(|c| !c.udp).count(), 1, "translated addresses name no new connection");
}

#[test]
fn both_ends_of_lo_are_told_apart() {
    let told = packets("over lo");
    assert!(told.iter().any(|t| t == "80 B (A)") && told.iter().any(|t| t == "60 B (B)"), "{told:?}");
    assert!(!told.iter().any(|t| t.contains("retransmitted")), "{told:?}");
}

#[test]
fn letters_begin_where_the_picture_does() {
    let world = run(RUNS[0].1);
    let from = Story::new(&world).zero + 125_000;
    let story = Story::lettered(&world, from);
    let nagle = story.waits.iter().find(|w| w.code == Wait::Nagle).expect("a stall");
    assert_eq!(nagle.words(Lang::En, false), "Nagle: A is not acked, so B, C must wait");
}

#[test]
fn any_frame_can_be_asked_for() {
    for (_, rest, _) in RUNS.iter().filter(|r| !r.0.starts_with("many")) {
        let world = run(rest);
        let story = Story::new(&world);
        let (zero, end) = (story.zero, story.end);
        let times = [0, zero, zero + 1, zero + 40_000, end, end + 1, 86_400_000_000, 1 << 53];
        for (i, from) in times.iter().enumerate() {
            for to in times {
                let at = Some(times[i]);
                let width = [0, 1, 390, 610, 100_000][i % 5];
                let drawn = picture(&story, Frame { width, from: *from, to, at, lang: Lang::En });
                elements(&drawn.svg());
            }
        }
    }
}

#[test]
fn a_rule_with_the_number_of_a_packet_loses_that_packet() {
    for (name, rest, _) in RUNS.iter().filter(|r| !r.0.starts_with("many")) {
        let world = run(rest);
        let story = Story::new(&world);
        for (place, packet) in story.packets.iter().enumerate().filter(|p| p.1.nth > 0).take(12) {
            let dir = if packet.host == 0 { "C" } else { "S" };
            let rule = format!(r#""rules":[{{"dir":"{dir}","nth":[{}]}}"#, packet.nth);
            let with = if rest.contains(r#""rules":["#) {
                rest.replace(r#""rules":["#, &format!("{rule},"))
            } else {
                format!("{rule}],{rest}")
            };
            let without = run(&with);
            let again = Story::new(&without);
            let lost = again.packets.get(place).expect("the same packets up to there");
            assert_eq!(lost.frame, packet.frame, "{name}: {place}");
            assert_eq!(lost.lost, Some(LinkDrop::Rule(0)), "{name}: {place}");
        }
    }
}

#[test]
fn a_packet_says_all_its_numbers() {
    let world = run(RUNS[0].1);
    let story = Story::new(&world);
    assert_eq!(
        story.card(3).expect("data"),
        "{\"host\":0,\"nth\":3,\"rule\":true,\"at\":30600,\"arrived\":35600,\"lost\":null,\"refused\":null,\
         \"proto\":\"tcp\",\"conn\":1,\"flags\":\"P.\",\"seq\":1,\"ack\":1,\"len\":40,\"win\":64256,\"wire\":92,\"sack\":[],\
         \"options\":\"nop,nop,TS val 3983058592 ecr 3267982933\",\"words\":\"IP 10.9.0.1.32768 > 10.9.0.2.80: Flags [P.], \
         seq 1:41, ack 1, win 502, options [nop,nop,TS val 3983058592 ecr 3267982933], length 40: HTTP\"}"
    );
    assert!(story.card(story.packets.len()).is_none());
}
