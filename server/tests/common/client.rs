//! A blocking HTTP/1.1 client of one request a connection, and answers that can be asked questions.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};

use scraper::Html;

use super::{PATIENCE, html};

/// A request, to be added to and sent.
#[derive(Clone)]
pub struct Request {
    address: SocketAddr,
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    /// `target` stands in the request line as it is.
    pub fn new(address: SocketAddr, method: &str, target: &str) -> Request {
        Request { address, method: method.to_owned(), target: target.to_owned(), headers: Vec::new(), body: Vec::new() }
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: &str) -> Request {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Makes it a form.
    pub fn form(self, fields: &[(&str, &str)]) -> Request {
        let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        self.header("Content-Type", "application/x-www-form-urlencoded").body(pairs.join("&"))
    }

    /// Adds a body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Request {
        self.body = body.into();
        self
    }

    /// The bytes that are sent.
    pub fn bytes(&self) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\nHost: {}\r\n", self.method, self.target, self.address);
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        if !self.body.is_empty() || self.method == "POST" {
            head += &format!("Content-Length: {}\r\n", self.body.len());
        }
        head += "Connection: close\r\n\r\n";
        [head.as_bytes(), &self.body].concat()
    }

    /// Sends it and reads the answer.
    pub fn send(&self) -> Answer {
        let mut answer = exchange(self.address, &self.bytes(), self.method == "HEAD");
        answer.asked = format!("{} {}", self.method, &self.target[..self.target.len().min(200)]);
        answer
    }
}

/// Percent-encodes all but letters and digits.
pub fn encoded(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}

/// A connection that does not wait for ever.
pub fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    stream.set_write_timeout(Some(PATIENCE)).expect("a timeout");
    stream
}

/// Sends bytes and reads the answer. `bodiless` answers announce a length and send nothing.
pub fn exchange(address: SocketAddr, bytes: &[u8], bodiless: bool) -> Answer {
    let mut stream = connect(address);
    // A server that refuses may answer before it has read everything.
    let sent = stream.write_all(bytes);
    read_answer(&mut stream, bodiless).unwrap_or_else(|| panic!("no answer (sending: {sent:?})"))
}

/// Reads one answer up to the end of its body; `None` when the connection ends before the end of the head.
pub fn read_answer(stream: &mut TcpStream, bodiless: bool) -> Option<Answer> {
    let mut bytes = Vec::new();
    let mut piece = [0_u8; 16 * 1024];
    loop {
        if let Some(answer) = Answer::parse(&bytes, bodiless, false) {
            return Some(answer);
        }
        match stream.read(&mut piece) {
            Ok(0) => return Answer::parse(&bytes, bodiless, true),
            Ok(n) => bytes.extend_from_slice(&piece[..n]),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return Answer::parse(&bytes, bodiless, true),
            Err(error) => panic!("{error} after {} bytes of answer", bytes.len()),
        }
    }
}

/// Reads one answer of several on a connection, and not a byte more.
pub fn read_exact_answer(stream: &mut TcpStream) -> Answer {
    let mut bytes = Vec::new();
    let mut byte = [0_u8; 1];
    while Answer::parse(&bytes, false, false).is_none() {
        stream.read_exact(&mut byte).expect("more of an answer");
        bytes.extend(byte);
    }
    Answer::parse(&bytes, false, false).expect("an answer")
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Method and target, for messages.
    pub asked: String,
    /// The status code.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as sent, without chunks.
    pub body: Vec<u8>,
}

impl Answer {
    /// `None` while it is not complete. `ended` says that nothing more will come.
    fn parse(bytes: &[u8], bodiless: bool, ended: bool) -> Option<Answer> {
        let head_end = bytes.windows(4).position(|w| w == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&bytes[..head_end]).expect("a head in UTF-8");
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().expect("a status");
        let header = |line: &str| line.split_once(':').map(|(n, v)| (n.to_ascii_lowercase(), v.trim().to_owned()));
        let headers: Vec<(String, String)> = lines.map(|line| header(line).expect("name: value")).collect();
        let mut answer = Answer { asked: String::new(), status, headers, body: Vec::new() };
        let rest = &bytes[head_end + 4..];
        if bodiless || matches!(status, 204 | 304) {
            assert!(rest.is_empty(), "{} bytes of body where none belongs", rest.len());
            return Some(answer);
        }
        answer.body = if answer.header("transfer-encoding") == Some("chunked") {
            unchunked(rest)?
        } else if let Some(length) = answer.header("content-length") {
            let length: usize = length.parse().expect("a number");
            assert!(rest.len() <= length, "{} bytes of body, announced were {length}", rest.len());
            (rest.len() == length).then(|| rest.to_vec())?
        } else {
            ended.then(|| rest.to_vec())?
        };
        Some(answer)
    }

