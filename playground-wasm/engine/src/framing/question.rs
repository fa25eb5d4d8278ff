//! A stream, cut into reads, and the messages that a codec or an HTTP/1.1 reader makes of it: a question as JSON, and its
//! answer as numbers.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::http::{Message, Policy, Reader, Side};
use super::reader::Handler;
use super::spelling::{hex, unhex};
use super::{Codec, FrameError, reader, udp};
use crate::json::Json;
use crate::json::fields::{BadField, Node, read};

/// What is read, and how.
#[derive(Debug, Clone)]
pub struct Question {
    /// What each read returns, or each datagram carries.
    pub pieces: Vec<Vec<u8>>,
    /// What reads them.
    pub protocol: Protocol,
    /// The longest message, bytes.
    pub limit: usize,
    /// The pieces are datagrams: bytes of the receiver's buffer (`room`), and MTU of the link (`mtu`).
    pub udp: Option<(usize, usize)>,
    /// Bytes of each write at the sender. They change no answer, but a picture shows them; empty where nobody said.
    pub writes: Vec<usize>,
    /// Bytes of each segment on the way, likewise.
    pub segments: Vec<usize>,
}

/// Where messages end, and who looks for it.
#[derive(Debug, Clone)]
pub enum Protocol {
    /// `codec` as [`Codec`] is written, `handler` as [`Handler`] is.
    Frames(Codec, Handler),
    /// `http-responses`, `http-requests`; these always loop.
    Http {
        /// What is read.
        side: Side,
        /// `trusts_length`: the client trusts Content-Length whatever the status says.
        policy: Policy,
        /// Methods of the requests whose responses come, in order.
        methods: Vec<String>,
    },
}

/// What comes of it.
#[derive(Debug, Default)]
pub struct Answer {
    /// Messages in order.
    pub messages: Vec<Told>,
    /// After each read: bytes held, and the length of the message that has begun, once known.
    pub waits: Vec<(usize, Option<usize>)>,
    /// Of each datagram: bytes read (nothing if sending failed with EMSGSIZE), bytes lost, IP fragments.
    pub datagrams: Vec<(Option<usize>, usize, usize)>,
    /// Bytes that wait for more when the last read is over.
    pub left: usize,
    /// Why reading stopped.
    pub error: Option<Stopped>,
}

/// Why and where reading stopped.
#[derive(Debug)]
pub struct Stopped {
    /// The read or datagram, from 0.
    pub read: usize,
    /// In the words of the engine.
    pub what: String,
    /// The length that was announced, and the limit, if that is why.
    pub lengths: Option<(u64, usize)>,
}

/// A message.
#[derive(Debug)]
pub struct Told {
    /// The read or datagram that completed it, from 0.
    pub read: usize,
    /// How much of the stream, or of the datagram, was used up then; of HTTP nothing.
    pub end: Option<usize>,
    /// Its content in hexadecimal.
    pub hex: String,
    /// Status or method, and the rule that ended the body, of HTTP.
    pub http: Option<(String, String)>,
}

/// Bytes of the longest message that may be asked for.
const MOST: i64 = 1 << 30;

impl Question {
    /// Reads a question.
    pub fn parse(text: &str) -> Result<Question, BadField> {
        read("the input", text, question)
    }

    /// Reads the pieces.
    pub fn answer(&self) -> Answer {
        let pieces: Vec<&[u8]> = self.pieces.iter().map(Vec::as_slice).collect();
        match &self.protocol {
            Protocol::Frames(codec, handler) => self.frames(&pieces, codec, *handler),
            Protocol::Http { side, policy, methods } => {
                let mut reader = Reader::new(*side, *policy, self.limit);
                methods.iter().for_each(|method| reader.expect(method));
                http(reader, &pieces, *side)
            }
        }
    }

    fn frames(&self, pieces: &[&[u8]], codec: &Codec, handler: Handler) -> Answer {
        let mut answer = Answer::default();
        let Some((room, mtu)) = self.udp else {
            answer.add(reader::read(pieces, codec, self.limit, handler), 0);
            return answer;
        };
        for (i, got) in udp::deliver(pieces, room, mtu).iter().enumerate() {
            answer.datagrams.push((got.read.as_ref().map(Vec::len), got.dropped, got.fragments));
            if let Some(read) = &got.read {
                answer.add(reader::read(&[read], codec, self.limit, handler), i);
            }
        }
        answer
    }
}

