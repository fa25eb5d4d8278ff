//! Segments as scripts write them: `S. 0:0(0) ack 1 win 65535 <mss 1460,nop,wscale 8>`.

use netsim::tcp::segment::{Block, Flags, Options, Seq, Stamp};

use super::reader::Reader;

/// A segment as a script writes it.
#[derive(Debug, Clone, Default)]
pub struct Packet {
    /// Control bits.
    pub flags: Flags,
    /// First sequence number.
    pub seq: u32,
    /// Payload.
    pub len: u32,
    /// Acknowledgment.
    pub ack: Option<u32>,
    /// Window field.
    pub win: Option<u32>,
    /// Options; none: not compared.
    pub options: Option<Options>,
    /// `[ect0]` and the like.
    pub ecn: Option<u8>,
}

fn number(text: &str) -> Result<u32, String> {
    text.parse::<u32>().map_err(|_| format!("{text} is no number"))
}

/// Reads what follows `<` or, outgoing, `>`.
pub fn packet(p: &mut Reader, outgoing: bool) -> Result<Packet, String> {
    let mut k = Packet::default();
    p.blanks();
    if p.eat("[") {
        let mark = p.until(']');
        k.ecn = Some(match mark.trim() {
            "noecn" => 0,
            "ect1" => 1,
            "ect0" => 2,
            "ce" | "ect01" => 3,
            other => return Err(format!("[{other}] is not known")),
        });
        p.blanks();
    }
    if p.peek() == Some('i') {
        return Err("ICMP packets are not supported".to_owned());
    }
    let flags = p.word(|c| !c.is_whitespace());
    for c in flags.chars() {
        k.flags |= match c {
            'S' => Flags::SYN,
            'F' => Flags::FIN,
            'R' => Flags::RST,
            'P' => Flags::PSH,
            '.' => Flags::ACK,
            'U' => Flags::URG,
            'E' => Flags::ECE,
            'W' => Flags::CWR,
            '-' => Flags::NONE,
            other => return Err(format!("flag {other} is not supported")),
        };
    }
    p.blanks();
    let range = p.word(|c| c.is_ascii_digit() || c == ':' || c == '(' || c == ')');
    let (start, rest) = range.split_once(':').ok_or(format!("{range} is no range of sequence numbers"))?;
    let (_, len) = rest.split_once('(').ok_or(format!("{range} has no length"))?;
    k.seq = number(start)?;
    k.len = number(len.trim_end_matches(')'))?;
    if k.len > 65_535 && !outgoing {
        return Err(format!("a packet of {} bytes", k.len));
    }
    k.options = Some(Options::default());
    loop {
        p.blanks();
        if p.eat("ack ") {
            p.blanks();
            k.ack = Some(number(&p.word(|c| c.is_ascii_digit()))?);
        } else if p.eat("win ") {
            p.blanks();
            k.win = Some(number(&p.word(|c| c.is_ascii_digit()))?);
        } else if p.eat("urg ") {
            return Err("urgent data is not supported".to_owned());
        } else if p.eat("<") {
            let text = p.until('>');
            k.options = if text.trim() == "..." { None } else { Some(options(&text)?) };
        } else {
            break;
        }
    }
    let rest = p.word(|c| c != '\n');
    if rest.trim().is_empty() { Ok(k) } else { Err(format!("{} after a packet is not known", rest.trim())) }
}

fn options(text: &str) -> Result<Options, String> {
    let mut o = Options::default();
    for part in text.split(',') {
        let words: Vec<&str> = part.split_whitespace().collect();
        match words.as_slice() {
            ["nop" | "eol"] | [] => {}
            ["mss", n] => o.mss = Some(number(n)? as u16),
            ["wscale", n] => o.wscale = Some(number(n)? as u8),
            ["sackOK"] => o.sack_ok = true,
            ["TS", "val", val, "ecr", ecr] => o.stamp = Some(Stamp { val: number(val)?, ecr: number(ecr)? }),
            ["sack", blocks @ ..] => {
                for b in blocks {
                    let (start, end) = b.split_once(':').ok_or(format!("{b} is no SACK block"))?;
                    o.sack.push(Block { start: Seq(number(start)?), end: Seq(number(end)?) });
                }
            }
            ["md5", ..] => o.md5 = true,
            other => return Err(format!("option {} is not supported", other.join(" "))),
        }
    }
    Ok(o)
}
