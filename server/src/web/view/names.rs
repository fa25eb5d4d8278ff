//! A name lookup as a page shows it before a script runs: two implementations side by side, all of the preset in a table,
//! their queries in time. `static/js/stage/names/` does the same in the browser, from the same words, templates and numbers;
//! `e2e/resolver.spec.js` compares them.

use netsim::resolver::answer::{Answer, Dial, answer};
use netsim::resolver::read;
use netsim::resolver::version::{Implementation, RECORDED};
use serde_json::{Value, json};

use super::names_chart::{self, Bar, Look};
use super::stage::{NARROW, WIDE};
use super::text::Text;
use super::text_names::{STRERROR, VARIANTS};
use crate::domain::preset::{Dial as Connect, Kind};
use crate::domain::{Lang, Preset};

/// A round trip to a name server, microseconds, unless a reader says otherwise.
const RTT_US: u64 = 1_000;
/// So many steps are listed.
const LISTED: usize = 300;

/// All that the page shows.
pub struct NamesView {
    /// The two that are compared.
    pub lanes: Vec<Lane>,
    /// Whether they end alike.
    pub verdict: String,
    /// All implementations of the preset.
    pub table: Vec<TableRow>,
    /// Queries in time, where there is room.
    pub wide: String,
    /// The same for narrow columns.
    pub narrow: String,
    /// What the drawing assumes.
    pub note: String,
    /// Implementations to choose from: group, then name and label.
    pub choices: Vec<(&'static str, Vec<(&'static str, String)>)>,
    /// Texts to change.
    pub editors: Vec<Editor>,
    /// The same, folded away at first.
    pub more: Vec<Editor>,
    /// Whether any of those is in use.
    pub more_open: bool,
    /// Name, family, addresses, own name, program.
    pub fields: Fields,
    /// Addresses that a program may meet, and what they do.
    pub reach: Vec<Reach>,
    /// The drawing as a table.
    pub queries: Vec<QueryRow>,
    /// Address families: value and word.
    pub families: Vec<(&'static str, &'static str)>,
    /// Addresses that a host may have.
    pub nets: Vec<(&'static str, &'static str)>,
    /// Programs that connect.
    pub programs: Vec<(&'static str, &'static str)>,
    /// What an address can do with a SYN.
    pub reactions: Vec<(&'static str, &'static str)>,
    /// What scripts fill.
    pub blank: Blank,
    /// Words for a script, JSON that may stand in a script block.
    pub words: String,
}

/// The fields beside the texts.
pub struct Fields {
    /// What is looked up.
    pub name: String,
    /// `any`, `4`, `6`.
    pub family: String,
    /// `AI_ADDRCONFIG`.
    pub addrconfig: bool,
    /// `AI_CANONNAME`.
    pub canon: bool,
    /// `lo`, `v4`, `v6`, `dual`.
    pub net: String,
    /// The host's own name.
    pub own: String,
    /// `/etc/mdns.allow` exists.
    pub mdns_allow: bool,
    /// Who connects; empty for nobody.
    pub program: String,
}

/// A text that can be changed.
pub struct Editor {
    /// Its field.
    pub key: &'static str,
    /// What it is.
    pub title: String,
    /// Whether the title is a path.
    pub path: bool,
    /// The text.
    pub text: String,
    /// How tall the field is.
    pub rows: usize,
    /// The file is not there.
    pub absent: bool,
    /// Numbers and marks of its lines.
    pub gutter: String,
    /// What became of its lines.
    pub notes: Vec<NoteView>,
}

/// What became of a line.
#[derive(Default)]
pub struct NoteView {
    /// Which line and what.
    pub head: String,
    /// Whom it concerns, and why.
    pub words: String,
}

