//! The words of the playground of TCP states: who can free an end, what timers run, what each state means.
//! Times are of Linux 6.18 with default settings; those of retransmissions were run in the engine at an RTT of 50 ms.

use super::text::{Text, words};
use crate::domain::Lang;

words! {
    graph_title: "两端的状态" / "States of both ends";
    graph_label: "TCP 状态图：客户端在 {c}，服务端在 {s}" / "TCP state graph: client in {c}, server in {s}";
    graph_solid: "客户端，实线" / "Client, solid";
    graph_dashed: "服务端，虚线" / "Server, dashed";
    graph_missing: "没有发生的一步" / "The step that did not happen";
    graph_cut: "被 RST、超时或内核结束" / "Ended by RST, a timeout or the kernel";
    calls_of_client: "客户端的调用" / "Calls of the client";
    calls_of_server: "服务端的调用" / "Calls of the server";
    power_off: "断电" / "power off";
    start_closed: "从 CLOSED 开始" / "Start from CLOSED";
    start_closed_hint: "调用发生在播放头所在的时刻，这一端之后的步骤由你决定。" / "A call happens where the playhead stands; from there on the steps of that end are yours.";
    stuck_in: "卡在 {n}" / "Stuck in {n}";
    not_stuck: "没有卡住" / "Not stuck";
    not_stuck_text: "两端要么在等路上的包，要么有计时器会结束它，要么本来就可以一直这样。" / "Each end waits for a packet on its way, has a timer that ends its state, or may stay as it is.";
    cases_show: "{n} 个案例" / "{n} cases";
    one_case_shows: "1 个案例" / "1 case";
    way_taken: "走过" / "Came by";
    states_table: "停在某个状态，意味着什么" / "What a stuck state means";
    states_col: "状态" / "State";
    meaning_col: "含义" / "Meaning";
    command_col: "命令" / "Command";
    check_col: "先查什么" / "Check first";
    stays_col: "多久消失" / "Goes away";
    cases_col: "案例" / "Cases";
    states_measured: "时间是 Linux 6.18 默认设置下的；靠重传结束的，是引擎在 RTT 50 ms 时跑出来的。" / "Times are of Linux 6.18 with default settings; those that end with retransmissions were run in the engine at an RTT of 50 ms.";
    no_call_none: "还没有套接字。" / "No socket yet.";
    no_call_connected: "已经有一个套接字。" / "It has a socket already.";
    no_call_connecting: "connect() 还没返回。" / "connect() has not returned.";
    no_call_blocked: "程序还堵在上一个调用里。" / "The program is still inside its last call.";
    no_call_waiting: "accept 队列是空的。" / "The accept queue is empty.";
    no_call_queued: "连接还在 accept 队列里，程序手里没有它。" / "The connection is in the accept queue; the program does not have it.";
    no_call_write: "写方向已经关了，再写是 EPIPE。" / "The writing side is shut; a write gives EPIPE.";
    no_call_closed: "套接字已经关了，剩下的归内核。" / "The socket is closed; the rest is the kernel's.";
    no_call_gone: "连接已经没有了，只能 close。" / "The connection is gone; close is all that is left.";
    no_call_exited: "进程已经退出。" / "The process has exited.";
    no_call_off: "这台机器断电了。" / "This machine has lost power.";
    no_call_threads: "这一端的程序有几个线程，请直接改场景。" / "The program of this end has threads; edit the scenario instead.";
}

impl Text {
    /// Why a call cannot be made, by name.
    pub fn refusals(self) -> [(&'static str, &'static str); 12] {
        [
            ("none", self.no_call_none()),
            ("connected", self.no_call_connected()),
            ("connecting", self.no_call_connecting()),
            ("blocked", self.no_call_blocked()),
            ("waiting", self.no_call_waiting()),
            ("queued", self.no_call_queued()),
            ("write", self.no_call_write()),
            ("closed", self.no_call_closed()),
            ("gone", self.no_call_gone()),
            ("exited", self.no_call_exited()),
            ("off", self.no_call_off()),
            ("threads", self.no_call_threads()),
        ]
    }

    /// Beside a CLOSE_WAIT that goes nowhere, in two lines.
    pub fn waits_for_app(self) -> [&'static str; 2] {
        match self.0 {
            Lang::Zh => ["等程序", "close()"],
            Lang::En => ["waits for", "the program"],
        }
    }