    /// A header, if it is there once.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut all = self.headers.iter().filter(|(n, _)| n == name).map(|(_, value)| value.as_str());
        let first = all.next();
        assert!(all.next().is_none(), "{}: {name} stands twice", self.asked);
        first
    }

    /// All values of a header, joined as RFC 9110, 5.3 allows.
    pub fn joined(&self, name: &str) -> String {
        let all: Vec<&str> = self.headers.iter().filter(|(n, _)| n == name).map(|(_, value)| value.as_str()).collect();
        all.join(", ")
    }

    /// The body without its content coding.
    pub fn decoded(&self) -> Vec<u8> {
        let mut decoder: Box<dyn Read> = match self.header("content-encoding") {
            None => return self.body.clone(),
            Some("br") => Box::new(brotli::Decompressor::new(&self.body[..], 4096)),
            Some("gzip") => Box::new(flate2::read::GzDecoder::new(&self.body[..])),
            Some(other) => panic!("{}: unknown coding {other}", self.asked),
        };
        let mut plain = Vec::new();
        decoder.read_to_end(&mut plain).unwrap_or_else(|error| panic!("{}: {error}", self.asked));
        plain
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8(self.decoded()).expect("a body in UTF-8")
    }

    /// The body as a page.
    pub fn html(&self) -> Html {
        Html::parse_document(&self.text())
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.decoded())
            .unwrap_or_else(|error| panic!("{}: {error} in {}", self.asked, self.text()))
    }

    /// The words of every element that a selector finds, white space folded.
    pub fn texts(&self, selector: &str) -> Vec<String> {
        self.html().select(&html::css(selector)).map(html::words).collect()
    }

    /// An attribute of every element that a selector finds and that has it.
    pub fn attributes(&self, selector: &str, name: &str) -> Vec<String> {
        self.html().select(&html::css(selector)).filter_map(|e| e.value().attr(name)).map(str::to_owned).collect()
    }

    #[track_caller]
    pub fn assert_status(self, status: u16) -> Answer {
        assert_eq!(self.status, status, "{}: {}", self.asked, self.text().chars().take(400).collect::<String>());
        self
    }

    #[track_caller]
    pub fn assert_header(self, name: &str, value: &str) -> Answer {
        assert_eq!(self.header(name), Some(value), "{}: {name}", self.asked);
        self
    }

    /// Some element that the selector finds has exactly these words.
    #[track_caller]
    pub fn assert_text(self, selector: &str, words: &str) -> Answer {
        let texts = self.texts(selector);
        assert!(texts.iter().any(|t| t == words), "{}: no {selector} says {words:?}, but {texts:?}", self.asked);
        self
    }

    /// Some element that the selector finds holds these words.
    #[track_caller]
    pub fn assert_holds(self, selector: &str, words: &str) -> Answer {
        let texts = self.texts(selector);
        assert!(
            texts.iter().any(|t| t.contains(words)),
            "{}: no {selector} holds {words:?}, but {texts:?}",
            self.asked
        );
        self
    }

    /// So many elements are found.
    #[track_caller]
    pub fn assert_count(self, selector: &str, count: usize) -> Answer {
        assert_eq!(self.texts(selector).len(), count, "{}: {selector}: {:?}", self.asked, self.texts(selector));
        self
    }
}

/// `None` while the last chunk is missing.
fn unchunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = rest.windows(2).position(|w| w == b"\r\n")?;
        let size = std::str::from_utf8(&rest[..line])
            .ok()
            .and_then(|s| usize::from_str_radix(s.trim(), 16).ok())
            .expect("a size");
        let end = line + 2 + size;
        if rest.len() < end + 2 {
            return None;
        }
        body.extend_from_slice(&rest[line + 2..end]);
        if size == 0 {
            return Some(body);
        }
        rest = &rest[end + 2..];
    }
}