/// One implementation.
pub struct Lane {
    /// As the engine calls it.
    pub id: String,
    /// As people do.
    pub label: String,
    /// What it answers: addresses, or an error.
    pub outcome: String,
    /// It found something.
    pub good: bool,
    /// What a tool prints.
    pub tool: String,
    /// Queries, round trips, time.
    pub cost: String,
    /// How many were in vain.
    pub vain: String,
    /// What came of connecting.
    pub connect: String,
    /// What it did.
    pub steps: Vec<StepView>,
    /// What is not listed.
    pub more: String,
    /// Queries and attempts to connect.
    pub bars: Vec<Bar>,
    order: &'static str,
    took: String,
    status: &'static str,
    queries: usize,
    notes: Vec<LineNote>,
}

/// What became of a line of a file.
struct LineNote {
    file: String,
    line: u64,
    effect: String,
    why: &'static str,
}

/// A step.
#[derive(Default)]
pub struct StepView {
    /// Its place, from 0.
    pub n: usize,
    /// What was done.
    pub words: String,
    /// When, if not at the beginning.
    pub at: String,
    /// Why; the first time that the rule appears.
    pub why: String,
    /// Where that is written.
    pub source: String,
    /// A link to it.
    pub href: String,
    /// In words, that the other implementation does not do this.
    pub only: String,
    /// In words, that chance decides.
    pub random: String,
}

/// A row of the table.
#[derive(Default)]
pub struct TableRow {
    /// Who.
    pub label: String,
    /// Addresses or an error.
    pub outcome: String,
    /// Go's order.
    pub order: &'static str,
    /// How many queries.
    pub queries: String,
    /// How long.
    pub took: String,
    /// What came of connecting.
    pub connect: String,
    /// In words, how it compares with the first row.
    pub compared: String,
}

/// A query or an attempt to connect, in the table.
#[derive(Default)]
pub struct QueryRow {
    /// Who asks.
    pub who: String,
    /// What, and whom.
    pub label: String,
    /// The answer.
    pub what: String,
    /// From.
    pub start: String,
    /// Until.
    pub end: String,
}

/// What an address does with a SYN.
#[derive(Default)]
pub struct Reach {
    /// The address.
    pub address: String,
    /// `accept`, `refuse`, `silent`, `unreachable`.
    pub does: &'static str,
}

/// Whether an option is the one that is chosen; templates hold both by reference.
pub fn same(a: &str, b: &str) -> bool {
    a == b
}

impl NamesView {
    /// Whether an implementation is the first (0) or second (1) of the comparison.
    pub fn compares(&self, place: usize, id: &str) -> bool {
        self.lanes.get(place).is_some_and(|lane| lane.id == id)
    }
}

/// A preset; nothing if it is of another kind.
pub fn view(preset: &Preset, lang: Lang) -> Option<NamesView> {
    let Kind::Names { implementations, connect } = &preset.kind else { return None };
    let t = Text(lang);
    let lines = connect.as_ref().map(Connect::lines);
    let ask = |name: &String| Asked { config: &preset.config, dial: lines.as_deref(), t }.lane(name);
    let all: Vec<Lane> = implementations.iter().filter_map(ask).collect();
    let first = all.first()?;
    let table = all.iter().map(|lane| lane.row(first, t)).collect();
    let second = all.iter().skip(1).find(|other| !differences(first, other, t).is_empty()).or(all.get(1));
    let mut lanes: Vec<Lane> = second.map(|lane| lane.id.clone()).iter().chain([&first.id]).filter_map(ask).collect();
    lanes.reverse();
    mark_only(&mut lanes, t);
    let config: Value = serde_json::from_str(&preset.config).ok()?;
    let (editors, more) = editors(&config, &lanes, t);
    let bars: Vec<(&str, &[Bar])> = lanes.iter().map(|lane| (lane.label.as_str(), lane.bars.as_slice())).collect();
    let text = |key: &str, default: &str| config[key].as_str().unwrap_or(default).to_owned();
    let flag = |name: &str| config["flags"].as_array().is_some_and(|all| all.iter().any(|flag| flag == name));
    Some(NamesView {
        verdict: verdict(&lanes, t),
        table,
        wide: names_chart::draw(&bars, WIDE, "wid", t),
        narrow: names_chart::draw(&bars, NARROW, "nar", t),
        note: t.names_chart_note().replace("{n}", &span(RTT_US)),
        choices: choices(),
        more_open: more.iter().any(|editor| editor.key != "servers" && !editor.text.is_empty()),
        editors,
        more,
        reach: reach(&lanes, connect.as_ref()),
        fields: Fields {
            name: text("name", ""),
            family: text("family", "any"),
            addrconfig: flag("addrconfig"),
            canon: flag("canon"),
            net: text("net", "dual"),
            own: text("uts", "localhost"),
            mdns_allow: config["files"]["mdns_allow"] == true,
            program: connect.as_ref().map(|dial| dial.program.clone()).unwrap_or_default(),
        },
        queries: lanes.iter().flat_map(queries).collect(),
        families: vec![("any", t.names_family_any()), ("4", "IPv4"), ("6", "IPv6")],
        nets: vec![
            ("dual", t.names_net_dual()),
            ("v4", t.names_net_v4()),
            ("v6", t.names_net_v6()),
            ("lo", t.names_net_lo()),
        ],
        programs: vec![
            ("", t.names_no_program()),
            ("go", t.names_program_go()),
            ("curl", t.names_program_curl()),
            ("python", t.names_program_python()),
            ("java", t.names_program_java()),
        ],
        reactions: vec![
            ("accept", t.names_accept()),
            ("refuse", t.names_refuse()),
            ("silent", t.names_silent()),
            ("unreachable", t.names_unreachable()),
        ],
        blank: Blank::default(),
        words: words(t),
        lanes,
    })
}

