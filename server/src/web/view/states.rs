//! The state machine of a run at a moment: where both ends are and came by, who can free an end that is stuck, what can be
//! called, and the table of what each state means. The same rules in a browser: `static/js/stage/states.js`.

use std::collections::BTreeSet;

use netsim::trace::{BareSocket, CallName, What};
use netsim::view::ss::state_name;
use netsim::world::World;
use stage::Story;

use super::states_graph::{STEPS, draw};
use super::text::Text;
use crate::domain::signal::SignalId;
use crate::domain::{Lang, Library};

/// What stands above the diagram of the playground of states.
pub struct StatesView {
    /// The graph, wide and for phones.
    pub graph: [String; 2],
    /// Client and server.
    pub ends: [EndView; 2],
    /// Something is stuck, and the panel is about it.
    pub stuck: bool,
    /// Title of the panel, and its text as HTML.
    pub panel: (String, String),
    /// What timers say, by name.
    pub timers: [(&'static str, &'static str); 5],
    /// Why a call cannot be made, by name.
    pub refusals: [(&'static str, &'static str); 12],
    /// The words of every situation.
    pub words: Vec<SituationView>,
    /// What each state means.
    pub table: Vec<RowView>,
}

/// An end.
pub struct EndView {
    /// Its state, as the RFC writes it.
    pub state: &'static str,
    /// It is one that does not pass.
    pub stuck: bool,
    /// The states that it came by.
    pub way: String,
    /// Its timer, or why there is none.
    pub timer: String,
    /// What can be called there.
    pub calls: Vec<CallView>,
}

/// A call.
pub struct CallView {
    /// Its name in scripts.
    pub id: &'static str,
    /// How it is written.
    pub label: &'static str,
}

/// What is said of an end in a situation.
pub struct SituationView {
    /// Its name in scripts.
    pub id: &'static str,
    /// What to say where no timer runs.
    pub idle: &'static str,
    /// `Stuck in …`, or nothing where it cannot be.
    pub title: String,
    /// Who can free it, HTML, with the cases that show it.
    pub text: String,
}

/// A row of the table.
pub struct RowView {
    /// The state.
    pub state: &'static str,
    /// Where its signal has its page.
    pub href: String,
    /// What it means.
    pub meaning: &'static str,
    /// The command that shows it.
    pub command: String,
    /// What to check first.
    pub check: &'static str,
    /// How long it stays, HTML.
    pub stays: &'static str,
    /// How many cases show it.
    pub cases: usize,
}

/// How an end came where it is.
#[derive(Debug, Default, PartialEq)]
pub struct Way {
    /// Where it is.
    pub state: &'static str,
    /// All states it has been in.
    pub seen: BTreeSet<&'static str>,
    /// The steps it took.
    pub steps: Vec<(&'static str, &'static str)>,
    /// The state that a RST, a timeout or the kernel ended.
    pub cut: Option<&'static str>,
    /// It does not pass by itself.
    pub stuck: bool,
    /// The step that does not happen.
    pub missing: Option<(&'static str, &'static str)>,
}

/// Where an end is.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Standing {
    state: &'static str,
    timer: Option<(&'static str, u64)>,
    /// No process holds it.
    orphan: bool,
}

const CLOSED: &str = "CLOSED";

/// A state's name in the RFC.
pub fn rfc_name(ss: &str) -> &'static str {
    match ss {
        "LISTEN" => "LISTEN",
        "SYN-SENT" => "SYN_SENT",
        "SYN-RECV" => "SYN_RCVD",
        "ESTAB" => "ESTABLISHED",
        "FIN-WAIT-1" => "FIN_WAIT_1",
        "FIN-WAIT-2" => "FIN_WAIT_2",
        "CLOSING" => "CLOSING",
        "TIME-WAIT" => "TIME_WAIT",
        "CLOSE-WAIT" => "CLOSE_WAIT",
        "LAST-ACK" => "LAST_ACK",
        _ => CLOSED,
    }
}

/// A run, read for the states of its newest connection.
struct Course<'a> {
    story: &'a Story<'a>,
    world: &'a World,
    at: u64,
    conn: Option<usize>,
}

