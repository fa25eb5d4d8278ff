//! What the picture says, in both languages; protocol words stay English. A `%` and a letter is a gap (`Gaps`).

use alloc::string::String;

use crate::svg::{decimal, duration};

/// A language of the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lang {
    /// Chinese.
    Zh,
    /// English.
    En,
}

impl Lang {
    /// By its tag: what starts with `zh` is Chinese, all else English.
    pub fn of(tag: &str) -> Lang {
        if tag.starts_with("zh") { Lang::Zh } else { Lang::En }
    }

    /// The one of both.
    pub fn pick(self, both: (&'static str, &'static str)) -> &'static str {
        match self {
            Lang::Zh => both.0,
            Lang::En => both.1,
        }
    }
}

/// What goes into the gaps of a template.
#[derive(Debug, Clone, Copy, Default)]
pub struct Gaps<'a> {
    /// `%t`: a length of time, µs.
    pub time: u64,
    /// It was longer than that.
    pub open: bool,
    /// `%n`, `%m`.
    pub numbers: [u64; 2],
    /// `%a`, `%b`: letters.
    pub letters: [&'a str; 2],
}

/// Fills a template.
pub fn fill(out: &mut String, lang: Lang, template: &str, gaps: &Gaps) {
    let mut gap = false;
    for c in template.chars() {
        let [n, m] = gaps.numbers;
        match (core::mem::replace(&mut gap, c == '%'), c) {
            (true, 't') => {
                out.push_str(if gaps.open { ">\u{a0}" } else { "" });
                duration(out, gaps.time);
            }
            (true, 'n' | 'm') => decimal(out, (if c == 'n' { n } else { m }) as i64, 0),
            (true, _) => {
                let letters = gaps.letters[usize::from(c == 'b')];
                for l in if letters.is_empty() { "…" } else { letters }.chars() {
                    match l {
                        ',' => out.push_str(lang.pick(("、", ", "))),
                        l => out.push(l),
                    }
                }
            }
            (false, '%') => {}
            (_, c) => out.push(c),
        }
    }
}

/// A name in both languages.
pub type Both = (&'static str, &'static str);

/// Names of the two ends, and of the router between them.
pub const HOSTS: [Both; 2] = [("客户端", "Client"), ("服务端", "Server")];
/// The router.
pub const ROUTER: Both = ("路由器", "Router");
/// What the neighbour table says.
pub const NEIGHBOUR: Both = ("邻居表：%a", "neighbour table: %a");
/// Nobody has an address.
pub const UNREACHED: Both = ("没人应答 ARP：去 %a 的包没有发出", "no ARP answer: a packet to %a never left");
/// What a path takes.
pub const PATH_MTU: Both = ("到 %a 的路径 MTU：%n", "path MTU to %a: %n");
/// Fragments waited in vain.
pub const REASSEMBLY: Both = ("分片没有到齐，丢弃", "fragments missing, the rest discarded");
/// A flow is remembered.
pub const TRACKED: Both = ("conntrack 记下 ", "conntrack: ");
/// Its answers come from elsewhere.
pub const ANSWERS: Both = ("，应答 ", ", answers ");
/// It is not any more.
pub const FORGOTTEN: Both = ("conntrack 删除 ", "conntrack forgets ");
/// The run ended there.
pub const STOPPED_TIME: Both = ("运行在 %t 停止：到了时间上限", "stopped at %t: limit of time");
/// It had too many events.
pub const STOPPED_EVENTS: Both = ("运行在 %t 停止：事件太多", "stopped at %t: limit of events");
/// Its trace was too long.
pub const STOPPED_MEMORY: Both = ("运行在 %t 停止：记录太长", "stopped at %t: limit of memory");
/// The sentence for those who hear the picture: from, to, packets, lost.
pub const ABOUT: Both =
    ("时序图，到 %t 为止：%n 个包，其中 %m 个丢失。", "Sequence diagram up to %t: packets %n, lost %m.");
/// The longest wait, added to it.
pub const LONGEST: Both = ("最长的等待：", " Longest wait: ");
/// Packets drawn without words.
pub const UNNAMED: Both = ("图中有 %n 个包没有标注，表里都有", "Packets without a label here: %n. The table has all");
/// Calls, states and waits drawn without words.
pub const LEFT_OUT: Both = ("没画出的标注：%n，表里都有", "Labels left out: %n. The table has all");
/// A packet that the link lost.
pub const LOST: Both = ("丢失", "lost");
/// A packet that was sent before.
pub const AGAIN: Both = ("重传", "retransmitted");
/// A packet to which the receiver did nothing.
pub const REFUSED: Both = ("被丢弃：", "discarded: ");
/// A packet that asks whether the peer is there.
pub const PROBE: Both = ("探测", "probe");
/// Nothing is going on.
pub const QUIET: Both = ("没有包在路上。", "Nothing is on the wire.");
/// Packets are on the wire.
pub const FLYING: Both = ("路上：", "On the wire: ");
/// Between words.
pub const COMMA: Both = ("，", ", ");
/// Between packets.
pub const SEMICOLON: Both = ("；", "; ");
/// How a call blocked, behind its name.
pub const BLOCKED: Both = ("，阻塞 %t", ", blocked for %t");
/// A state begins.
pub const STATE: Both = ("状态 ", "state ");