struct Asked<'a> {
    config: &'a str,
    dial: Option<&'a str>,
    t: Text,
}

impl Asked<'_> {
    /// The checks of the content have made sure that it can be asked.
    fn lane(&self, id: &str) -> Option<Lane> {
        let case = read::case(self.config).ok()?;
        let dial = self.dial.map(Dial::parse).transpose().ok()?;
        let implementation: Implementation = id.parse().ok()?;
        let done = answer(&case, implementation, dial);
        Some(Lane::new(id, &case.name, &done, dial.is_some(), self.t))
    }
}

impl Lane {
    fn new(id: &str, name: &str, done: &Answer, dials: bool, t: Text) -> Lane {
        let whole: Value = serde_json::from_str(&done.json()).unwrap_or_default();
        let steps = whole["steps"].as_array().cloned().unwrap_or_default();
        let clock = Clock::new(&steps, id.starts_with("musl"), t);
        let mut seen = Vec::new();
        let list = steps.iter().zip(&clock.at).take(LISTED).map(|(step, at)| {
            let rule = step["rule"]["id"].as_str().unwrap_or("");
            let first = !seen.contains(&rule);
            seen.push(rule);
            let source = step["rule"]["source"].as_str().unwrap_or("");
            StepView {
                n: seen.len() - 1,
                words: said(step, t),
                at: if *at == 0 { String::new() } else { span(*at) },
                why: if first { t.names_rule(rule).to_owned() } else { String::new() },
                source: if first { source.to_owned() } else { String::new() },
                href: if first { href(source, id) } else { String::new() },
                only: String::new(),
                random: if step["random"] == true { t.names_random().to_owned() } else { String::new() },
            }
        });
        let notes = steps.iter().filter(|step| step["ev"] == "parse_note").map(|step| LineNote {
            file: plain(&step["file"]),
            line: step["line"].as_u64().unwrap_or(0),
            effect: plain(&step["effect"]),
            why: t.names_rule(step["rule"]["id"].as_str().unwrap_or("")),
        });
        let queries = steps.iter().filter(|step| step["ev"] == "send").count();
        let asked = clock.bars.iter().filter(|bar| !bar.connect);
        let vain = asked.filter(|bar| bar.look != Look::Found).count();
        let took = span(done.at_us + clock.rounds * RTT_US);
        let outcome = outcome(id, name, done);
        let cost =
            t.names_cost().replace("{queries}", &queries.to_string()).replace("{rounds}", &clock.rounds.to_string());
        Lane {
            label: label(id),
            good: done.status == "OK" && !done.addresses.is_empty(),
            tool: tool(id, name, done, &outcome),
            cost: if queries == 0 { t.names_none().to_owned() } else { cost.replace("{time}", &took) },
            vain: if vain == 0 { String::new() } else { t.names_vain().replace("{n}", &vain.to_string()) },
            connect: match (done.failure, done.connected()) {
                _ if !dials => String::new(),
                (Some(failure), _) => failure.to_owned(),
                (None, Some(address)) => t.names_reached().replace("{n}", &address.to_string()),
                (None, None) => t.names_not_tried().to_owned(),
            },
            more: match steps.len().saturating_sub(LISTED) {
                0 => String::new(),
                n => t.names_more_steps().replace("{n}", &n.to_string()),
            },
            steps: list.collect(),
            bars: clock.bars,
            order: done.order.unwrap_or(""),
            status: done.status,
            id: id.to_owned(),
            outcome,
            took,
            queries,
            notes: notes.collect(),
        }
    }

