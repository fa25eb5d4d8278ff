//! The waits of a run: which of the stack's or the program's rules explains that nothing happens. Codes, times and
//! numbers; what they say stands beside the code, for both languages.

use alloc::string::String;
use alloc::vec::Vec;

use netsim::tcp::recovery::CaState;
use netsim::tcp::state as tcp;
use netsim::trace::SocketView;

use crate::story::{Kind, Packet, State, Story, names};
use crate::words::{Both, Gaps, Lang, fill};

/// Which rule makes a host wait. In the order of how much they explain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wait {
    /// A small segment waits for the ACK of another (RFC 896, Minshall's variant).
    Nagle,
    /// Bytes that came must wait for one that did not.
    Hole,
    /// An ACK waits for data to ride on.
    DelayedAck,
    /// `TCP_CORK` or `MSG_MORE` holds a small segment.
    Cork,
    /// The peer's window is zero.
    ZeroWindow,
    /// A SYN or SYN, ACK is unanswered and will be sent again.
    SynRetry,
    /// The retransmission timer runs.
    Rto,
    /// A tail loss probe is due.
    LossProbe,
    /// RACK: what looks lost may only be late.
    Reorder,
    /// Keepalive: nothing was heard for so long.
    Keepalive,
    /// A probe is unanswered: the next one.
    Reprobe,
    /// Retries are over: the last wait before the kernel gives up.
    GivesUp,
    /// The accept queue is full.
    AcceptFull,
    /// Connections wait for `accept`.
    Accept,
    /// Bytes came, the program does not read them.
    Unread,
    /// The peer closed, the program did not.
    CloseWait,
    /// The peer does not close.
    FinWait2,
    /// Old packets may still be about.
    TimeWait,
    /// The peer's window is full.
    Window,
    /// The congestion window is full.
    Congestion,
}