impl StatesView {
    /// What a run shows at a time, µs of the world.
    pub fn new(world: &World, story: &Story, at: u64, library: &Library, lang: Lang) -> StatesView {
        let t = Text(lang);
        let course = Course::new(world, story, at);
        let situations = [0, 1].map(|end| course.situation(end));
        let ways = [0, 1].map(|end| course.way(end, situations[end]));
        let stuck = [0, 1]
            .into_iter()
            .filter(|end| ways[*end].stuck)
            .min_by_key(|end| SITUATIONS.iter().position(|s| *s == situations[*end]));
        let label = t.graph_label().replace("{c}", ways[0].state).replace("{s}", ways[1].state);
        let cases = |signal: &str| SignalId::parse(signal).map_or(0, |id| library.count_with(&id));
        let href = |signal: &str| format!("/{lang}/signals/{signal}");
        let words: Vec<SituationView> = SITUATIONS
            .iter()
            .map(|id| {
                let (title, text) = t.who(id).map_or_else(Default::default, |(state, text)| {
                    let signal = signal_of(state);
                    let link = match cases(signal) {
                        0 => String::new(),
                        1 => format!(" <a href=\"{}\">{}</a>", href(signal), t.one_case_shows()),
                        n => format!(
                            " <a href=\"{}\">{}</a>",
                            href(signal),
                            t.cases_show().replace("{n}", &n.to_string())
                        ),
                    };
                    (t.stuck_in().replace("{n}", state), format!("{text}{link}"))
                });
                SituationView { id, idle: t.idle(id), title, text }
            })
            .collect();
        let told = stuck.and_then(|end| words.iter().find(|w| w.id == situations[end]));
        let panel = told.map_or_else(
            || (t.not_stuck().to_owned(), t.not_stuck_text().to_owned()),
            |w| (w.title.clone(), w.text.clone()),
        );
        StatesView {
            graph: draw(&ways, &label, t),
            ends: [0, 1].map(|end| EndView {
                state: ways[end].state,
                stuck: ways[end].stuck,
                way: course.path(end).join(" → "),
                timer: timer_words(course.standing(end, at), at, situations[end], t),
                calls: calls(end),
            }),
            stuck: stuck.is_some(),
            panel,
            timers: ["retrans", "persist", "keepalive", "fin-wait-2", "timewait"].map(|id| (id, t.timer(id))),
            refusals: t.refusals(),
            words,
            table: TABLE
                .iter()
                .map(|state| {
                    let signal = signal_of(state);
                    let command = SignalId::parse(signal).and_then(|id| library.signal(&id)?.command.clone());
                    let [meaning, check, stays] = t.state_row(state);
                    RowView {
                        state,
                        href: href(signal),
                        meaning,
                        command: command.unwrap_or_default(),
                        check,
                        stays,
                        cases: cases(signal),
                    }
                })
                .collect(),
        }
    }
}

/// Situations, those that need a person most first.
const SITUATIONS: [&str; 16] = [
    "close-wait",
    "close-wait-queued",
    "fin-wait-2-held",
    "syn-sent",
    "syn-rcvd",
    "fin-wait-1",
    "closing",
    "last-ack",
    "fin-wait-2-orphan",
    "queued",
    "time-wait",
    "established",
    "listen",
    "gone",
    "closed",
    "off",
];

const TABLE: [&str; 9] = [
    "CLOSE_WAIT",
    "FIN_WAIT_2",
    "SYN_SENT",
    "SYN_RCVD",
    "FIN_WAIT_1",
    "LAST_ACK",
    "CLOSING",
    "TIME_WAIT",
    "ESTABLISHED",
];

fn signal_of(state: &str) -> &'static str {
    match state {
        "CLOSE_WAIT" => "state.close-wait",
        "FIN_WAIT_2" => "state.fin-wait-2",
        "SYN_SENT" => "state.syn-sent",
        "SYN_RCVD" => "state.syn-recv",
        "FIN_WAIT_1" => "state.fin-wait-1",
        "LAST_ACK" => "state.last-ack",
        "CLOSING" => "state.closing",
        "TIME_WAIT" => "state.time-wait",
        _ => "state.established",
    }
}

/// What a program of that end can do.
fn calls(end: usize) -> Vec<CallView> {
    let opens: &[(&str, &str)] = if end == 0 { &[("connect", "connect()")] } else { &[("accept", "accept()")] };
    let all = [
        ("send", "send(100)"),
        ("recv", "recv()"),
        ("shutdown", "shutdown(WR)"),
        ("close", "close()"),
        ("linger-zero", "linger 0, close()"),
        ("linger-five", "linger 5 s, close()"),
        ("kill", "kill -9"),
    ];
    opens.iter().chain(&all).map(|(id, label)| CallView { id, label }).collect()
}

/// What a timer says, or why none runs.
fn timer_words(standing: Option<Standing>, at: u64, situation: &str, t: Text) -> String {
    match standing.and_then(|s| s.timer) {
        Some((name, due)) => {
            let name = if situation == "fin-wait-2-orphan" { "fin-wait-2" } else { name };
            t.timer(name).replace("{n}", &left(due.saturating_sub(at)))
        }
        None => t.idle(situation).to_owned(),
    }
}