    fn row(&self, first: &Lane, t: Text) -> TableRow {
        let differ = differences(first, self, t);
        TableRow {
            label: self.label.clone(),
            outcome: self.outcome.clone(),
            order: self.order,
            queries: self.queries.to_string(),
            took: self.took.clone(),
            connect: self.connect.clone(),
            compared: if self.id == first.id {
                t.names_first_row().to_owned()
            } else if differ.is_empty() {
                t.names_as_first().to_owned()
            } else {
                t.names_unlike_first().replace("{n}", &differ.join(t.names_comma()))
            },
        }
    }
}

/// In what two of them differ.
fn differences(a: &Lane, b: &Lane, t: Text) -> Vec<&'static str> {
    let mut out = Vec::new();
    let mut differ = |is: bool, words| {
        if is {
            out.push(words);
        }
    };
    differ(a.good != b.good || (!a.good && a.status != b.status), t.names_differ_status());
    differ(a.good && b.good && a.outcome != b.outcome, t.names_differ_addresses());
    differ(a.queries != b.queries, t.names_differ_queries());
    differ(a.connect != b.connect, t.names_differ_connect());
    out
}

fn queries(lane: &Lane) -> impl Iterator<Item = QueryRow> {
    lane.bars.iter().map(|bar| QueryRow {
        who: lane.label.clone(),
        label: bar.label.clone(),
        what: bar.what.clone(),
        start: span(bar.start),
        end: span(bar.end),
    })
}

fn verdict(lanes: &[Lane], t: Text) -> String {
    let [a, b] = lanes else { return String::new() };
    let differ = differences(a, b, t);
    if differ.is_empty() {
        t.names_same().to_owned()
    } else {
        t.names_differ().replace("{n}", &differ.join(t.names_comma()))
    }
}

fn mark_only(lanes: &mut [Lane], t: Text) {
    let [a, b] = lanes else { return };
    let words = |lane: &Lane| lane.steps.iter().map(|step| step.words.clone()).collect::<Vec<_>>();
    let (in_a, in_b) = (words(a), words(b));
    for (lane, others) in [(a, in_b), (b, in_a)] {
        for step in &mut lane.steps {
            if !others.contains(&step.words) {
                step.only = t.names_only().to_owned();
            }
        }
    }
}

/// Times with round trips in them: the engine's clock stands still while a server answers.
struct Clock {
    at: Vec<u64>,
    bars: Vec<Bar>,
    rounds: u64,
}