    /// What a timer says; `{n}` is what is left.
    pub fn timer(self, name: &str) -> &'static str {
        let (zh, en) = match name {
            "retrans" => ("重传计时器：{n} 后再发", "Retransmission timer: sent again in {n}"),
            "persist" => ("零窗口探测：{n} 后发", "Window probe in {n}"),
            "keepalive" => ("keepalive：{n} 后探测", "Keepalive: probe in {n}"),
            "fin-wait-2" => {
                ("tcp_fin_timeout：剩 {n}，到期内核就丢掉它", "tcp_fin_timeout: {n} left, then the kernel drops it")
            }
            _ => ("TIME_WAIT：剩 {n}", "TIME_WAIT: {n} left"),
        };
        self.either(zh, en)
    }

    /// What is said of a situation in which no timer runs.
    pub fn idle(self, situation: &str) -> &'static str {
        let (zh, en) = match situation {
            "close-wait" => ("没有计时器。内核会一直等程序", "No timer. The kernel waits for the program for ever"),
            "close-wait-queued" => {
                ("没有计时器，也没有进程：还在 accept 队列里", "No timer and no process: still in the accept queue")
            }
            "fin-wait-2-held" => {
                ("没有计时器。程序还握着它，等对端的 FIN", "No timer. A program holds it and waits for the peer's FIN")
            }
            "queued" => {
                ("没有计时器。内核已经建好，程序还没 accept", "No timer. Established by the kernel, not yet accepted")
            }
            "established" => (
                "没有计时器。没有东西要发，就可以一直这样",
                "No timer. With nothing to send it can stay like this for ever",
            ),
            "listen" => ("没有计时器，等连接来", "No timer, waits for connections"),
            "gone" => ("这一端已经没有这条连接", "This end of the connection is gone"),
            "off" => ("断电了：它的内核不再动", "Power lost: its kernel does nothing any more"),
            "closed" => ("还没有套接字", "No socket yet"),
            _ => ("没有计时器，等对端的包", "No timer, waits for a packet of the peer"),
        };
        self.either(zh, en)
    }

    /// Who can free an end in a situation, HTML, and the state it is in.
    pub fn who(self, situation: &str) -> Option<(&'static str, &'static str)> {
        let (state, zh, en) = match situation {
            "close-wait" => (
                "CLOSE_WAIT",
                "对端的 FIN 已经由内核确认，剩下的一步只有这一端的程序能做：<code>close()</code>。多半是 <code>recv()</code> 返回 0 之后没有退出循环，或者处理函数卡住了。",
                "The kernel has acknowledged the peer's FIN. Only the program of this end can take the next step: <code>close()</code>. Usually a loop goes on after <code>recv()</code> returned 0, or the handler is stuck.",
            ),
            "close-wait-queued" => (
                "CLOSE_WAIT",
                "客户端以为连上了，已经走了；这条连接却没人 <code>accept()</code>，<code>ss -p</code> 里没有 pid。先接进来，才关得掉。",
                "The client thought it was connected and has left, but nobody called <code>accept()</code>: <code>ss -p</code> shows no pid. It has to be accepted before it can be closed.",
            ),
            "fin-wait-2-held" => (
                "FIN_WAIT_2",
                "本端用 <code>shutdown()</code> 关了写，还开着读，等对端的 FIN。能解开的是对端的 <code>close()</code>，或者本端自己 <code>close()</code>：之后内核最多再留 60 秒。",
                "This end shut its writing side and still reads, waiting for the peer's FIN. The peer's <code>close()</code> frees it, or its own: then the kernel keeps it 60 s at most.",
            ),
            "syn-sent" => (
                "SYN_SENT",
                "SYN 没有应答，内核在重发。对端回 SYN, ACK 或 RST 才会变；都没有，就等到 <code>ETIMEDOUT</code>，默认要两分多钟。先查防火墙丢包、路由、对端队列满。",
                "The SYN has no answer and the kernel sends it again. A SYN, ACK or a RST changes that; without either it ends in <code>ETIMEDOUT</code> after more than two minutes. Check for firewalls that drop, routes, a full queue.",
            ),
            "syn-rcvd" => (
                "SYN_RCVD",
                "SYN, ACK 发了，最后的 ACK 没有来，或者 accept 队列满了、内核先不理它。能解开的是客户端的 ACK 或数据；否则约一分钟后内核放弃。",
                "SYN, ACK is out and the last ACK did not come, or the accept queue is full and the kernel ignores it. The client's ACK or data frees it; otherwise the kernel gives up after about a minute.",
            ),
            "fin-wait-1" => (
                "FIN_WAIT_1",
                "FIN 没有被确认：对端不在了，包在路上丢，或者对端窗口为 0、数据还没发完。程序已经关了，由内核重传，直到用尽次数。",
                "The FIN is not acknowledged: the peer is gone, packets are lost, or its window is 0 and data is still unsent. The program has closed; the kernel retransmits until it runs out of tries.",
            ),
            "closing" => (
                "CLOSING",
                "两个 FIN 交错，自己的那个还没被确认。等对端的 ACK，等不到就重传。",
                "The two FINs crossed and this end's is not acknowledged. It waits for the peer's ACK and retransmits.",
            ),
            "last-ack" => (
                "LAST_ACK",
                "自己的 FIN 发了，最后的 ACK 没有来：对端不在了，或者 ACK 被丢。没有进程可管，由内核重传到用尽。",
                "Its FIN is out and the last ACK does not come: the peer is gone, or ACKs are dropped. No process is left to act; the kernel retransmits until it runs out of tries.",
            ),
            _ => return None,
        };
        Some((state, self.either(zh, en)))
    }

    /// Meaning of a state, what to check first, how long it stays (HTML).
    pub fn state_row(self, state: &str) -> [&'static str; 3] {
        let (zh, en) = match state {
            "CLOSE_WAIT" => (
                ["对端已 FIN，本机程序没有 close", "有 pid 就看它卡在哪；没有 pid 就查谁该 accept", "没有期限"],
                [
                    "the peer sent FIN, our program has not closed",
                    "with a pid: where is it stuck; without: who should accept",
                    "never",
                ],
            ),
            "FIN_WAIT_2" => (
                [
                    "我方的 FIN 已被确认，对端还没发 FIN",
                    "问题在对端：去那里查 CLOSE_WAIT",
                    "孤儿 60 秒（<code>tcp_fin_timeout</code>）；程序还握着的没有期限",
                ],
                [
                    "our FIN is acknowledged, theirs has not come",
                    "the other host: look for its CLOSE_WAIT",
                    "60 s if orphaned (<code>tcp_fin_timeout</code>); held by a program: never",
                ],
            ),
            "SYN_SENT" => (
                [
                    "SYN 没有应答",
                    "防火墙丢包、路由、对端队列满",
                    "134 秒（<code>tcp_syn_retries</code> 6）；6.5 以前 127 秒",
                ],
                [
                    "the SYN is unanswered",
                    "firewall that drops, route, a full queue at the peer",
                    "134 s (<code>tcp_syn_retries</code> 6); before 6.5 127 s",
                ],
            ),
            "SYN_RCVD" => (
                [
                    "发了 SYN, ACK，没等到 ACK",
                    "回程路由，或者 accept 队列满",
                    "64 秒（<code>tcp_synack_retries</code> 5）",
                ],
                [
                    "SYN, ACK is out, no ACK came",
                    "the way back, or a full accept queue",
                    "64 s (<code>tcp_synack_retries</code> 5)",
                ],
            ),
            "FIN_WAIT_1" => (
                [
                    "我方的 FIN 还没被确认",
                    "对端是否还在；Send-Q 大于 0 就看它的窗口",
                    "对端不在时约 133 秒（<code>tcp_orphan_retries</code> 0，即 8 次）",
                ],
                [
                    "our FIN is not acknowledged",
                    "is the peer there; with Send-Q above 0, its window",
                    "about 133 s if the peer is gone (<code>tcp_orphan_retries</code> 0, which is 8)",
                ],
            ),
            "LAST_ACK" => (
                [
                    "双方都关了，我方的 FIN 没被确认",
                    "对端是否还在，ACK 是否被丢",
                    "约 133 秒（<code>tcp_orphan_retries</code> 0，即 8 次）",
                ],
                [
                    "both have closed, our FIN is not acknowledged",
                    "is the peer there, are ACKs dropped",
                    "about 133 s (<code>tcp_orphan_retries</code> 0, which is 8)",
                ],
            ),
            "CLOSING" => (
                ["两端的 FIN 交错", "成堆出现才要查：ACK 是否被丢", "一个往返；丢了 ACK 就和 LAST_ACK 一样"],
                [
                    "the two FINs crossed",
                    "only a pile is news: are ACKs dropped",
                    "a round trip; with lost ACKs as LAST_ACK",
                ],
            ),
            "TIME_WAIT" => (
                [
                    "先关的一方在等旧包消失",
                    "多半正常；端口不够才要处理",
                    "60 秒，内核里写死，<code>tcp_fin_timeout</code> 管不到",
                ],
                [
                    "the end that closed first waits for old packets to die",
                    "normal, unless ports run out",
                    "60 s, fixed in the kernel; <code>tcp_fin_timeout</code> does not touch it",
                ],
            ),
            _ => (
                [
                    "内核认为连接开着，不说明对端还在",
                    "对端断电或断网时，看 lastrcv 和 keepalive",
                    "空闲且没开 keepalive：没有期限",
                ],
                [
                    "the kernel holds it open; it does not say the peer is there",
                    "if the peer lost power or its network: lastrcv, keepalive",
                    "idle and without keepalive: never",
                ],
            ),
        };
        match self.0 {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    fn either(self, zh: &'static str, en: &'static str) -> &'static str {
        match self.0 {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }
}