/// A time that is left, µs.
fn left(us: u64) -> String {
    match us {
        10_000_000.. => format!("{} s", us / 1_000_000),
        1_000_000.. => format!("{}.{} s", us / 1_000_000, us / 100_000 % 10),
        _ => format!("{} ms", us / 1_000),
    }
}

impl<'a> Course<'a> {
    fn new(world: &'a World, story: &'a Story<'a>, at: u64) -> Course<'a> {
        let ours = |conn: usize| !story.packets.iter().any(|p| p.conn == conn && p.host > 1);
        let conn = story.packets.iter().filter(|p| p.at <= at && ours(p.conn)).map(|p| p.conn).max();
        Course { story, world, at, conn }
    }

    /// Sockets without a control block at a time.
    fn bare(&self, host: usize, at: u64) -> &'a [BareSocket] {
        let facts = self.world.trace().iter().take_while(|f| f.at.as_micros() <= at);
        facts
            .filter(|f| f.host == host)
            .filter_map(|f| if let What::Bare { rows } = &f.what { Some(&rows[..]) } else { None })
            .last()
            .unwrap_or_default()
    }

    /// Where an end of the connection is at a time; nothing if it is not there.
    fn standing(&self, host: usize, at: u64) -> Option<Standing> {
        let conn = self.conn?;
        let look = self.story.looks.iter().rfind(|l| l.at <= at && (l.host, l.conn) == (host, conn));
        if let Some(view) = look.and_then(|l| l.view) {
            let timer = view.timer.map(|(name, due)| (name, due.as_micros()));
            return Some(Standing { state: rfc_name(state_name(view.state)), timer, orphan: view.orphan });
        }
        let client = self.story.conns.get(conn)?.client;
        let mine = |row: &&BareSocket| !row.udp && row.state != "LISTEN" && [row.local, row.remote][host & 1] == client;
        let row = self.bare(host, at).iter().find(mine)?;
        let name = if row.state == "SYN-RECV" { "retrans" } else { "timewait" };
        let timer = row.timer.map(|(_, due, _)| (name, due.as_micros()));
        Some(Standing { state: rfc_name(row.state), timer, orphan: row.state != "SYN-RECV" })
    }

    /// When the end may have changed.
    fn times(&self, host: usize) -> BTreeSet<u64> {
        let looks = self.story.looks.iter().filter(|l| l.host == host).map(|l| l.at);
        let bare = self.world.trace().iter().filter(|f| f.host == host && matches!(f.what, What::Bare { .. }));
        looks.chain(bare.map(|f| f.at.as_micros())).collect()
    }

    fn listens(&self, host: usize, at: u64) -> bool {
        self.bare(host, at).iter().any(|row| row.state == "LISTEN")
    }

    /// The states of an end up to now, without what it was before there was a connection.
    fn path(&self, host: usize) -> Vec<&'static str> {
        let mut path = vec![CLOSED];
        let first = self.story.packets.iter().find(|p| Some(p.conn) == self.conn).map_or(self.at, |p| p.at);
        if self.listens(host, first) {
            path.push("LISTEN");
        }
        let mut there = false;
        for at in self.times(host).range(..=self.at) {
            match self.standing(host, *at) {
                Some(s) if path.last() != Some(&s.state) => path.push(s.state),
                None if there => path.push(CLOSED),
                _ => {}
            }
            there = self.standing(host, *at).is_some();
        }
        path
    }

    /// Since when an end is in its state, and until when, if that ends in this run.
    fn stay(&self, host: usize) -> (u64, Option<u64>) {
        let state = |at| self.standing(host, at).map(|s| s.state);
        let (now, times) = (state(self.at), self.times(host));
        let mut since = self.at;
        for at in times.range(..=self.at).rev() {
            if state(*at) != now {
                break;
            }
            since = *at;
        }
        (since, times.range(self.at + 1..).copied().find(|at| state(*at) != now))
    }

    fn situation(&self, host: usize) -> &'static str {
        let Some(standing) = self.standing(host, self.at) else {
            let path = self.path(host);
            return match path.last().copied() {
                Some("LISTEN") => "listen",
                _ if path.len() > 1 => "gone",
                _ => "closed",
            };
        };
        let took = |c: &stage::Called| {
            c.host == host && c.to <= self.at && c.conn == self.conn && c.fact.call == CallName::Accept
        };
        let queued = host == 1 && !self.story.calls.iter().any(took);
        match standing.state {
            "SYN_SENT" => "syn-sent",
            "SYN_RCVD" => "syn-rcvd",
            "ESTABLISHED" if queued => "queued",
            "ESTABLISHED" => "established",
            "FIN_WAIT_1" => "fin-wait-1",
            "FIN_WAIT_2" if standing.orphan => "fin-wait-2-orphan",
            "FIN_WAIT_2" => "fin-wait-2-held",
            "CLOSING" => "closing",
            "TIME_WAIT" => "time-wait",
            "CLOSE_WAIT" if queued => "close-wait-queued",
            "CLOSE_WAIT" => "close-wait",
            _ => "last-ack",
        }
    }

    fn way(&self, host: usize, situation: &str) -> Way {
        let path = self.path(host);
        let mut way = Way { state: path.last().copied().unwrap_or(CLOSED), ..Way::default() };
        way.seen.extend(&path);
        for pair in path.windows(2) {
            let &[from, to] = pair else { continue };
            let between = STEPS.iter().find(|(a, m)| *a == from && STEPS.contains(&(m, to)));
            if STEPS.contains(&(from, to)) {
                way.steps.push((from, to));
            } else if to == CLOSED {
                way.cut = Some(from);
            } else if let Some((_, middle)) = between {
                way.seen.insert(middle);
                way.steps.extend([(from, *middle), (*middle, to)]);
            }
        }
        let (since, until) = self.stay(host);
        let long = until.map_or(self.story.end - since > self.story.flight * 4, |to| {
            to - since > (self.story.flight * 4).max(500_000)
        });
        let waits = SITUATIONS.iter().take(8).any(|s| *s == situation);
        way.stuck = waits && long;
        way.missing = STEPS.iter().copied().find(|(from, _)| way.stuck && *from == way.state);
        way
    }
}