impl Clock {
    fn new(steps: &[Value], musl: bool, t: Text) -> Clock {
        let text = |step: &Value, key: &str| step[key].as_str().unwrap_or("").to_owned();
        let mut clock = Clock { at: Vec::new(), bars: Vec::new(), rounds: 0 };
        // Of the name that is being asked for: answered rounds by lane, and whether types go out together.
        let mut answered: Vec<(String, u64)> = Vec::new();
        let mut together = musl;
        let mut open: Vec<(String, usize, u64)> = Vec::new();
        for (i, step) in steps.iter().enumerate() {
            let ev = step["ev"].as_str().unwrap_or("");
            let engine = step["at_us"].as_u64().unwrap_or(0);
            let (server, qtype) = (text(step, "server"), text(step, "qtype"));
            let exchange = matches!(
                ev,
                "in_parallel"
                    | "send"
                    | "reply"
                    | "timeout"
                    | "closed"
                    | "ignore_reply"
                    | "next_server"
                    | "resend"
                    | "fallback_tcp"
                    | "switch_to_single_request"
                    | "rotate"
                    | "connect_failed"
            );
            if !exchange {
                for (_, bar, shift) in open.drain(..) {
                    if let Some(bar) = clock.bars.get_mut(bar) {
                        bar.end = engine + shift;
                    }
                }
                clock.rounds += answered.drain(..).map(|(_, n)| n).max().unwrap_or(0);
                together = musl;
            }
            if ev == "in_parallel" {
                together = true;
            }
            let lane = if musl {
                format!("{qtype} {server}")
            } else if together {
                qtype.clone()
            } else {
                String::new()
            };
            let before = answered.iter().find(|(of, _)| *of == lane).map_or(0, |(_, n)| *n);
            let shift = (clock.rounds + before) * RTT_US;
            let mut at = engine + shift;
            let key = format!("{server} {qtype}");
            let waiting = open.iter().rposition(|(of, _, _)| *of == key);
            match ev {
                "send" => {
                    let what = t.names_unanswered().to_owned();
                    open.push((key, clock.bars.len(), shift));
                    let label = format!("{qtype} {} → {server}", text(step, "qname"));
                    clock.bars.push(Bar {
                        step: i,
                        label,
                        start: at,
                        end: at,
                        what,
                        look: Look::Failed,
                        connect: false,
                    });
                }
                "reply" | "timeout" | "closed" => {
                    // An answer to a question that was never sent is not drawn.
                    let (_, bar, shift) = waiting.map_or((key, usize::MAX, shift), |place| open.remove(place));
                    let (what, look) = match ev {
                        "reply" => heard(&text(step, "what")),
                        "timeout" => (t.names_timeout().to_owned(), Look::Failed),
                        _ => (t.names_closed().to_owned(), Look::Failed),
                    };
                    at = engine + shift;
                    if ev != "timeout" {
                        at += RTT_US;
                        match answered.iter_mut().find(|(of, _)| *of == lane) {
                            Some((_, n)) => *n += 1,
                            None => answered.push((lane, 1)),
                        }
                    }
                    if let Some(bar) = clock.bars.get_mut(bar) {
                        (bar.end, bar.what, bar.look) = (at, what, look);
                    }
                }
                "connect_start" => {
                    let (label, what) = (format!("connect {}", text(step, "address")), String::new());
                    clock.bars.push(Bar {
                        step: i,
                        label,
                        start: at,
                        end: at,
                        what,
                        look: Look::Failed,
                        connect: true,
                    });
                }
                "connect_end" => {
                    let label = format!("connect {}", text(step, "address"));
                    let outcome = text(step, "outcome");
                    if let Some(bar) = clock.bars.iter_mut().rfind(|bar| bar.label == label && bar.what.is_empty()) {
                        bar.end = at;
                        bar.look = match outcome.as_str() {
                            "connected" => Look::Found,
                            "cancelled" => Look::Nothing,
                            _ => Look::Failed,
                        };
                        bar.what = t.names_value(&outcome).map_or(outcome, str::to_owned);
                    }
                }
                _ => {}
            }
            clock.at.push(at);
        }
        clock
    }
}

fn heard(what: &str) -> (String, Look) {
    match what.strip_prefix("ANSWER ") {
        Some(addresses) => (addresses.to_owned(), Look::Found),
        None if matches!(what, "NXDOMAIN" | "NODATA") => (what.to_owned(), Look::Nothing),
        None => (what.to_owned(), Look::Failed),
    }
}

