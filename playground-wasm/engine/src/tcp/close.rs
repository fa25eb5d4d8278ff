//! Ending a connection: shutdown, close, abort, and what is left behind (`tcp_close`, `tcp_done`, `tcp_time_wait`).

use super::state::{Cx, State, Tcb};
use super::time_wait::TimeWait;
use crate::errno::Errno;

/// What a close came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closing {
    /// The call returns at once.
    Done,
    /// The caller waits until what is queued is acknowledged (`SO_LINGER`).
    Linger,
}

impl Tcb {
    /// Everything that waits to be sent is forgotten (`tcp_write_queue_purge`).
    pub(super) fn purge(&mut self, cx: &Cx) {
        self.chrono_stop(cx, 1);
        self.snd.rtx.clear();
        self.snd.queue.clear();
        self.snd.wmem = 0;
        self.snd.packets_out = 0;
        self.rec.sacked_out = 0;
        self.rec.lost_out = 0;
        self.rec.retrans_out = 0;
        self.backoff = 0;
    }

    /// The end (`tcp_done`).
    pub(super) fn done(&mut self, _cx: &Cx) {
        self.state = State::Closed;
        self.timers = super::state::Timers::default();
        self.rcv_shutdown = true;
        self.send_shutdown = true;
        self.woken = true;
    }

    /// A small record takes the connection's place (`tcp_time_wait`): TIME_WAIT, or FIN_WAIT_2 without a socket.
    pub(super) fn leave_time_wait(&mut self, cx: &mut Cx, fin_wait2: bool, ms: u64) {
        let rto = cx.ticks.micros(self.rto) / 1_000;
        let rto = (rto << 2) - (rto >> 1);
        let ms = if fin_wait2 { ms.max(rto) } else { super::timeout::TIMEWAIT };
        cx.time_wait = Some(TimeWait {
            local: self.local,
            remote: self.remote,
            fin_wait2,
            rcv_nxt: self.rcv.nxt,
            snd_nxt: self.snd.nxt,
            rcv_wnd: self.receive_window(),
            wscale: self.rcv.wscale,
            stamps: self.stamps,
            ts_recent: self.ts_recent,
            ts_recent_at: self.ts_recent_at.unwrap_or(0),
            ts_offset: self.ts_offset,
            expires: cx.ticks.fires(cx.now, cx.ticks.from_millis(ms)),
            due: cx.now + crate::time::Span::millis(ms),
            last_oow: self.last_oow_ack,
        });
        self.done(cx);
    }

    /// Our FIN is due: which state follows; false if none is (`tcp_close_state`).
    fn close_state(&mut self) -> bool {
        let (next, fin) = match self.state {
            State::SynReceived | State::Established => (State::FinWait1, true),
            State::CloseWait => (State::LastAck, true),
            State::SynSent => (State::Closed, false),
            s @ (State::FinWait1 | State::FinWait2 | State::Closing | State::LastAck | State::Closed) => (s, false),
        };
        self.state = next;
        fin
    }

    /// `shutdown(SHUT_WR)` (`tcp_shutdown`).
    pub fn shutdown_write(&mut self, cx: &mut Cx) {
        self.send_shutdown = true;
        if matches!(self.state, State::Established | State::SynSent | State::SynReceived | State::CloseWait)
            && self.close_state()
        {
            self.send_fin(cx);
        }
    }

    /// `shutdown` in all its ways (`inet_shutdown`): `read`, `write`.
    pub fn shutdown(&mut self, cx: &mut Cx, read: bool, write: bool) -> Result<(), Errno> {
        match self.state {
            State::Closed => Err(Errno::ENOTCONN),
            State::SynSent => {
                self.disconnect(cx);
                Ok(())
            }
            State::SynReceived
            | State::Established
            | State::FinWait1
            | State::FinWait2
            | State::CloseWait
            | State::Closing
            | State::LastAck => {
                if read {
                    self.rcv_shutdown = true;
                }
                if write {
                    self.shutdown_write(cx);
                }
                self.woken = true;
                Ok(())
            }
        }
    }

    /// The socket is taken apart (`tcp_disconnect`).
    pub fn disconnect(&mut self, cx: &mut Cx) {
        if matches!(self.state, State::Established | State::CloseWait | State::FinWait1 | State::FinWait2) {
            self.active_reset(cx);
        }
        self.purge(cx);
        self.done(cx);
        self.rcv_shutdown = false;
        self.send_shutdown = false;
        self.connected = false;
        self.error = None;
    }

    /// The last process lets go (`tcp_close`). With `exiting` no one lingers.
    pub fn close(&mut self, cx: &mut Cx, exiting: bool) -> Closing {
        self.rcv_shutdown = true;
        self.send_shutdown = true;
        let unread = self.readable() > 0;
        // What came too early stays until the gap is filled or the connection ends.
        self.rcv.rmem -= self.rcv.queue.drain(..).map(|r| r.truesize).sum::<u32>();
        let mut closing = Closing::Done;
        if self.state == State::Closed {
            // Nothing is left to do.
        } else if unread {
            // RFC 2525, 2.17.
            cx.stats.add("TcpExtTCPAbortOnClose", 1);
            self.state = State::Closed;
            self.state_for_reset(cx);
        } else if self.opts.linger == Some(0) {
            self.disconnect_hard(cx);
            cx.stats.add("TcpExtTCPAbortOnData", 1);
        } else if self.close_state() {
            self.send_fin(cx);
        }
        if self.opts.linger.is_some_and(|s| s > 0) && !exiting && self.in_closing_state() {
            closing = Closing::Linger;
        }
        if closing == Closing::Done {
            self.orphaned(cx);
        }
        closing
    }

    /// States in which a lingering close waits (`sk_stream_wait_close`).
    pub fn in_closing_state(&self) -> bool {
        matches!(self.state, State::FinWait1 | State::Closing | State::LastAck)
    }

    fn state_for_reset(&mut self, cx: &mut Cx) {
        self.active_reset(cx);
        self.purge(cx);
        self.done(cx);
    }

    fn disconnect_hard(&mut self, cx: &mut Cx) {
        match self.state {
            State::Established | State::CloseWait | State::FinWait1 | State::FinWait2 | State::SynReceived => {
                // What was received and not acknowledged is acknowledged by the reset.
                self.active_reset(cx);
            }
            State::Closing | State::LastAck if self.snd.nxt != self.snd.write => self.active_reset(cx),
            State::Closing | State::LastAck | State::SynSent | State::Closed => {}
        }
        self.purge(cx);
        self.done(cx);
    }

    /// No process holds it any more (`tcp_close`, its second half).
    pub fn orphaned(&mut self, cx: &mut Cx) {
        self.orphan = true;
        if self.state != State::FinWait2 {
            return;
        }
        if self.opts.linger2 < 0 {
            self.active_reset(cx);
            cx.stats.add("TcpExtTCPAbortOnLinger", 1);
            return self.done(cx);
        }
        let ms = self.fin_time(cx);
        if ms > super::timeout::TIMEWAIT {
            let wait = cx.ticks.from_millis(ms - super::timeout::TIMEWAIT);
            self.timers.keepalive = Some(cx.ticks.fires(cx.now, wait));
        } else {
            self.leave_time_wait(cx, true, ms);
        }
    }
}
