//! The words of playgrounds: stage, transport, knobs, what the tools show.

use super::text::{Text, words};
use crate::domain::playground::{Knob, Measure};

words! {
    playgrounds_lead: "引擎按 Linux 6.18 的规则算，图由它画，数字是算出来的。改一样，再看一遍。" / "An engine that follows the rules of Linux 6.18 computes every run, picture and number. Change one thing and look again.";
    presets: "预设" / "Presets";
    predict: "先猜" / "Predict first";
    show_answer: "看答案" / "Show the answer";
    answer_is: "答案" / "Answer";
    you_said: "你选了：{n}" / "You chose: {n}";
    you_were_right: "和你选的一样。" / "That is what you chose.";
    other_runs: "同一个机制的其他运行" / "Other runs of the same mechanism";
    open_playground: "在实验台打开" / "Open in the playground";
    stage_title: "实验" / "Playground";
    knobs: "可以改的" / "What you can change";
    reset_knobs: "恢复预设" / "Back to the preset";
    group_client: "客户端" / "Client";
    group_server: "服务端" / "Server";
    group_network: "网络" / "Network";
    group_chance: "随机" / "Chance";
    edit_scenario: "场景（JSON）" / "Scenario (JSON)";
    edit_hint: "改完按“运行”。字段说明在源码的 SCENARIO.md。" / "Change it and press Run. The fields are described in SCENARIO.md of the source.";
    run: "运行" / "Run";
    play: "播放" / "Play";
    pause: "暂停" / "Pause";
    step_back: "上一个事件" / "Previous event";
    step_on: "下一个事件" / "Next event";
    time: "时间" / "Time";
    speed: "速度" / "Speed";
    key_play: "播放" / "play";
    key_step: "单步" / "step";
    key_start: "回到开头" / "start";
    key_speed: "速度" / "speed";
    now_title: "现在" / "Right now";
    buffers: "缓冲区" / "Buffers";
    send_buffer: "发送" / "Send";
    receive_buffer: "接收" / "Receive";
    buffers_none: "这一端没有连接" / "no connection at this end";
    in_flight: "已发未确认" / "sent, not acknowledged";
    not_sent: "未发" / "not sent";
    to_read: "待读" / "to be read";
    out_of_order: "乱序，不能交付" / "out of order, not deliverable";
    tools_title: "同一时刻，各个工具看到的" / "The same instant, as each tool shows it";
    side: "哪一端" / "Which end";
    copy_link: "复制链接" / "Copy link";
    link_copied: "链接已复制" / "Link copied";
    copy_text: "复制文本" / "Copy as text";
    download: "下载" / "Download";
    download_capture_client: "客户端抓包（pcapng）" / "Capture at the client (pcapng)";
    download_capture_server: "服务端抓包（pcapng）" / "Capture at the server (pcapng)";
    download_scenario: "场景（JSON）" / "Scenario (JSON)";
    download_svg: "图（SVG）" / "Drawing (SVG)";
    compare: "对比" / "Compare";
    compare_end: "结束对比" / "End comparison";
    compare_kept: "留住的" / "Kept";
    compare_sum: "{packets} 个包，{lost} 个丢失，到 {end} ms" / "{packets} packets, {lost} lost, until {end} ms";
    compare_now: "现在的" / "Current";
    embed_it: "嵌入" / "Embed";
    rows_title: "全部事件" / "All events";
    rows_who: "哪一端" / "End";
    rows_what: "事件" / "Event";
    client: "客户端" / "Client";
    server: "服务端" / "Server";
    packet_title: "包" / "Packet";
    packet_drop: "丢掉它" / "Drop it";
    packet_delay: "推迟" / "Delay it by";
    packet_undo: "撤销" / "Undo";
    packet_close: "关闭" / "Close";
    packet_sent: "发出" / "sent";
    packet_arrived: "到达" / "arrived";
    packet_lost: "丢失" / "lost";
    packet_hint: "点图里的包看字段，也可以丢掉或推迟它。" / "Click a packet for its fields; drop or delay it there.";
    tampered: "已改动的包" / "Packets you changed";
    dropped_packet: "丢掉" / "dropped";
    delayed_packet: "推迟 {n} ms" / "delayed by {n} ms";
    messages_title: "每条消息：到达和交付" / "Each message: arrival and delivery";
    messages_about: "每条消息一行：写下、到达、交给程序的时刻，以及按流排序的模型能在什么时候交付。数字在“全部事件”表里。" / "One row a message: when it was written, arrived, was handed to the program, and when a model that orders each stream by itself could have. The figures are in the table of all events.";
    messages_key: "细线：在路上。红色：到了，前面有洞，不能交付。圆点：交给程序。◇ 模型，不是引擎：同样的到达时刻，每个流自己排序（QUIC）。一条连接上三个流 A、B、C 轮流；多条连接时每条一个流。" / "Thin line: on its way. Red: arrived, not deliverable behind a hole. Dot: handed to the program. ◇ A model, not the engine: the same arrivals, each stream ordered by itself (QUIC). On one connection three streams A, B, C take turns; with several connections each is a stream.";
    race_title: "两个倒计时" / "Two countdowns";
    race_client: "负载均衡多久后关闭空闲连接" / "Load balancer closes an idle connection after";
    race_server: "后端多久后关闭空闲连接" / "Backend closes an idle connection after";
    race_log: "访问日志：" / "Access log:";
    race_lost: "elb_status_code 502，target_status_code -" / "elb_status_code 502, target_status_code -";
    race_fine: "elb_status_code 200，target_status_code 200" / "elb_status_code 200, target_status_code 200";
    race_rate: "10,000 个请求，间隔随机（指数分布，平均 5 s），有多少个撞上窗口" / "10,000 requests at random gaps (exponential, 5 s in the mean): how many meet the window";
    race_delay: "单程" / "One way";
    race_window: "窗口" / "Window";
    race_count: "502" / "502";
    race_rule: "规则：请求在 FIN 到达前发出，又在 FIN 发出后到达，就撞上了，窗口宽两个单程。负载均衡先放弃连接时一个也没有，所以后端的期限要长过它。后端在应答后多久发 FIN（引擎算出）：" / "The rule: a request is lost if it leaves before the FIN arrives and arrives after the FIN has left, so the window is two trips wide. None is lost if the load balancer gives the connection up first: the backend must outlive it. From the answer to the backend’s FIN, by the engine:";
    queues_title: "队列，和两端各自以为的" / "The queue, and what each end believes";
    queue_accept: "accept 队列" / "Accept queue";
    queue_port: "客户端端口" / "Client port";
    queue_client: "客户端的状态" / "State at the client";
    queue_server: "服务端的状态" / "State at the server";
    queues_key: "队列装 backlog + 1 条（Linux 用“大于”比较）。在队列里的连接已经握完手，但没有进程持有它。满了以后，新的 SYN 和第三次握手的 ACK 都被丢掉，客户端可能以为已经连上。" / "The queue takes backlog + 1 (Linux compares with “greater than”). A connection in it has completed its handshake, but no process holds it. When it is full, new SYNs and the last ACK of handshakes are dropped, and a client may believe that it is connected.";
    variants_title: "同一段代码，不同设置" / "The same code, different settings";
    variant: "设置" / "Setting";
    computed_now: "由引擎按现在的参数算出" / "Computed by the engine for the present settings";
    in_cases: "出现在这些案例里" / "In these cases";
    left_out: "模型没有的" / "Left out";
    sources_of_model: "出处" / "Sources";
    bad_link: "链接里的场景读不懂，显示的是预设。" / "The scenario in this link cannot be read; this is the preset.";
    newer_link: "链接来自更新的版本，这里读不懂，显示的是预设。" / "This link was made by a newer version and cannot be read here; this is the preset.";
    bad_scenario: "场景有误：{n}" / "Mistake in the scenario: {n}";
    no_wasm: "引擎没能加载，下面是服务器画的那一刻。" / "The engine could not be loaded; this is the moment that the server drew.";
    needs_script: "播放和改参数需要 JavaScript。图、表和文字是服务器算好的。" / "Playing and changing needs JavaScript. Picture, table and words were computed by the server.";
    simulation_of: "模拟 Linux 6.18 的行为，IPv4" / "Simulation of Linux 6.18, IPv4";
    run_count: "{n} 个预设" / "{n} presets";
    one_run: "1 个预设" / "1 preset";
    open_at_site: "在网络诊所打开" / "Open at Packet Clinic";
}