/// A step in words.
fn said(step: &Value, t: Text) -> String {
    let ev = step["ev"].as_str().unwrap_or("");
    let variant = VARIANTS.iter().find(|(event, _)| *event == ev).map(|(_, field)| plain(&step[*field]));
    let words = variant.and_then(|variant| t.names_event(&format!("{ev}.{variant}"))).or_else(|| t.names_event(ev));
    fill(words.unwrap_or(ev), step, t).trim_end().to_owned()
}

/// `{field}` filled with the fields of a step.
fn fill(words: &str, step: &Value, t: Text) -> String {
    let mut out = String::new();
    let mut rest = words;
    while let Some((before, behind)) = rest.split_once('{') {
        out.push_str(before);
        let Some((field, after)) = behind.split_once('}') else { break };
        let value = plain(&step[field]);
        out.push_str(t.names_value(&value).unwrap_or(&value));
        rest = after;
    }
    out.push_str(rest);
    out
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(plain).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

/// Microseconds as people write them.
pub fn span(us: u64) -> String {
    let (thousandths, unit) = if us >= 1_000_000 { (us / 1_000, "s") } else { (us, "ms") };
    let (whole, part) = (thousandths / 1_000, thousandths % 1_000);
    let part = format!("{part:03}");
    let part = part.trim_end_matches('0');
    if part.is_empty() { format!("{whole} {unit}") } else { format!("{whole}.{part} {unit}") }
}

/// `Go 1.15.15` for `go-1.15.15`.
fn label(id: &str) -> String {
    let (kind, rest) = match (id.strip_prefix("go-cgo-"), id.split_once('-')) {
        (Some(rest), _) => ("Go cgo", rest),
        (None, Some(("go", rest))) => ("Go", rest),
        (None, Some((kind, rest))) => (kind, rest),
        (None, None) => (id, ""),
    };
    match rest.split_once("+mod") {
        Some((version, line)) => format!("{kind} {version}, go.mod {line}"),
        None => format!("{kind} {rest}"),
    }
}

/// Where the source of a rule can be read.
fn href(source: &str, id: &str) -> String {
    let version = id.trim_start_matches("go-").trim_start_matches("cgo-");
    let version = version.split('+').next().unwrap_or("");
    let pieces: Vec<&str> = source.split([' ', ',']).filter(|piece| !piece.is_empty()).collect();
    let is_version = |piece: &&&str| piece.starts_with(|c: char| c.is_ascii_digit());
    for (i, piece) in pieces.iter().enumerate() {
        let of = pieces.first().copied().unwrap_or("");
        if piece.starts_with("net/") && piece.contains(".go") {
            let path = piece.trim_end_matches(':');
            let tag = if id.starts_with("go-") { format!("go{version}") } else { "master".to_owned() };
            return format!("https://github.com/golang/go/blob/{tag}/src/{path}");
        }
        if piece.contains('/') && piece.ends_with(".c") && of == "glibc" {
            let tag = pieces.get(1).filter(is_version).map_or("HEAD".to_owned(), |version| format!("glibc-{version}"));
            return format!("https://sourceware.org/git/?p=glibc.git;a=blob;f={piece};hb={tag}");
        }
        if piece.contains('/') && piece.ends_with(".c") && of == "musl" {
            let tag = pieces.get(1).filter(is_version).map_or(String::new(), |version| format!("?h=v{version}"));
            return format!("https://git.musl-libc.org/cgit/musl/tree/{piece}{tag}");
        }
        if let Some((name, section)) = piece.strip_suffix(')').and_then(|page| page.split_once('('))
            && section.len() == 1
        {
            return format!("https://man7.org/linux/man-pages/man{section}/{name}.{section}.html");
        }
        if let ("RFC", Some(number)) = (*piece, pieces.get(i + 1)) {
            return format!("https://www.rfc-editor.org/rfc/rfc{number}");
        }
    }
    String::new()
}

/// Addresses, or the error as the program prints it.
fn outcome(id: &str, name: &str, done: &Answer) -> String {
    if let Some(text) = &done.text {
        let server = done.server.map(|ip| if ip.is_ipv4() { format!(" on {ip}:53") } else { format!(" on [{ip}]:53") });
        return format!("lookup {name}{}: {text}", server.unwrap_or_default());
    }
    if done.status == "OK" {
        return if done.addresses.is_empty() { "[]".to_owned() } else { done.addresses.join(" ") };
    }
    let words = STRERROR.iter().find(|(code, _, _)| *code == done.status);
    let words = words.map_or("", |(_, glibc, musl)| if id.starts_with("musl") { *musl } else { *glibc });
    format!("{}: {words}", done.status)
}

/// What somebody at the machine would see.
fn tool(id: &str, name: &str, done: &Answer, outcome: &str) -> String {
    if id.starts_with("go") {
        let order = done.order.map(|order| format!("go package net: hostLookupOrder({name}) = {order}\n"));
        let end = if done.status == "OK" { format!("[{}]", done.addresses.join(" ")) } else { outcome.to_owned() };
        return format!("$ GODEBUG=netdns=go+2 ./app\n{}{end}", order.unwrap_or_default());
    }
    let mut out = format!("$ getent ahosts {name}\n");
    if done.addresses.is_empty() {
        return format!("{out}{outcome}");
    }
    let canonical = done.canonical.as_deref().unwrap_or(name);
    for (i, address) in done.addresses.iter().enumerate() {
        out += &format!("{address:<16}STREAM{}\n", if i == 0 { format!(" {canonical}") } else { String::new() });
    }
    out.trim_end().to_owned()
}

fn choices() -> Vec<(&'static str, Vec<(&'static str, String)>)> {
    let group = |title, of: fn(&str) -> bool| {
        (title, RECORDED.iter().copied().filter(|id| of(id)).map(|id| (id, label(id))).collect())
    };
    vec![
        group("Go", |id| id.starts_with("go-") && !id.starts_with("go-cgo")),
        group("Go cgo", |id| id.starts_with("go-cgo")),
        group("glibc", |id| id.starts_with("glibc")),
        group("musl", |id| id.starts_with("musl")),
    ]
}