impl Answer {
    /// As JSON.
    pub fn json(&self) -> String {
        let mut out = Json::default();
        let count = |n: Option<usize>| n.map(|n| n as i64);
        out.open("", '{').open("messages", '[');
        for m in &self.messages {
            out.open("", '{').number("read", m.read as i64).maybe("end", count(m.end)).text("hex", &m.hex);
            match &m.http {
                Some((what, end)) => out.open("http", '[').text("", what).text("", end).close(']'),
                None => out.null("http"),
            };
            out.close('}');
        }
        out.close(']').open("waits", '[');
        for (held, wanted) in &self.waits {
            out.open("", '[').number("", *held as i64).maybe("", count(*wanted)).close(']');
        }
        out.close(']').open("datagrams", '[');
        for (read, lost, fragments) in &self.datagrams {
            out.open("", '[').maybe("", count(*read)).number("", *lost as i64).number("", *fragments as i64).close(']');
        }
        out.close(']').number("left", self.left as i64);
        match &self.error {
            Some(stopped) => {
                out.open("error", '{').number("read", stopped.read as i64).text("what", &stopped.what);
                match stopped.lengths {
                    Some((length, limit)) => {
                        out.open("lengths", '[').number("", length as i64).number("", limit as i64).close(']')
                    }
                    None => out.null("lengths"),
                };
                out.close('}')
            }
            None => out.null("error"),
        };
        out.close('}');
        out.0
    }
}

fn question(node: &Node) -> Question {
    let mut fields = node.fields();
    let udp = fields.take("udp").map(|node| {
        let mut udp = node.fields();
        let sizes = (udp.need("room").whole(0, MOST) as usize, udp.need("mtu").whole(68, 65_535) as usize);
        udp.finish();
        sizes
    });
    let mut pieces = Vec::new();
    for node in fields.list("pieces") {
        pieces.extend(spelt(&node, unhex(node.text())));
    }
    let bytes = pieces.iter().map(Vec::len).sum();
    let writes = fields.take("writes").map_or(Vec::new(), |writes| lengths(&writes, bytes));
    let segments = fields.take("segments").map_or(Vec::new(), |segments| lengths(&segments, bytes));
    let limit = fields.need("limit").whole(0, MOST) as usize;
    let codec = fields.need("codec");
    let handler = fields.take("handler").map(|handler| spelt(&handler, handler.text().parse()));
    let mut methods: Vec<String> = Vec::new();
    for node in fields.list("methods") {
        methods.push(node.text().into());
    }
    let policy = if fields.flag("trusts_length") { Policy::TrustsLength } else { Policy::Rfc };
    fields.finish();
    let protocol = match codec.text() {
        "http-responses" => Protocol::Http { side: Side::Responses, policy, methods },
        "http-requests" => Protocol::Http { side: Side::Requests, policy, methods },
        name => Protocol::Frames(
            spelt(&codec, name.parse()).unwrap_or(Codec::None),
            handler.flatten().unwrap_or(Handler::Loop),
        ),
    };
    Question { pieces, protocol, limit, udp, writes, segments }
}

/// Lengths that take the stream apart, all of it.
fn lengths(node: &Node, bytes: usize) -> Vec<usize> {
    let (mut lengths, mut sum) = (Vec::new(), 0_usize);
    for node in node.list() {
        let length = node.whole(0, MOST) as usize;
        sum = sum.saturating_add(length);
        lengths.push(length);
    }
    if !lengths.is_empty() && sum != bytes {
        node.refuse(&format!("lengths that add up to {bytes} are expected"));
    }
    lengths
}

fn spelt<T>(node: &Node, read: Result<T, super::spelling::Misspelt>) -> Option<T> {
    read.map_err(|misspelt| node.refuse(&misspelt.to_string())).ok()
}

impl Answer {
    fn add(&mut self, seen: reader::Seen, first: usize) {
        for ((read, bytes), end) in seen.messages.iter().zip(seen.ends) {
            self.messages.push(Told { read: first + read, end: Some(end), hex: hex(bytes), http: None });
        }
        self.waits.extend(seen.waits.iter().map(|w| (w.held, w.wanted)));
        self.left += seen.left;
        if let Some((read, error)) = seen.error {
            let lengths = match error {
                FrameError::TooLong { length, limit } => Some((length, limit)),
                FrameError::BadVarint | FrameError::BadCodec | FrameError::Unfinished { .. } => None,
            };
            self.error = Some(Stopped { read: first + read, what: error.to_string(), lengths });
        }
    }
}

fn http(mut reader: Reader, pieces: &[&[u8]], side: Side) -> Answer {
    let mut answer = Answer::default();
    for (i, piece) in pieces.iter().enumerate() {
        let done = reader.push(piece, |message| answer.messages.push(told(&message, side, i)));
        answer.waits.push((reader.held(), None));
        if let Err(error) = done {
            answer.error = Some(Stopped { read: i, what: error.to_string(), lengths: None });
            return answer;
        }
    }
    let last = pieces.len().saturating_sub(1);
    match reader.finish() {
        Ok(message) => answer.messages.extend(message.map(|message| told(&message, side, last))),
        Err(error) => answer.error = Some(Stopped { read: last, what: error.to_string(), lengths: None }),
    }
    answer.left = reader.held();
    answer
}

fn told(m: &Message, side: Side, read: usize) -> Told {
    let what = if side == Side::Requests { m.method.clone() } else { m.status.to_string() };
    Told { read, end: None, hex: hex(&m.body), http: Some((what, m.end.name())) }
}