impl Text {
    /// What a knob is called.
    pub fn knob(self, knob: Knob) -> &'static str {
        let (zh, en) = match knob {
            Knob::Pattern => ("写法", "How it writes"),
            Knob::WriteSize => ("每次写", "Each write"),
            Knob::Nodelay => ("TCP_NODELAY", "TCP_NODELAY"),
            Knob::Cork => ("TCP_CORK", "TCP_CORK"),
            Knob::More => ("MSG_MORE", "MSG_MORE"),
            Knob::Quickack => ("TCP_QUICKACK", "TCP_QUICKACK"),
            Knob::Think => ("处理时间", "Think time"),
            Knob::Requests => ("请求数", "Requests"),
            Knob::Rtt => ("RTT", "RTT"),
            Knob::Mss => ("MSS", "MSS"),
            Knob::Rate => ("带宽", "Rate"),
            Knob::Loss => ("丢包", "Loss"),
            Knob::Reorder => ("乱序", "Reordering"),
            Knob::ClientIdle => ("负载均衡空闲超时", "Idle timeout, load balancer"),
            Knob::ServerIdle => ("后端 keep-alive", "Keep-alive, backend"),
            Knob::Backlog => ("backlog", "backlog"),
            Knob::Linger => ("SO_LINGER", "SO_LINGER"),
            Knob::Unread => ("没读的字节", "Unread bytes"),
            Knob::Gap => ("下一个请求在（ms 后）", "Next request after (ms)"),
            Knob::HalfClose => ("先 shutdown，读到 EOF 再 close", "shutdown, read to EOF, then close"),
            Knob::ReadDelay => ("对端多久才读", "Peer reads after"),
            Knob::Seed => ("种子", "Seed"),
        };
        self.of(zh, en)
    }

    /// A word of a knob's choice.
    pub fn knob_choice(self, choice: &str) -> &'static str {
        let (zh, en) = match choice {
            "write-write-read" => ("写写读", "write, write, read"),
            "one-write" => ("合并写", "one write"),
            "writev" => ("writev", "writev"),
            "stream" => ("连续写", "stream"),
            "off" => ("不设", "off"),
            "zero" => ("0 秒", "0 s"),
            _ => ("1 秒", "1 s"),
        };
        self.of(zh, en)
    }

    /// The title of a column.
    pub fn measure(self, measure: Measure) -> &'static str {
        let (zh, en) = match measure {
            Measure::Latency => ("每个请求，中位 / 最坏（ms）", "Each request, median / worst (ms)"),
            Measure::Segments => ("带数据的段，C + S", "Segments with data, C + S"),
            Measure::Ended => ("客户端以什么结束", "Client ends with"),
            Measure::Read => ("服务端读到", "Server reads"),
            Measure::Close => ("close 阻塞（ms）", "close blocks (ms)"),
            Measure::TimeWait => ("客户端 TIME-WAIT", "TIME-WAIT at the client"),
            Measure::Waited => ("到了却在等的消息", "Messages that arrived and waited"),
            Measure::Worst => ("最慢的消息（ms）", "Slowest message (ms)"),
        };
        self.of(zh, en)
    }

    fn of(self, zh: &'static str, en: &'static str) -> &'static str {
        match self.0 {
            crate::domain::Lang::Zh => zh,
            crate::domain::Lang::En => en,
        }
    }
}