/// Addresses that either of them tries, and what they do with a SYN.
fn reach(lanes: &[Lane], connect: Option<&Connect>) -> Vec<Reach> {
    let mut out: Vec<Reach> = Vec::new();
    let Some(connect) = connect else { return out };
    for (address, reach) in &connect.reach {
        out.push(Reach { address: address.clone(), does: reach.word() });
    }
    for bar in lanes.iter().flat_map(|lane| &lane.bars).filter(|bar| bar.connect) {
        let address = bar.label.trim_start_matches("connect ");
        if !out.iter().any(|known| known.address == address) {
            out.push(Reach { address: address.to_owned(), does: "accept" });
        }
    }
    out
}

fn editors(config: &Value, lanes: &[Lane], t: Text) -> (Vec<Editor>, Vec<Editor>) {
    let file = |key: &'static str, path: &str| {
        let text = config["files"][key].as_str();
        editor(key, path.to_owned(), true, text.unwrap_or("").to_owned(), text.is_none(), lanes, t)
    };
    let own = |key, title: &str, text| editor(key, title.to_owned(), false, text, false, lanes, t);
    let first = vec![
        file("nsswitch", "/etc/nsswitch.conf"),
        file("hosts", "/etc/hosts"),
        file("resolv", "/etc/resolv.conf"),
        own("zone", t.names_zone(), zone(&config["dns"]["records"])),
    ];
    let env = config["env"].as_object().map(|all| lines(all.iter().map(|(k, v)| format!("{k}={}", plain(v)))));
    let more = vec![
        own("servers", t.names_servers(), servers(&config["dns"])),
        own("env", t.names_env(), env.unwrap_or_default()),
        file("host_conf", "/etc/host.conf"),
        file("gai_conf", "/etc/gai.conf"),
    ];
    (first, more)
}

