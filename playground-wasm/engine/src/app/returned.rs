//! What a call that returned is told as, and what follows it.

use alloc::rc::Rc;

use super::{App, Pending, Then, Wait};
use crate::calls::Call;
use crate::errno::Errno;
use crate::host::Host;
use crate::time::{SimTime, Span};
use crate::trace::{Args, CallName};

/// From the return of a call that waited to the next call.
const THINK: Span = Span::micros(130);

impl App {
    /// A call returned: it is told, and the thread goes on.
    pub(super) fn returned(&mut self, i: usize, now: SimTime, host: &mut Host, p: Pending, result: Result<i64, Errno>) {
        let mut f = p.fact;
        f.took = now.since(p.began);
        let asked = f.n;
        let name = f.call;
        let mut id = p.id;
        let mut result = result;
        if let (Then::Name(sock), Ok(child)) = (&p.then, result) {
            id = child as u32;
            self.name(sock, id);
            result = Ok(0);
        }
        f.client = match p.then {
            Then::Name(_) if result.is_err() => None,
            Then::Name(_) | Then::Next | Then::Fill(_) | Then::Drain => self.client_end(host, id).or(f.client),
        };
        if let Call::RecvFrom { got: Some((from, real)), peek, trunc, dontwait, .. } = p.call {
            self.senders.insert(id, from);
            f.args = Some(Rc::new(Args::Datagram { from, real, flags: [peek, trunc, dontwait] }));
        }
        f.result = Some(result);
        let sock = f.sock.clone();
        self.facts.push(f);
        let got = result.unwrap_or(0);
        if name == CallName::Recv && got > 0 {
            self.read_at = Some(now);
        }
        let sock = sock.as_deref().unwrap_or("c");
        match p.then {
            Then::Fill(left) if got > 0 && (got as u32) < left => {
                let left = left - got as u32;
                let call = Call::Recv { n: left, dontwait: false };
                self.call(i, now, host, id, call, CallName::Recv, sock, Some(left), Then::Fill(left));
            }
            Then::Drain if got > 0 => {
                let n = asked.unwrap_or(65_536) as u32;
                let call = Call::Recv { n, dontwait: false };
                self.call(i, now, host, id, call, CallName::Recv, sock, Some(n), Then::Drain);
            }
            Then::Drain => {}
            Then::Fill(_) if got > 0 => self.think(i, now, name, p.began),
            Then::Fill(_) => self.short(i),
            Then::Name(_) if result.is_ok() => self.think(i, now, name, p.began),
            Then::Name(_) => self.short(i),
            Then::Next => {
                let ok = match name {
                    CallName::Recv => got > 0,
                    CallName::Send | CallName::Sendv | CallName::SendTo => Some(got as u64) == asked && result.is_ok(),
                    CallName::Listen
                    | CallName::Accept
                    | CallName::Connect
                    | CallName::Setopt
                    | CallName::Shutdown
                    | CallName::Close
                    | CallName::Ss
                    | CallName::Bind
                    | CallName::RecvFrom
                    | CallName::OriginalDst
                    | CallName::Arping
                    | CallName::Exit => result.is_ok(),
                };
                if !ok {
                    self.short(i);
                }
                self.think(i, now, name, p.began);
            }
        }
    }

    /// After waiting for a connection or for data, a program needs a moment until its next call.
    fn think(&mut self, i: usize, now: SimTime, name: CallName, began: SimTime) {
        if began < now
            && matches!(name, CallName::Recv | CallName::Accept | CallName::RecvFrom)
            && matches!(self.threads[i].wait, Wait::Until(_))
        {
            self.threads[i].wait = Wait::Until(now + THINK);
        }
    }
}
