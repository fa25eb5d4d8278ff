//! `netsim frame`: a stream cut into reads, and the messages that a codec and a handler make of it.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context, anyhow, bail};
use netsim::framing::http::{Policy, Reader, Side};
use netsim::framing::reader::{self, Handler};
use netsim::framing::spelling::{Misspelt, unhex};
use netsim::framing::{Codec, udp};

/// Options of `netsim frame`.
#[derive(clap::Args)]
pub struct Args {
    /// The stream: a file, or standard input
    #[arg(default_value = "-")]
    input: PathBuf,
    /// The stream is written in hexadecimal; blanks are skipped
    #[arg(long)]
    hex: bool,
    /// none, line, crlf, delimiter=HEX, fixed=N, u8, u16be, u16le, u32be, u32le, varint, http-responses, http-requests
    #[arg(long, default_value = "line")]
    codec: Protocol,
    /// The longest message
    #[arg(long, default_value_t = 64 * 1024)]
    limit: usize,
    /// Sizes of the reads; the last holds for the rest
    #[arg(long, value_delimiter = ',')]
    reads: Vec<usize>,
    /// loop (until nothing is complete), once (one message per read) or naive (every read is a message)
    #[arg(long, default_value = "loop")]
    handler: Handler,
    /// Methods of the requests whose responses come, in order
    #[arg(long, value_delimiter = ',')]
    methods: Vec<String>,
    /// The client trusts Content-Length whatever the status says
    #[arg(long)]
    trusts_length: bool,
    /// Each read size is a datagram instead, received into a buffer of so many bytes
    #[arg(long, value_name = "BUFFER")]
    udp: Option<usize>,
    /// MTU of the link, for datagrams
    #[arg(long, default_value_t = 1500)]
    mtu: usize,
}

/// A codec, or HTTP.
#[derive(Debug, Clone)]
enum Protocol {
    Codec(Codec),
    Http(Side),
}

impl FromStr for Protocol {
    type Err = Misspelt;

    fn from_str(text: &str) -> Result<Protocol, Misspelt> {
        match text {
            "http-responses" => Ok(Protocol::Http(Side::Responses)),
            "http-requests" => Ok(Protocol::Http(Side::Requests)),
            _ => text.parse().map(Protocol::Codec),
        }
    }
}

/// Runs the command.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let stream = input(args)?;
    let pieces = cut(&stream, &args.reads)?;
    let mut out = io::stdout().lock();
    let done = match (&args.codec, args.udp) {
        (Protocol::Codec(codec), None) => frames(&pieces, codec, args, &mut out),
        (Protocol::Http(side), None) => http(&pieces, *side, args, &mut out),
        (Protocol::Codec(codec), Some(room)) => datagrams(&pieces, codec, room, args, &mut out),
        (Protocol::Http(_), Some(_)) => bail!("HTTP/1.1 does not run over datagrams"),
    };
    match done {
        Err(error) if error.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe) => {
            Ok(())
        }
        other => other,
    }
}

fn input(args: &Args) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if args.input == Path::new("-") {
        io::Read::read_to_end(&mut io::stdin(), &mut bytes)?;
    } else {
        bytes = std::fs::read(&args.input).with_context(|| args.input.display().to_string())?;
    }
    if args.hex { unhex(&String::from_utf8_lossy(&bytes)).map_err(|e| anyhow!(e)) } else { Ok(bytes) }
}

fn cut<'a>(stream: &'a [u8], sizes: &[usize]) -> anyhow::Result<Vec<&'a [u8]>> {
    if sizes.contains(&0) {
        bail!("a read of 0 bytes is the end of the stream");
    }
    let mut pieces = Vec::new();
    let mut rest = stream;
    let mut sizes = sizes.iter().copied();
    let mut size = sizes.next().unwrap_or(stream.len());
    while !rest.is_empty() {
        let (piece, tail) = rest.split_at(size.min(rest.len()));
        pieces.push(piece);
        rest = tail;
        size = sizes.next().unwrap_or(size);
    }
    Ok(pieces)
}

fn frames(pieces: &[&[u8]], codec: &Codec, args: &Args, out: &mut impl Write) -> anyhow::Result<()> {
    let seen = reader::read(pieces, codec, args.limit, args.handler);
    for (read, message) in &seen.messages {
        writeln!(out, "read {:>3}  {:>5} bytes  {}", read + 1, message.len(), message.escape_ascii())?;
    }
    match (seen.error, seen.left) {
        (Some((read, error)), _) => {
            writeln!(out, "read {:>3}  {error}; where the next begins is lost, a program has to close", read + 1)?;
        }
        (None, 0) => {}
        (None, left) => writeln!(out, "{left} bytes wait for more")?,
    }
    Ok(())
}

fn http(pieces: &[&[u8]], side: Side, args: &Args, out: &mut impl Write) -> anyhow::Result<()> {
    let policy = if args.trusts_length { Policy::TrustsLength } else { Policy::Rfc };
    let mut reader = Reader::new(side, policy, args.limit);
    args.methods.iter().for_each(|method| reader.expect(method));
    let mut messages = Vec::new();
    let mut end = Ok(());
    for (i, piece) in pieces.iter().enumerate() {
        if let Err(error) = reader.push(piece, |message| messages.push((i + 1, message))) {
            end = Err(error);
            break;
        }
    }
    let end = end.and_then(|()| reader.finish());
    if let Ok(Some(last)) = &end {
        messages.push((pieces.len(), last.clone()));
    }
    for (read, m) in &messages {
        let what = if side == Side::Requests { m.method.clone() } else { m.status.to_string() };
        writeln!(out, "read {read:>3}  {what}  {:?}  {}", m.end, m.body.escape_ascii())?;
    }
    if let Err(error) = end {
        let after = messages.len();
        writeln!(out, "behind message {after}: {error} (a client waits there, or has to close)")?;
    }
    Ok(())
}

fn datagrams(pieces: &[&[u8]], codec: &Codec, room: usize, args: &Args, out: &mut impl Write) -> anyhow::Result<()> {
    for (i, got) in udp::deliver(pieces, room, args.mtu).iter().enumerate() {
        let Some(read) = &got.read else {
            writeln!(out, "datagram {:>3}  EMSGSIZE, nothing is sent", i + 1)?;
            continue;
        };
        let lost = if got.truncated { format!(", {} lost (MSG_TRUNC)", got.dropped) } else { String::new() };
        writeln!(out, "datagram {:>3}  {} bytes{lost}, {} fragments", i + 1, read.len(), got.fragments)?;
        frames(&[read], codec, args, out)?;
    }
    Ok(())
}