impl Wait {
    /// Its name in data.
    pub fn name(self) -> &'static str {
        match self {
            Wait::Nagle => "nagle",
            Wait::Hole => "hole",
            Wait::DelayedAck => "delayed-ack",
            Wait::Cork => "cork",
            Wait::ZeroWindow => "zero-window",
            Wait::SynRetry => "syn-retry",
            Wait::Rto => "rto",
            Wait::LossProbe => "loss-probe",
            Wait::Reorder => "reorder",
            Wait::Keepalive => "keepalive",
            Wait::Reprobe => "reprobe",
            Wait::Unread => "unread",
            Wait::GivesUp => "gives-up",
            Wait::AcceptFull => "accept-full",
            Wait::Accept => "accept",
            Wait::CloseWait => "close-wait",
            Wait::FinWait2 => "fin-wait-2",
            Wait::TimeWait => "time-wait",
            Wait::Window => "window",
            Wait::Congestion => "congestion",
        }
    }

    /// The sentence, and the few words for a narrow drawing.
    fn says(self) -> [Both; 2] {
        match self {
            Wait::Nagle => [
                ("Nagle：%a 还没被确认，%b 先攒着", "Nagle: %a is not acked, so %b must wait"),
                ("Nagle 攒着 %b", "Nagle holds %b"),
            ],
            Wait::Hole => [
                ("%a 缺字节：后面 %n B 到了也读不出", "%a lacks bytes: %n B behind them cannot be read"),
                ("%a 缺字节", "%a lacks bytes"),
            ],
            Wait::DelayedAck => [
                ("延迟 ACK：等数据一起走，%t", "Delayed ACK: waits %t for data to ride on"),
                ("延迟 ACK %t", "Delayed ACK %t"),
            ],
            Wait::Cork => [
                ("cork：%b 不满一个段，等 %t", "Corked: %b is less than a segment, held %t"),
                ("cork 攒着 %b", "Corked %b"),
            ],
            Wait::ZeroWindow => [
                ("对端窗口为 0：%n B 发不出去，只能探测", "Peer's window is 0: %n B cannot leave, only probes can"),
                ("对端窗口 0", "Window 0"),
            ],
            Wait::SynRetry => {
                [("SYN 没有回应，%t 后重发", "SYN unanswered: sent again after %t"), ("%t 后重发", "Again after %t")]
            }
            Wait::Rto => [("等不到 ACK，RTO 到期重传：%t", "No ACK: the RTO fires after %t"), ("RTO %t", "RTO %t")],
            Wait::LossProbe => {
                [("%t 没有 ACK，发尾部丢包探测 (TLP)", "No ACK for %t: a tail loss probe (TLP)"), ("TLP %t", "TLP %t")]
            }
            Wait::Reorder => [
                ("也许只是乱序：RACK 等 %t 再重传", "Perhaps only late: RACK waits %t, then sends again"),
                ("RACK %t", "RACK %t"),
            ],
            Wait::Keepalive => {
                [("空闲 %t，发 keepalive 探测", "Idle for %t: a keepalive probe"), ("空闲 %t", "Idle %t")]
            }
            Wait::Reprobe => {
                [("探测没有回应，%t 后再探", "No answer: another probe after %t"), ("%t 后再探", "Again after %t")]
            }
            Wait::Unread => [
                ("程序没有读：接收缓冲里有 %n B", "Program does not read: %n B in the receive buffer"),
                ("%n B 没读", "%n B unread"),
            ],
            Wait::GivesUp => [("再等 %t 没有回应，放弃", "No answer for %t: gives up"), ("%t 后放弃", "Gives up: %t")],
            Wait::AcceptFull => [
                ("accept 队列满：%n 个在等，上限 %m", "Accept queue full: %n wait, backlog %m"),
                ("队列满 %n/%m", "Queue full %n/%m"),
            ],
            Wait::Accept => [
                ("accept 队列里有 %n 个，没人 accept", "Accept queue: %n wait, nobody accepts"),
                ("没人 accept", "No accept"),
            ],
            Wait::CloseWait => {
                [("对端已关，程序没有 close，%t", "Peer closed, the program did not: %t"), ("没有 close", "No close()")]
            }
            Wait::FinWait2 => [("等对端的 FIN，%t", "Waits %t for the peer's FIN"), ("等 FIN %t", "No FIN: %t")],
            Wait::TimeWait => [("等旧包消失，%t", "Waits %t for old packets to die"), ("等 %t", "Waits %t")],
            Wait::Window => {
                [("对端窗口用完，还有 %n B 要发", "Peer's window is full, %n B to go"), ("窗口用完", "Window full")]
            }
            Wait::Congestion => {
                [("拥塞窗口用完，还有 %n B 要发", "cwnd is full, %n B to go"), ("cwnd 用完", "cwnd full")]
            }
        }
    }
}

/// One wait.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Why.
    pub code: Wait,
    /// Who waits.
    pub host: usize,
    /// Its connection, by place in the story; none of a listener.
    pub conn: Option<usize>,
    /// Since when, µs.
    pub from: u64,
    /// Until when it is seen.
    pub to: u64,
    /// How long it lasts, as far as is known.
    pub lasts: u64,
    /// It was not over when the run was.
    pub open: bool,
    /// Bytes that wait and bytes that block them; of a queue its length and limit.
    pub numbers: [u64; 2],
    /// Letters of the writes that are not acknowledged, and of those that wait.
    pub letters: [String; 2],
}

impl Waiting {
    /// What it says.
    pub fn words(&self, lang: Lang, brief: bool) -> String {
        let mut out = String::new();
        let both = self.code.says()[usize::from(brief)];
        let gaps = Gaps {
            time: self.lasts,
            open: self.open,
            numbers: self.numbers,
            letters: [&self.letters[0], &self.letters[1]],
        };
        fill(&mut out, lang, lang.pick(both), &gaps);
        out
    }
}

