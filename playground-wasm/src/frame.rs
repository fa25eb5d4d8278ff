//! A stream, cut into reads, and the messages that a codec or an HTTP/1.1 reader makes of it.

use netsim::framing::http::{Message, Policy, Reader, Side};
use netsim::framing::spelling::{hex, unhex};
use netsim::framing::{Codec, FrameError, reader, udp};
use netsim::json::Value;
use netsim::json::fields::{Fields, Read, bad};
use serde::Serialize;

/// What is read, and how.
#[derive(Debug)]
pub struct Question {
    /// What each read returns, or each datagram carries, in hexadecimal.
    pub pieces: Vec<String>,
    /// As [`Codec`] is written, or `http-responses`, `http-requests`.
    pub codec: String,
    /// The longest message, bytes.
    pub limit: usize,
    /// `loop`, `once` or `naive`; HTTP readers always loop.
    pub handler: String,
    /// Methods of the requests whose responses come, in order.
    pub methods: Vec<String>,
    /// The client trusts Content-Length whatever the status says.
    pub trusts_length: bool,
    /// The pieces are datagrams: bytes of the receiver's buffer (`room`), and MTU of the link (`mtu`).
    pub udp: Option<(usize, usize)>,
}

/// What comes of it.
#[derive(Debug, Default, Serialize)]
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
#[derive(Debug, Serialize)]
pub struct Stopped {
    /// The read or datagram, from 0.
    pub read: usize,
    /// In the words of the engine.
    pub what: String,
    /// The length that was announced, and the limit, if that is why.
    pub lengths: Option<(u64, usize)>,
}

/// A message.
#[derive(Debug, Serialize)]
pub struct Told {
    /// The read or datagram that completed it, from 0.
    pub read: usize,
    /// How much of the stream was used up then.
    pub end: Option<usize>,
    /// Its content in hexadecimal.
    pub hex: String,
    /// Status or method, and the rule that ended the body, of HTTP.
    pub http: Option<(String, String)>,
}

/// Reads the pieces.
pub fn frame(question: &str) -> Result<String, String> {
    let question = Value::parse(question).map_err(|e| e.to_string())?;
    let question = read(&question).map_err(|e| e.to_string())?;
    serde_json::to_string(&answer(&question)?).map_err(|e| e.to_string())
}

/// Bytes of the longest message that may be asked for.
const MOST: u64 = 1 << 30;

fn read(value: &Value) -> Read<Question> {
    let mut fields = Fields::of(value, "")?;
    let udp = match fields.take("udp") {
        None => None,
        Some(value) => {
            let mut udp = Fields::of(value, "udp")?;
            let sizes = (udp.number("room", 0, MOST)? as usize, udp.number("mtu", 68, 65_535)? as usize);
            udp.finish()?;
            Some(sizes)
        }
    };
    let question = Question {
        pieces: texts(&mut fields, "pieces")?,
        codec: fields.text("codec")?.unwrap_or_default().into(),
        limit: fields.number("limit", 0, MOST)? as usize,
        handler: fields.text("handler")?.unwrap_or("loop").into(),
        methods: texts(&mut fields, "methods")?,
        trusts_length: fields.flag("trusts_length")?,
        udp,
    };
    fields.finish()?;
    Ok(question)
}

fn texts(fields: &mut Fields, key: &str) -> Read<Vec<String>> {
    let path = fields.path(key);
    let mut texts = Vec::new();
    for (i, value) in fields.list(key)?.iter().enumerate() {
        match value.as_str() {
            Some(text) => texts.push(text.to_owned()),
            None => return bad(&format!("{path}[{i}]"), "a text is expected"),
        }
    }
    Ok(texts)
}

fn answer(q: &Question) -> Result<Answer, String> {
    let bytes = |(i, text): (usize, &String)| unhex(text).map_err(|e| format!("pieces[{i}]: {e}"));
    let pieces: Vec<Vec<u8>> = q.pieces.iter().enumerate().map(bytes).collect::<Result<_, _>>()?;
    let pieces: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
    match q.codec.as_str() {
        "http-responses" => Ok(http(q, &pieces, Side::Responses)),
        "http-requests" => Ok(http(q, &pieces, Side::Requests)),
        _ => frames(q, &pieces),
    }
}

