//! What ICMP errors do to a connection (`tcp_v4_err`, RFC 5461): they end an attempt to connect; later they are only
//! remembered, and told if the connection dies of silence.

use super::segment::Seq;
use super::state::{Cx, State, Tcb};
use crate::errno::Errno;

impl Tcb {
    /// Whether an error is about something that is on its way (`TCPExtOutOfWindowIcmps` counts others).
    pub(crate) fn may_be_lost(&self, seq: Seq) -> bool {
        seq.between(self.snd.una, self.snd.nxt)
    }

    /// The destination cannot be reached.
    pub(crate) fn unreachable(&mut self, cx: &mut Cx, error: Errno) {
        match self.state {
            State::SynSent | State::SynReceived => {
                self.error = Some(error);
                cx.stats.add("TcpAttemptFails", 1);
                self.purge(cx);
                self.done(cx);
            }
            State::Established
            | State::FinWait1
            | State::FinWait2
            | State::CloseWait
            | State::Closing
            | State::LastAck => self.soft_error = Some(error),
            State::Closed => {}
        }
    }

    /// The path takes only packets of so many bytes (`tcp_v4_mtu_reduced`): what is longer goes again in smaller pieces.
    pub(crate) fn mtu_reduced(&mut self, cx: &mut Cx, mtu: u32) {
        if mtu < self.snd.pmtu && self.state != State::Closed {
            self.snd.pmtu = mtu;
            self.sync_mss(cx);
            self.simple_retransmit(cx);
        }
    }
}