fn editor(key: &'static str, title: String, path: bool, text: String, absent: bool, lanes: &[Lane], t: Text) -> Editor {
    let mut marks: Vec<(u64, char)> = Vec::new();
    let mut notes = Vec::new();
    for lane in lanes {
        for note in lane.notes.iter().filter(|note| note.file == title) {
            let mark = match note.effect.as_str() {
                "used" => '✓',
                "breaks_file" => '×',
                _ => '!',
            };
            marks.push((note.line, mark));
            if mark != '✓' {
                let head = t.names_line().replace("{n}", &note.line.to_string());
                let head = format!("{head}{}{}", t.names_colon(), t.names_effect(&note.effect));
                notes.push(NoteView { head, words: format!("{}{}{}", lane.label, t.names_colon(), note.why) });
            }
        }
    }
    let count = text.strip_suffix('\n').unwrap_or(&text).split('\n').count();
    let worst = |n: u64| {
        let of = marks.iter().filter(|(line, _)| *line == n).map(|(_, mark)| *mark);
        of.max_by_key(|mark| match mark {
            '×' => 3,
            '!' => 2,
            _ => 1,
        })
    };
    let gutter = (1..=count as u64).map(|n| match worst(n) {
        Some(mark) if !absent => format!("{n}{mark}"),
        _ => format!("{n} "),
    });
    Editor { key, path, rows: count.max(2), gutter: gutter.collect::<Vec<_>>().join("\n"), text, absent, notes, title }
}

fn lines(all: impl Iterator<Item = String>) -> String {
    all.map(|line| line + "\n").collect()
}

/// Records as lines: name, type, value.
fn zone(records: &Value) -> String {
    lines(records.as_array().into_iter().flatten().map(plain))
}

/// Servers and exceptions as lines.
fn servers(dns: &Value) -> String {
    let defaults = dns["servers"].as_object().into_iter().flatten();
    let defaults = defaults.map(|(ip, server)| format!("{ip} {}", server["default"].as_str().unwrap_or("zone")));
    let rules = dns["rules"].as_array().into_iter().flatten().map(|rule| {
        let mut words = vec![rule["server"].as_str().unwrap_or("*").to_owned(), plain(&rule["action"])];
        words.extend(["type", "name", "proto"].iter().filter_map(|key| rule[*key].as_str()).map(str::to_owned));
        words.extend(rule["first_n"].as_u64().map(|n| format!("x{n}")));
        words.join(" ")
    });
    lines(defaults.chain(rules))
}

fn words(t: Text) -> String {
    let mut tables = t.names_tables();
    tables["ui"] = json!({
        "line": t.names_line(), "colon": t.names_colon(), "comma": t.names_comma(), "none": t.names_none(),
        "cost": t.names_cost(), "vain": t.names_vain(), "reached": t.names_reached(), "notTried": t.names_not_tried(),
        "same": t.names_same(), "differ": t.names_differ(), "status": t.names_differ_status(),
        "addresses": t.names_differ_addresses(), "queries": t.names_differ_queries(), "connect": t.names_differ_connect(),
        "firstRow": t.names_first_row(), "asFirst": t.names_as_first(), "unlike": t.names_unlike_first(),
        "timeout": t.names_timeout(), "closed": t.names_closed(), "unanswered": t.names_unanswered(),
        "note": t.names_chart_note(), "more": t.names_more_steps(), "chart": t.names_chart(), "step": t.names_step(),
        "only": t.names_only(), "random": t.names_random(), "badVersion": t.names_bad_version(), "reach": t.names_reach(),
    });
    // In a script block nothing but `</` and `<!--` could end it.
    tables.to_string().replace('<', "\\u003c")
}

/// What scripts fill: one of each, empty.
#[derive(Default)]
pub struct Blank {
    /// A step of the trace.
    pub step: StepView,
    /// A row of the table.
    pub row: TableRow,
    /// A query.
    pub query: QueryRow,
    /// A note on a line.
    pub note: NoteView,
    /// What an address does.
    pub reach: Reach,
}
