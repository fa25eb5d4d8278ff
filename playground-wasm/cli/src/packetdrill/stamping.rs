//! `SO_TIMESTAMPING` of what is sent: when the last byte of each call was handed down, left, and was acknowledged.

use std::collections::{BTreeMap, VecDeque};

use netsim::errno::Errno;
use netsim::host::Host;
use netsim::tcp::segment::Seq;

use super::calls::{Answer, field, number};
use super::run::TOLERANCE;

/// A moment in the error queue: its kind, the byte it belongs to, and when it was, microseconds of the script.
#[derive(Debug, Clone, Copy)]
struct Moment {
    kind: &'static str,
    byte: u32,
    at: i64,
}

/// A byte whose moments are wanted.
#[derive(Debug, Clone, Copy)]
struct Watched {
    byte: Seq,
    sent: bool,
}

#[derive(Debug, Clone, Default)]
struct Sock {
    kinds: Vec<&'static str>,
    /// Bytes are counted from here (`SOF_TIMESTAMPING_OPT_ID`).
    base: u32,
    watched: VecDeque<Watched>,
    queue: VecDeque<Moment>,
}

/// All sockets that asked for it.
#[derive(Debug, Clone, Default)]
pub struct Stamping {
    socks: BTreeMap<u32, Sock>,
}

impl Stamping {
    /// Reads the flags of the option; bytes are counted from `una`.
    pub fn set(&mut self, id: u32, flags: &str, una: Seq) -> Result<(), String> {
        let mut sock = Sock { base: una.0, ..Sock::default() };
        for flag in flags.trim_matches(['[', ']']).split('|') {
            match flag.trim() {
                "SOF_TIMESTAMPING_TX_SCHED" => sock.kinds.push("SCM_TSTAMP_SCHED"),
                "SOF_TIMESTAMPING_TX_SOFTWARE" => sock.kinds.push("SCM_TSTAMP_SND"),
                "SOF_TIMESTAMPING_TX_ACK" => sock.kinds.push("SCM_TSTAMP_ACK"),
                "SOF_TIMESTAMPING_SOFTWARE" | "SOF_TIMESTAMPING_OPT_ID" => {}
                other => return Err(format!("{other} is not supported")),
            }
        }
        self.socks.insert(id, sock);
        Ok(())
    }

    /// A call wrote from here to there.
    pub fn written(&mut self, id: u32, from: Seq, to: Seq) {
        if let Some(sock) = self.socks.get_mut(&id)
            && from != to
        {
            sock.watched.push_back(Watched { byte: to - 1, sent: false });
        }
    }

    /// What has happened to the bytes by now.
    pub fn look(&mut self, at: i64, host: &Host) {
        for (id, sock) in &mut self.socks {
            let Some(tcb) = host.tcb(*id) else { continue };
            let (nxt, una, base) = (tcb.snd.nxt, tcb.snd.una, sock.base);
            for w in &mut sock.watched {
                let byte = w.byte.0.wrapping_sub(base);
                if !w.sent && nxt.after(w.byte) {
                    w.sent = true;
                    let kinds = sock.kinds.iter().filter(|k| **k != "SCM_TSTAMP_ACK");
                    sock.queue.extend(kinds.map(|kind| Moment { kind, byte, at }));
                }
                if una.after(w.byte) {
                    let kinds = sock.kinds.iter().filter(|k| **k == "SCM_TSTAMP_ACK");
                    sock.queue.extend(kinds.map(|kind| Moment { kind, byte, at }));
                }
            }
            sock.watched.retain(|w| !una.after(w.byte));
        }
    }

    /// `recvmsg(…, MSG_ERRQUEUE)`: the next moment is told, and compared.
    pub fn told(&mut self, id: u32, text: &str, want: &Answer) -> Result<(), String> {
        let Some(sock) = self.socks.get_mut(&id) else {
            return Err("an error queue without SO_TIMESTAMPING is not supported".to_owned());
        };
        let Some(m) = sock.queue.pop_front() else { return want.check(Err(Errno::EAGAIN)) };
        want.check(Ok(0))?;
        let of = |name: &str| field(text, name).ok_or(format!("{name} is missing")).and_then(number);
        let at = of("scm_sec")? * 1_000_000 + of("scm_nsec")? / 1_000;
        if field(text, "ee_info") != Some(m.kind) || of("ee_data")? != i64::from(m.byte) {
            return Err(format!("{} of byte {}", m.kind, m.byte));
        }
        if (at - m.at).abs() > TOLERANCE {
            return Err(format!("{} of byte {} was at {} us", m.kind, m.byte, m.at));
        }
        Ok(())
    }
}
