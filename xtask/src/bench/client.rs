//! HTTP/1.1 as a bench needs it: one connection, GET, the answer in full. Refuses what it does not understand.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

/// Longer than this and the server counts as silent.
const PATIENCE: Duration = Duration::from_secs(10);

/// An answer.
pub struct Answer {
    /// 200, 304, …
    pub status: u16,
    /// Names in lower case, as they came.
    pub headers: Vec<(String, String)>,
    /// As sent: still compressed.
    pub body: Vec<u8>,
}

impl Answer {
    /// The first header of that name, in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// A connection that is kept.
pub struct Connection {
    reader: BufReader<TcpStream>,
}

impl Connection {
    /// Connects.
    pub fn open(address: SocketAddr) -> Result<Connection> {
        let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Connection { reader: BufReader::with_capacity(32 * 1024, stream) })
    }

    /// Asks for a path; `encoding` is what `Accept-Encoding` says.
    pub fn get(&mut self, path: &str, encoding: &str) -> Result<Answer> {
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nAccept-Encoding: {encoding}\r\n\r\n"
        );
        self.reader.get_mut().write_all(request.as_bytes())?;
        read_answer(&mut self.reader).with_context(|| format!("GET {path}"))
    }
}

/// One answer to one question on a connection of its own.
pub fn get(address: SocketAddr, path: &str, encoding: &str) -> Result<Answer> {
    Connection::open(address)?.get(path, encoding)
}

fn read_answer(reader: &mut impl BufRead) -> Result<Answer> {
    let first = line(reader)?;
    let status = first.split(' ').nth(1).and_then(|code| code.parse().ok());
    let status =
        status.filter(|_| first.starts_with("HTTP/1.")).with_context(|| format!("`{first}` is no status line"))?;
    let mut headers = Vec::new();
    loop {
        let text = line(reader)?;
        if text.is_empty() {
            break;
        }
        let (name, value) = text.split_once(':').with_context(|| format!("`{text}` is no header"))?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut answer = Answer { status, headers, body: Vec::new() };
    answer.body = read_body(reader, &answer)?;
    Ok(answer)
}

fn read_body(reader: &mut impl BufRead, answer: &Answer) -> Result<Vec<u8>> {
    if matches!(answer.status, 204 | 304) {
        return Ok(Vec::new());
    }
    if let Some(length) = answer.header("content-length") {
        let mut body = vec![0; length.parse().context("content-length is no number")?];
        reader.read_exact(&mut body)?;
        return Ok(body);
    }
    ensure!(answer.header("transfer-encoding") == Some("chunked"), "an answer without a length");
    let mut body = Vec::new();
    loop {
        let size = line(reader)?;
        let size =
            usize::from_str_radix(size.split(';').next().unwrap_or("").trim(), 16).context("a chunk without a size")?;
        let from = body.len();
        body.resize(from + size, 0);
        reader.read_exact(&mut body[from..])?;
        ensure!(line(reader)?.is_empty(), "a chunk without an end");
        if size == 0 {
            return Ok(body);
        }
    }
}

fn line(reader: &mut impl BufRead) -> Result<String> {
    let mut text = String::new();
    if reader.take(64 * 1024).read_line(&mut text)? == 0 {
        bail!("the server hung up");
    }
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str) -> Result<Answer> {
        read_answer(&mut text.as_bytes())
    }

    #[test]
    fn answers_are_read_to_their_end() {
        let plain = answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: \"x\"\r\n\r\nhelloHTTP").unwrap();
        assert_eq!((plain.status, plain.body.as_slice(), plain.header("etag")), (200, &b"hello"[..], Some("\"x\"")));
        let chunked =
            answer("HTTP/1.1 404 Not Found\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
                .unwrap();
        assert_eq!((chunked.status, chunked.body.as_slice()), (404, &b"abcde"[..]));
        assert!(answer("HTTP/1.1 304 Not Modified\r\n\r\n").unwrap().body.is_empty());
    }

    #[test]
    fn half_answers_are_errors() {
        for text in [
            "",
            "SSH-2.0\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort",
            "HTTP/1.1 200 OK\r\n\r\nno length",
        ] {
            assert!(answer(text).is_err(), "{text}");
        }
    }
}