fn frames(q: &Question, pieces: &[&[u8]]) -> Result<Answer, String> {
    let codec: Codec = q.codec.parse().map_err(|e| format!("codec: {e}"))?;
    let handler = q.handler.parse().map_err(|e| format!("handler: {e}"))?;
    let mut answer = Answer::default();
    let Some((room, mtu)) = q.udp else {
        add(&mut answer, reader::read(pieces, &codec, q.limit, handler), 0);
        return Ok(answer);
    };
    for (i, got) in udp::deliver(pieces, room, mtu).iter().enumerate() {
        answer.datagrams.push((got.read.as_ref().map(Vec::len), got.dropped, got.fragments));
        if let Some(read) = &got.read {
            add(&mut answer, reader::read(&[read], &codec, q.limit, handler), i);
        }
    }
    Ok(answer)
}

fn add(answer: &mut Answer, seen: reader::Seen, first: usize) {
    for ((read, bytes), end) in seen.messages.iter().zip(seen.ends) {
        answer.messages.push(Told { read: first + read, end: Some(end), hex: hex(bytes), http: None });
    }
    answer.waits.extend(seen.waits.iter().map(|w| (w.held, w.wanted)));
    answer.left += seen.left;
    if let Some((read, error)) = seen.error {
        let lengths = match error {
            FrameError::TooLong { length, limit } => Some((length, limit)),
            FrameError::BadVarint | FrameError::BadCodec | FrameError::Unfinished { .. } => None,
        };
        answer.error = Some(Stopped { read: first + read, what: error.to_string(), lengths });
    }
}

fn http(q: &Question, pieces: &[&[u8]], side: Side) -> Answer {
    let policy = if q.trusts_length { Policy::TrustsLength } else { Policy::Rfc };
    let mut reader = Reader::new(side, policy, q.limit);
    q.methods.iter().for_each(|method| reader.expect(method));
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
    Told { read, end: None, hex: hex(&m.body), http: Some((what, format!("{:?}", m.end))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(question: &str) -> serde_json::Value {
        serde_json::from_str(&frame(question).unwrap()).unwrap()
    }

    #[test]
    fn a_split_header_waits() {
        let answer = ask(r#"{"pieces":["00","03616263","0001"],"codec":"u16be","limit":99,"handler":"loop"}"#);
        assert_eq!(answer["messages"], serde_json::json!([{"read": 1, "end": 5, "hex": "616263", "http": null}]));
        assert_eq!(answer["waits"], serde_json::json!([[1, null], [0, null], [2, 1]]));
        assert_eq!(answer["left"], 2);
    }

    #[test]
    fn datagrams_lose_their_tail() {
        let answer = ask(
            r#"{"pieces":["61620a63640a","650a"],"codec":"line","limit":99,"handler":"loop","udp":{"room":4,"mtu":1500}}"#,
        );
        assert_eq!(answer["datagrams"], serde_json::json!([[4, 2, 1], [2, 0, 1]]));
        assert_eq!(answer["messages"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn a_204_has_no_body() {
        let head = b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n";
        let ask = |trusts| {
            ask(&format!(
                r#"{{"pieces":["{}"],"codec":"http-responses","limit":99,"handler":"loop","methods":["GET"],"trusts_length":{trusts}}}"#,
                hex(head)
            ))
        };
        assert_eq!(ask(false)["messages"][0]["http"], serde_json::json!(["204", "NoBody"]));
        assert_eq!(ask(true)["messages"], serde_json::json!([]));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let bad = |text: &str| frame(text).unwrap_err();
        assert!(bad(r#"{"pieces":["0"],"codec":"u8","limit":9,"handler":"loop"}"#).starts_with("pieces[0]: "));
        assert!(bad(r#"{"pieces":[],"codec":"u9","limit":9,"handler":"loop"}"#).starts_with("codec: "));
        assert!(bad(r#"{"pieces":[],"codec":"u8","limit":9,"handler":"often"}"#).starts_with("handler: "));
        assert!(bad(r#"{"pieces":[]}"#).starts_with("limit: "));
    }
}
