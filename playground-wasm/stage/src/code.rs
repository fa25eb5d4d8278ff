//! Names of the waits and what they say: a sentence, and the few words for which a narrow drawing has room.

use crate::words::Both;

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
    pub(crate) fn says(self) -> [Both; 2] {
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