#[cfg(test)]
mod tests {
    use netsim::scenario::Scenario;

    use super::*;

    /// The ways of both ends and their situations, ms after the world began.
    fn seen(config: &str, at_ms: u64) -> ([Way; 2], [&'static str; 2]) {
        let mut world = World::new(&Scenario::parse(config).unwrap(), 1).unwrap();
        world.watch_sockets();
        world.run();
        let story = Story::new(&world);
        let course = Course::new(&world, &story, at_ms * 1_000);
        let situations = [0, 1].map(|end| course.situation(end));
        ([0, 1].map(|end| course.way(end, situations[end])), situations)
    }

    const FORGOTTEN: &str = r#"{"name": "x", "delay_ms": 25, "limit_ms": 75000,
        "client": [{"op": "connect"}, {"op": "send", "n": 9}, {"op": "close"}, {"op": "sleep", "ms": 75000}],
        "server": [{"op": "listen"}, {"op": "accept"}, {"op": "sleep", "ms": 90000}]}"#;

    #[test]
    fn the_passive_end_is_stuck_and_the_active_one_only_waits() {
        let ([c, s], situations) = seen(FORGOTTEN, 1_000);
        assert_eq!(situations, ["fin-wait-2-orphan", "close-wait"]);
        assert_eq!((c.state, c.stuck), ("FIN_WAIT_2", false));
        assert_eq!((s.state, s.stuck, s.missing), ("CLOSE_WAIT", true, Some(("CLOSE_WAIT", "LAST_ACK"))));
        assert_eq!(
            s.steps,
            [("CLOSED", "LISTEN"), ("LISTEN", "SYN_RCVD"), ("SYN_RCVD", "ESTABLISHED"), ("ESTABLISHED", "CLOSE_WAIT")]
        );
    }

    #[test]
    fn an_orphan_that_the_kernel_drops_is_cut_off() {
        let ([c, _], situations) = seen(FORGOTTEN, 70_000);
        assert_eq!((situations[0], c.state, c.cut), ("gone", CLOSED, Some("FIN_WAIT_2")));
    }

    #[test]
    fn the_path_of_a_state_left_at_once_is_complete() {
        // FIN and ACK come in one packet: no FIN_WAIT_2 in between.
        let config = r#"{"name": "x", "delay_ms": 25,
            "client": [{"op": "connect"}, {"op": "close"}, {"op": "sleep", "ms": 500}],
            "server": [{"op": "listen"}, {"op": "accept"}, {"op": "recv"}, {"op": "close"}]}"#;
        let ([c, s], _) = seen(config, 400);
        assert_eq!(c.steps.last(), Some(&("FIN_WAIT_1", "TIME_WAIT")));
        assert_eq!(s.steps.last(), Some(&("LAST_ACK", "CLOSED")));
        assert_eq!((c.stuck, s.stuck), (false, false));
    }

    #[test]
    fn times_left_are_told_as_exactly_as_they_matter() {
        assert_eq!([59_900_000, 1_250_000, 40_900].map(left), ["59 s", "1.2 s", "40 ms"]);
    }
}
