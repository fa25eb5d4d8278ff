//! The waits of a run: which of the stack's or the program's rules explains that nothing happens. Codes, times and
//! numbers; what they say stands with the codes.

use alloc::string::String;
use alloc::vec::Vec;

use netsim::tcp::recovery::CaState;
use netsim::tcp::state as tcp;
use netsim::trace::SocketView;

use crate::code::Wait;
use crate::facts::State;
use crate::packet::{Kind, Packet};
use crate::story::Story;
use crate::words::{Gaps, Lang, fill};

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
        let missing = story.writes_in(first.conn, (first.role & 1) ^ 1, first.wants, first.wants + 1);
        w.letters[0] = story.names(&missing);
        return;
    }
    let since = story.looks.partition_point(|l| l.at < w.from);
    let during = story.looks.iter().skip(since).take_while(|l| l.at < w.to);
    let most = during.filter(|l| l.id == last.id && l.host == last.host);
    let most = |of: fn(&SocketView) -> u32| most.clone().filter_map(|l| l.view.map(of)).max().unwrap_or(0);
    if code == Wait::Unread {
        w.numbers = [most(unread).into(), 0];
        return;
    }
    let flying = v.send_q.saturating_sub(v.unsent);
    w.numbers = [most(|v| v.unsent).into(), flying.into()];
    let names = |from, to| story.names(&story.writes_in(first.conn, first.role, from, to));
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
            match story.view_at(p.conn, p.role, p.at).map(|v| v.ca) {
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
    let Some(view) = story.view_at(s.conn, s.role, s.to.saturating_sub(1)) else { return };
    let Some((_, due)) = view.timer.filter(|t| near(t.1.as_micros(), s.to)) else { return };
    let last = story.packets.iter().rev().find(|p| p.conn == s.conn && p.role == s.role && p.at < s.to);
    if let Some(last) = last.filter(|p| due.as_micros() > p.at && p.arrived.is_none()) {
        push(out, Wait::GivesUp, s.host, Some(s.conn), last.at, s.to);
    }
}

fn near(a: u64, b: u64) -> bool {
    a.abs_diff(b) < 1_000
}
