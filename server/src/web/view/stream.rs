//! A stream as a page shows it before a script runs: the lanes at the last step, the steps as a table, what the reader kept
//! and handed over, the decoder as code.

use netsim::framing::question::{Protocol, Question};
use netsim::framing::reader::Handler;
use netsim::framing::{Codec, spelling};
use stage::bytes::{self, Lanes, Step};

use super::text_stream::{RULES, SENTENCES, fill, lanes};
use crate::content::highlight::highlight;
use crate::domain::preset::{Kind, Preset};
use crate::domain::{Both, Lang};

/// Width of the drawing where there is room, px.
const WIDE: usize = 770;
/// Width of the drawing on phones and beside the text of a case.
const NARROW: usize = 358;
/// How long the client waits that the case is about, s.
const TIMEOUT: u64 = 50;

/// A stream that was read to its end.
pub struct StreamView {
    /// The drawing.
    pub wide: String,
    /// The same for narrow columns.
    pub narrow: String,
    /// Names of the lanes of streams, of datagrams, of HTTP, one a line each.
    pub lanes: [String; 3],
    /// HTTP responses, not a codec.
    pub http: bool,
    /// How many steps there are.
    pub steps: u64,
    /// What happens in the last.
    pub now: String,
    /// What the reader keeps at the end.
    pub held: String,
    /// All steps.
    pub rows: Vec<RowView>,
    /// What the reader handed over.
    pub found: Vec<FoundView>,
    /// The rules for bodies, and whether one applied, and whether it should have.
    pub rules: Vec<(&'static str, bool, bool)>,
    /// The client waits until its timeout.
    pub waits: bool,
    /// How long, s.
    pub timeout: u64,
    /// Sentences by code, for scripts.
    pub sentences: Vec<(&'static str, &'static str)>,
    /// Decoders as code.
    pub codes: Vec<CodeView>,
}

/// A step.
pub struct RowView {
    /// Its number, from 0.
    pub step: usize,
    /// What happens.
    pub words: String,
    /// Bytes that have arrived.
    pub arrived: usize,
    /// Bytes that were read.
    pub read: usize,
    /// Bytes that the reader keeps.
    pub kept: usize,
    /// Messages so far.
    pub messages: usize,
}

/// A message.
pub struct FoundView {
    /// Its content as text.
    pub text: String,
    /// Its length.
    pub bytes: usize,
    /// The read that completed it.
    pub read: u64,
    /// Status, of HTTP.
    pub status: Option<u16>,
    /// It holds what is not its own.
    pub wrong: bool,
}

/// A decoder.
pub struct CodeView {
    /// Its name in scripts.
    pub id: &'static str,
    /// It is the one of this stream.
    pub current: bool,
    /// Language and lines, HTML.
    pub sources: [(&'static str, String); 2],
}

/// Decoders: which they are, in Go and in Rust.
pub const DECODERS: [(&str, &str, &str); 5] = [
    ("naive", include_str!("../../../assets/decoders/naive.go"), include_str!("../../../assets/decoders/naive.rs")),
    (
        "delimiter",
        include_str!("../../../assets/decoders/delimiter.go"),
        include_str!("../../../assets/decoders/delimiter.rs"),
    ),
    ("length", include_str!("../../../assets/decoders/length.go"), include_str!("../../../assets/decoders/length.rs")),
    ("fixed", include_str!("../../../assets/decoders/fixed.go"), include_str!("../../../assets/decoders/fixed.rs")),
    ("body", include_str!("../../../assets/decoders/body.go"), include_str!("../../../assets/decoders/body.rs")),
];

impl StreamView {
    /// Reads a preset's stream; with `all` also what a playground's page has beside the drawing. Nothing for other kinds.
    pub fn new(preset: &Preset, lang: Lang, all: bool) -> Option<StreamView> {
        if !matches!(preset.kind, Kind::Stream) {
            return None;
        }
        let question = Question::parse(&preset.config).ok()?;
        let http = matches!(question.protocol, Protocol::Http { .. });
        let kinds = [(false, false), (true, false), (false, true)].map(|(udp, http)| lanes(lang, udp, http));
        let names = kinds[if http { 2 } else { usize::from(question.udp.is_some()) }];
        let names: Vec<&str> = names.into_iter().filter(|n| !n.is_empty()).collect();
        let wide = bytes::lanes(&question, &names, WIDE, None)?;
        let narrow = bytes::lanes(&question, &names, NARROW, None)?;
        let stream = question.pieces.concat();
        let last = wide.steps.last()?;
        let named = |step: &Step, code: &str| step.parts.iter().find(|p| p.0 == code).map(|p| p.1[0]);
        let latest = |code: &str| wide.steps.iter().rev().find_map(|s| named(s, code));
        let (applied, should) = (latest("rule"), latest("should"));
        let rule = |(i, both): (usize, &(&'static str, &'static str))| {
            let number = Some(i as u64 + 1);
            (pick(lang, *both), applied == number, should == number)
        };
        let codes = |id: &str| id == kind(&question);
        Some(StreamView {
            lanes: kinds.map(|names| names.into_iter().filter(|n| !n.is_empty()).collect::<Vec<_>>().join("\n")),
            http,
            steps: wide.steps.len() as u64 - 1,
            now: sentence(last, lang),
            held: text(stream.get(last.held.0..last.held.1).unwrap_or(&[])),
            rows: wide.steps.iter().enumerate().map(|(i, step)| row(i, step, lang)).collect(),
            found: found(&wide),
            rules: if http { RULES.iter().enumerate().map(rule).collect() } else { Vec::new() },
            waits: ["timeout", "unended", "cut"].iter().any(|code| named(last, code).is_some()),
            timeout: TIMEOUT,
            sentences: SENTENCES.iter().map(|(code, zh, en)| (*code, pick(lang, (zh, en)))).collect(),
            codes: if all {
                DECODERS.iter().filter(|d| http == (d.0 == "body")).map(|d| code(d, codes(d.0))).collect()
            } else {
                Vec::new()
            },
            wide: wide.svg.replacen("class=\"stage lanes\"", "class=\"stage lanes wid\"", 1),
            narrow: narrow.svg.replacen("class=\"stage lanes\"", "class=\"stage lanes nar\"", 1),
        })
    }
}

fn pick(lang: Lang, both: (&'static str, &'static str)) -> &'static str {
    Both { zh: both.0, en: both.1 }.get(lang)
}

/// Which decoder reads it.
fn kind(question: &Question) -> &'static str {
    match &question.protocol {
        Protocol::Http { .. } => "body",
        Protocol::Frames(_, Handler::Naive) | Protocol::Frames(Codec::None, _) => "naive",
        Protocol::Frames(Codec::Delimiter(_), _) => "delimiter",
        Protocol::Frames(Codec::Length(..), _) => "length",
        Protocol::Frames(Codec::Fixed(_), _) => "fixed",
        Protocol::Frames(Codec::Varint, _) => "",
    }
}

fn sentence(step: &Step, lang: Lang) -> String {
    let words = |code: &str| SENTENCES.iter().find(|s| s.0 == code).map_or("", |s| pick(lang, (s.1, s.2)));
    let parts: Vec<String> = step.parts.iter().map(|(code, numbers)| fill(words(code), *numbers, &step.text)).collect();
    parts.join(if lang == Lang::En { " " } else { "" })
}

fn row(i: usize, step: &Step, lang: Lang) -> RowView {
    RowView {
        step: i,
        words: sentence(step, lang),
        arrived: step.arrived,
        read: step.read,
        kept: step.held.1 - step.held.0,
        messages: step.messages,
    }
}

fn found(lanes: &Lanes) -> Vec<FoundView> {
    let view = |f: &bytes::Found| FoundView {
        text: text(&f.content),
        bytes: f.content.len(),
        read: f.read as u64,
        status: f.http.map(|h| h.0),
        wrong: f.foreign < f.all.1,
    };
    lanes.found.iter().map(view).collect()
}

/// Bytes as text, what cannot be shown as escapes.
fn text(bytes: &[u8]) -> String {
    let shown = |byte: &u8| match byte {
        b'\n' => "\\n".to_owned(),
        b'\r' => "\\r".to_owned(),
        b'\t' => "\\t".to_owned(),
        0x20..=0x7e => char::from(*byte).to_string(),
        byte => format!("\\x{}", spelling::hex(&[*byte])),
    };
    bytes.iter().map(shown).collect()
}

fn code((id, go, rust): &(&'static str, &'static str, &'static str), current: bool) -> CodeView {
    let lines = |language, source: &str| {
        let lines: Vec<String> =
            highlight(language, source.trim_end().lines()).into_iter().map(|line| line.0).collect();
        lines.join("\n")
    };
    CodeView { id, current, sources: [("Go", lines("go", go)), ("Rust", lines("rust", rust))] }
}