/// Bytes to be read; the queue counts the peer's FIN as one.
fn unread(v: &SocketView) -> u32 {
    let closed = matches!(v.state, tcp::State::CloseWait | tcp::State::LastAck | tcp::State::Closing);
    v.recv_q.saturating_sub(closed.into())
}

/// What keeps a socket from sending, if something does.
fn held(view: &SocketView, corked: bool, nodelay: bool) -> Option<Wait> {
    let flying = view.send_q.saturating_sub(view.unsent);
    if view.unsent == 0 || flying + view.unsent == 1 && view.snd_wnd > 0 {
        None
    } else if view.snd_wnd == 0 {
        Some(Wait::ZeroWindow)
    } else if view.unsent < view.mss && corked {
        Some(Wait::Cork)
    } else if view.out[0] >= view.cwnd + view.out[1] {
        Some(Wait::Congestion)
    } else if view.send_q > view.snd_wnd {
        Some(Wait::Window)
    } else if view.unsent < view.mss && flying > 0 && !nodelay {
        Some(Wait::Nagle)
    } else if view.unsent < view.mss && flying == 0 {
        Some(Wait::Cork)
    } else {
        None
    }
}

/// All waits of a story.
pub fn waits(story: &Story) -> Vec<Waiting> {
    let mut out = Vec::new();
    sockets(story, &mut out);
    for p in &story.packets {
        retry(story, p, &mut out);
    }
    for s in &story.states {
        let code = match s.name {
            "CLOSE-WAIT" => Wait::CloseWait,
            "FIN-WAIT-2" => Wait::FinWait2,
            "TIME-WAIT" => Wait::TimeWait,
            _ => {
                gave_up(story, s, &mut out);
                continue;
            }
        };
        if let Some(w) = push(&mut out, code, s.host, Some(s.conn), s.from, s.to).filter(|_| s.open) {
            let due = s.due.filter(|_| code != Wait::CloseWait);
            (w.lasts, w.open) = (due.map_or(w.lasts, |due| due - s.from), due.is_none());
        }
    }
    for q in &story.queues {
        let code = if q.most.0 > q.most.1 { Wait::AcceptFull } else { Wait::Accept };
        if let Some(w) = push(&mut out, code, q.host, None, q.from, q.to) {
            w.numbers = [q.most.0.into(), q.most.1.into()];
        }
    }
    out
}

fn push(
    out: &mut Vec<Waiting>,
    code: Wait,
    host: usize,
    conn: Option<usize>,
    from: u64,
    to: u64,
) -> Option<&mut Waiting> {
    if to <= from {
        return None;
    }
    out.push(Waiting {
        code,
        host,
        conn,
        from,
        to,
        lasts: to - from,
        open: false,
        numbers: [0; 2],
        letters: Default::default(),
    });
    out.last_mut()
}

/// What a socket waits for, since which look, and up to which.
type Open = Option<(Wait, usize, usize)>;

/// The waits that a socket's values tell: four at most at a time: to send, to acknowledge, to be heard, to be read.
fn sockets(story: &Story, out: &mut Vec<Waiting>) {
    let mut open: Vec<(usize, u32, [Open; 4])> = Vec::new();
    for (i, look) in story.looks.iter().enumerate() {
        let slot = match open.iter().position(|o| (o.0, o.1) == (look.host, look.id)) {
            Some(slot) => slot,
            None => {
                open.push((look.host, look.id, [None; 4]));
                open.len() - 1
            }
        };
        let now = look.view.map_or([None; 4], |v| {
            let (corked, nodelay) = story.limits(look.host, look.conn, look.at);
            [
                held(v, corked, nodelay),
                v.delack.map(|_| Wait::DelayedAck),
                (v.early.0 > 0).then_some(Wait::Hole),
                (unread(v) > 0 && !v.orphan && v.early.0 == 0).then_some(Wait::Unread),
            ]
        });
        let Some((.., waits)) = open.get_mut(slot) else { continue };
        for (was, now) in waits.iter_mut().zip(now) {
            match (&mut *was, now) {
                (Some((code, _, last)), Some(now)) if *code == now => *last = i,
                _ => {
                    tell(story, out, *was, look.at);
                    *was = now.map(|code| (code, i, i));
                }
            }
        }
    }
    let told = out.len();
    for was in open.iter().flat_map(|o| o.2) {
        tell(story, out, was, story.end);
    }
    for w in out.iter_mut().skip(told) {
        w.open = true;
    }
}

fn tell(story: &Story, out: &mut Vec<Waiting>, was: Open, to: u64) {
    let Some((code, first, last)) = was else { return };
    let (Some(first), Some(last)) = (story.looks.get(first), story.looks.get(last)) else { return };
    let Some(v) = last.view else { return };
    let Some(w) = push(out, code, first.host, Some(first.conn), first.at, to) else { return };
    if code == Wait::Hole {
        w.numbers = [v.early.0.into(), v.early.1.into()];
        let missing = story.writes_in(1 - first.host, first.conn, first.wants, first.wants + 1);
        w.letters[0] = names(&missing);
        return;
    }
    let most = story.looks.iter().filter(|l| l.id == last.id && l.host == last.host && (w.from..w.to).contains(&l.at));
    let most = |of: fn(&SocketView) -> u32| most.clone().filter_map(|l| l.view.map(of)).max().unwrap_or(0);
    if code == Wait::Unread {
        w.numbers = [most(unread).into(), 0];
        return;
    }
    let flying = v.send_q.saturating_sub(v.unsent);
    w.numbers = [most(|v| v.unsent).into(), flying.into()];
    let names = |from, to| names(&story.writes_in(first.host, first.conn, from, to));
    w.letters = [names(last.nxt.saturating_sub(flying), last.nxt), names(last.nxt, last.nxt + v.unsent)];
}

/// The wait that a retransmission or probe ends.
fn retry(story: &Story, p: &Packet, out: &mut Vec<Waiting>) {
    let again = p.again || p.kind == Kind::Probe;
    if !again {
        return;
    }
    let (since, view) = story.quiet_before(p);
    if p.at.saturating_sub(since) < 2_000 {
        return;
    }
    let code = match (view.and_then(|v| v.timer), p.kind) {
        (_, Kind::Syn | Kind::SynAck) => Wait::SynRetry,
        (Some(("keepalive", due)), Kind::Probe) if near(due.as_micros(), p.at) => {
            let before = story.packets.iter().rev().find(|q| q.conn == p.conn && q.number < p.number);
            if before.is_some_and(|q| q.kind == Kind::Probe) { Wait::Reprobe } else { Wait::Keepalive }
        }
        (Some(("retrans", due)), _) if near(due.as_micros(), p.at) => {
            match story.view_at(p.host, p.conn, p.at).map(|v| v.ca) {
                Some(CaState::Loss) => Wait::Rto,
                Some(CaState::Recovery) => Wait::Reorder,
                _ => Wait::LossProbe,
            }
        }
        _ => return,
    };
    push(out, code, p.host, Some(p.conn), since, p.at);
}

/// A state that a timer ended.
fn gave_up(story: &Story, s: &State, out: &mut Vec<Waiting>) {
    let Some(view) = story.view_at(s.host, s.conn, s.to.saturating_sub(1)) else { return };
    let Some((_, due)) = view.timer.filter(|t| near(t.1.as_micros(), s.to)) else { return };
    let last = story.packets.iter().rev().find(|p| p.conn == s.conn && p.host == s.host && p.at < s.to);
    if let Some(last) = last.filter(|p| due.as_micros() > p.at && p.arrived.is_none()) {
        push(out, Wait::GivesUp, s.host, Some(s.conn), last.at, s.to);
    }
}

fn near(a: u64, b: u64) -> bool {
    a.abs_diff(b) < 1_000
}
