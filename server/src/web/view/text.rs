//! The words of the user interface: both languages on one line, so that a missing one does not compile.

use crate::domain::case::SourceKind;
use crate::domain::sequence::PacketKind;
use crate::domain::{Area, Lang, Layer, SignalKind};

/// The words in one language: `t.cases()`.
#[derive(Debug, Clone, Copy)]
pub struct Text(pub Lang);

macro_rules! words {
    ($($name:ident: $zh:literal / $en:literal;)+) => {
        impl Text {
            $(pub fn $name(self) -> &'static str {
                match self.0 { crate::domain::Lang::Zh => $zh, crate::domain::Lang::En => $en }
            })+
        }
    };
}

pub(super) use words;

words! {
    site: "网络诊所" / "Packet Clinic";
    site_other: "Packet Clinic" / "网络诊所";
    tagline: "真实网络故障的病历：症状、证据、根因、修复" / "Real network incidents: symptom, evidence, root cause, fix";
    skip: "跳到正文" / "Skip to content";
    main_nav: "主导航" / "Main";
    cases: "案例" / "Cases";
    playgrounds: "实验台" / "Playgrounds";
    signals: "信号" / "Signals";
    legend: "图例" / "Legend";
    about: "关于" / "About";
    search: "搜索" / "Search";
    search_hint: "搜症状、命令、报错" / "Symptom, command, error";
    language: "语言" / "Language";
    both: "对照" / "Both";
    side_by_side: "中英对照" / "Side by side";
    theme: "切换深浅色" / "Switch light and dark";
    theme_system: "跟随系统" / "Theme: system";
    theme_light: "浅色" / "Theme: light";
    theme_dark: "深色" / "Theme: dark";
    rights: "内容 CC BY-SA 4.0 · 代码 MIT 或 Apache-2.0" / "Content CC BY-SA 4.0 · Code MIT or Apache-2.0";
    footer_legend: "图例：包的颜色与形状" / "Legend: packet colour and shape";
    footer_privacy: "不跟踪访问者" / "No tracking of any kind";
    footer_feed: "订阅（Atom）" / "Feed (Atom)";
    footer_prefer: "下次默认中文" / "Open in English by default";

    home_title: "把症状贴进来" / "Paste what you saw";
    home_lead_a: "报错、" / "An error, ";
    home_lead_b: " 输出、抓包文本都行。每个匹配的案例都会说明：看哪条证据，根因是什么，怎么修。" / " output, capture text. Each match says which evidence to look at, the root cause, and the fix.";
    symptom: "症状" / "Symptom";
    find_cases: "查找案例" / "Find cases";
    sent_only_here: "只发给本站的搜索，不记是谁搜的" / "Sent to this site’s search only; who asked is not kept";
    instant_results: "即时结果" / "Instant results";
    move_keys: "选择" / "move";
    open_key: "打开" / "open";
    results_count: "{n} 个案例匹配" / "{n} cases match";
    no_results_short: "没有匹配的案例" / "No case matches";
    all_results: "全部结果" / "All results";
    by_symptom: "按症状找" / "By symptom";
    all_signals: "全部信号" / "All signals";
    newest: "最近加入" / "Recently added";
    all_cases: "全部案例" / "All cases";
    start_with: "先看什么" / "Where to look first";
    start_lead: "四条命令，够分出大半的问题。" / "Four commands that separate most problems.";
    home_example: "例如：curl 超时但 telnet 能连上" / "For example: telnet connects but curl times out";

    col_case: "案例" / "Case";
    col_cause: "根因" / "Root cause";
    col_layer: "层" / "Layer";
    col_tools: "工具" / "Tools";
    col_runtime: "环境" / "Runtime";
    col_minutes: "分钟" / "Min";
    minute_unit: " 分钟" / " min";
    cases_lead: "每个案例都从看见的现象写起，证据是机器打印的，根因和修复有出处，结尾教你确认已修好。" / "Each case starts from what was seen; the evidence is what a machine printed, cause and fix have sources, and the end shows how to verify.";
    filters: "筛选" / "Filters";
    filter_clear: "清除筛选" / "Clear filters";
    filter_none: "没有案例同时符合这些条件。" / "No case fits all of these.";
    facet_layer: "层" / "Layer";
    facet_symptom: "症状" / "Symptom";
    facet_tool: "工具" / "Tool";
    facet_runtime: "环境" / "Runtime";
    of_word: "共" / "of";

    glance_signals: "症状信号" / "Signals";
    glance_environment: "环境" / "Environment";
    glance_cause: "根因" / "Root cause";
    glance_reading: "阅读与难度" / "Read and level";
    glance_fix: "修复" / "Fix";
    glance_reproduce: "复现" / "Reproduce";
    easy: "容易" / "easy";
    medium: "中等" / "medium";
    hard: "较难" / "hard";
    on_this_page: "本页" / "On this page";
    copy: "复制" / "Copy";
    copy_command: "复制命令" / "Copy command";
    copy_output: "复制输出" / "Copy output";
    copied: "已复制" / "Copied";
    lines_cut_a: "… 省略 " / "… ";
    lines_cut_b: " 行" / " lines left out";
    download_pcap: "下载抓包" / "Download pcap";
    download_file: "下载" / "Download";
    not_to_scale: "时间轴不等比，单位" / "time not to scale, unit";
    related: "相关案例" / "Related";
    sources: "出处" / "Sources";
    checked: "核对于" / "Checked";
    checked_on: "，" / " on ";
    all_signals_here: "本案例的全部信号" / "All signals of this case";
    published: "发表" / "Published";
    updated: "更新" / "Updated";
    link_to_section: "本节的链接" / "Link to this section";
    was_this_it: "你遇到的就是这个吗？" / "Was this it?";
    yes: "是" / "Yes";
    no: "不是" / "No";
    feedback_line: "补充一句（可不填，不要写地址和密钥）" / "Anything to add? (optional; no addresses, no secrets)";
    feedback_send: "发送" / "Send";
    feedback_note: "匿名：只记下案例、语言、回答和这一句。" / "Anonymous: only the case, the language, the answer and this line are kept.";
    feedback_thanks: "收到了，谢谢。" / "Received. Thank you.";
    feedback_failed: "没有送达，你写的还在，请再试一次。" / "Not delivered. What you wrote is still here; please try again.";
    back_to_case: "回到案例" / "Back to the case";
    thanks_no: "不是这个？把看到的现象再搜一次：" / "Not this one? Search again with what you see:";

    results_title: "搜索结果" / "Search results";
    no_hits_title: "没有匹配的案例" / "No case matches";
    no_hits: "换成机器打印的原文试试：状态名、错误字符串、计数器名。也可以按信号浏览。" / "Try the words a machine printed: a state, an error string, a counter. Or browse by signal.";
    empty_query: "写下看到的现象，或贴一段命令输出。" / "Type what you see, or paste the output of a command.";
    long_query: "文字很长：只搜了开头 {read} KB（到第 {line} 行），后面的没有读。全文还在框里：把要紧的几行移到最前面再搜。" / "This is a long text: its first {read} KB were searched, up to line {line}; the rest was not read. All of it is still in the box: move the lines that matter to the top and search again.";
    long_links: "下面的筛选和 × 链接只带开头 {carried} KB；浏览器的“后退”会取回全文。" / "Filters and × links carry only the first {carried} KB on; the browser’s back button brings all of it back.";
    read_as: "识别到" / "Read as";
    read_term: "名词" / "term";
    read_spelling: "拼写" / "spelling";
    take_out: "去掉 " / "remove ";
    also_searched: "也搜索了" / "Also searched";
    nearest_signals: "你写的现象里识别到这些信号：" / "Signals in what you wrote:";
    matched_signals: "匹配的信号" / "Signals matched";
    matched_words: "匹配的词" / "Words matched";
    cause_label: "根因" / "Cause";
    colon: "：" / ": ";
    printed_output: "机器打印的输出" / "Output of a machine";
    match_label: "匹配度" / "match";

    signals_lead: "信号是能看到的一件事：一个套接字状态、一条报错、一个计数器、一种抓包形态。从它出发，能找到出现过它的每个案例。" / "A signal is one thing that can be observed: a socket state, an error, a counter, a packet pattern. It leads to every case that shows it.";
    signal_spellings: "常见写法" / "How it is written";
    signal_command: "怎么看" / "How to see it";
    signal_cases: "出现过这个信号的案例" / "Cases that show it";
    signal_no_case: "还没有案例出现过这个信号。" / "No case shows this signal yet.";
    signal_related: "常一起出现的信号" / "Often seen together";
    weight_label: "指向性" / "weight";

    legend_title: "图例：包的颜色、形状与线型" / "Legend: packet colour, shape and line";
    legend_lead: "颜色、图形、线型三者任取其一就能认出一个包，所以黑白打印和色觉差异都不影响阅读。" / "Colour, glyph and line each identify a packet alone, so grey prints and colour-blind readers lose nothing.";
    legend_kind: "包" / "Packet";
    legend_glyph: "图形" / "Glyph";
    legend_line: "线型" / "Line";
    legend_marks: "三支笔" / "Three pens";
    legend_print: "黑色印刷：机器打印的内容。" / "Black print: what the machine said.";
    legend_pencil: "红铅笔：人注意到的地方。" / "Red pencil: what a person noticed.";
    legend_marker: "黄色荧光笔：搜索为什么找到它。" / "Yellow marker: why search found it.";
    legend_diagram: "时序图" / "Sequence diagrams";
    legend_client: "圆头竖线：客户端" / "Round head: client";
    legend_server: "方头竖线：服务端" / "Square head: server";
    legend_bar: "竖线旁的灰条：套接字处于这个状态" / "Grey bar beside a rail: the socket is in this state";
    legend_stuck: "红色斜纹：卡住了，不会自己结束" / "Red hatch: stuck, nothing will end it";
    legend_missing: "红色虚线：本该有、却没有的包" / "Red dots: a packet that should be here and is not";
    legend_gap: "竖线断开：中间过了一段时间" / "Broken rails: time passes";

    about_title: "关于网络诊所" / "About Packet Clinic";
    err_404_title: "没有这个页面" / "No such page";
    err_404: "地址里可能少了或多了几个字。下面是最接近的页面。" / "The address may be missing a letter or two. These pages come closest.";
    err_400_title: "这个请求看不懂" / "This request makes no sense";
    err_403_title: "这份表单来自别的网站" / "This form came from another site";
    err_403: "只收本站页面发来的表单；打开本站的页面再发一次即可。" / "Forms are taken from pages of this site only; open the page here and send it again.";
    err_405_title: "这个地址不接受这种请求" / "This address does not take such requests";
    err_413_title: "内容太长" / "Too much at once";
    err_413: "一次最多收 256 KB，搜索读其中开头的 64 KB。请后退：写的还在框里；只留要紧的几行再发。" / "At most 256 KB are taken at once, and a search reads the first 64 KB of it. Go back: what you wrote is still in the box. Keep the lines that matter and send it again.";
    err_429_title: "请稍等再试" / "A little slower, please";
    err_429: "同一个来源一分钟内提交太多次了。你写的内容没有丢，过一会儿再发。" / "Too many submissions from one place within a minute. Nothing you wrote is lost; send it again in a moment.";
    err_503_title: "现在太忙，请稍后再试" / "Busy right now, please try again";
    err_503: "服务器正忙，几秒后重试即可；案例页面不受影响。" / "The server is busy; try again in a few seconds. Case pages are not affected.";
    err_500_title: "服务器出错了" / "Something broke on the server";
    err_500: "错误已记入日志。案例页面仍然可用。" / "The error has been logged. Case pages still work.";
    err_feedback_down: "现在存不下回答，请过一分钟再发。你写的还在表单里，返回即可。" / "Answers cannot be stored right now; send it again in a minute. Go back: the form still holds what you wrote.";
    nearest: "最接近的页面" / "Nearest pages";
    go_home: "回首页" / "Home page";

    dead_peer_title: "对端消失后，内核多久才放弃" / "How long until the kernel gives up on a dead peer";
    dead_peer_intro: "按 Linux 的计时规则算；改一个数，看总时长怎么变。" / "Computed by Linux’s timer rules; change one number and watch the total.";
    dead_peer_idle: "tcp_keepalive_time（秒）" / "tcp_keepalive_time (s)";
    dead_peer_interval: "tcp_keepalive_intvl（秒）" / "tcp_keepalive_intvl (s)";
    dead_peer_probes: "tcp_keepalive_probes" / "tcp_keepalive_probes";
    dead_peer_rto: "当前 RTO（毫秒）" / "Current RTO (ms)";
    dead_peer_retries: "tcp_retries2" / "tcp_retries2";
    dead_peer_user: "TCP_USER_TIMEOUT（毫秒，0 为不设）" / "TCP_USER_TIMEOUT (ms, 0 = unset)";
    dead_peer_compute: "计算" / "Compute";
    dead_peer_case: "情形" / "Situation";
    dead_peer_when: "多久后报错" / "Error after";
    dead_peer_sent: "期间发出" / "Sent meanwhile";
    dead_peer_idle_row: "连接空闲，靠保活探测" / "Idle connection, keepalive probes";
    dead_peer_data_row: "有数据没被确认，靠重传" / "Data unacknowledged, retransmissions";
    dead_peer_times: "重传的时刻（从首次发送算起）" / "Retransmissions, counted from the first transmission";
    probes_unit: " 个探测" / " probes";
    retries_unit: " 次重传" / " retransmissions";
    dead_peer_bad: "数值超出范围" / "out of range";
}

impl Text {
    /// A case's layer, `L4 TCP`.
    pub fn layer(self, layer: Layer) -> &'static str {
        match (layer, self.0) {
            (Layer::Link, Lang::Zh) => "L2 链路",
            (Layer::Link, Lang::En) => "L2 link",
            (Layer::Ip, _) => "L3 IP",
            (Layer::Tcp, _) => "L4 TCP",
            (Layer::Udp, _) => "L4 UDP",
            (Layer::Tls, _) => "TLS",
            (Layer::Dns, _) => "DNS",
            (Layer::Http, _) => "L7 HTTP",
            (Layer::App, Lang::Zh) => "应用",
            (Layer::App, Lang::En) => "Application",
        }
    }

    /// An area of the home page's index.
    pub fn area(self, area: Area) -> &'static str {
        match (area, self.0) {
            (Area::Connecting, Lang::Zh) => "建立连接",
            (Area::Connecting, Lang::En) => "Connecting",
            (Area::Closing, Lang::Zh) => "断开连接",
            (Area::Closing, Lang::En) => "Closing",
            (Area::Slow, Lang::Zh) => "变慢",
            (Area::Slow, Lang::En) => "Slow",
            (Area::Names, Lang::Zh) => "域名与地址",
            (Area::Names, Lang::En) => "Names and addresses",
            (Area::Data, Lang::Zh) => "数据不对",
            (Area::Data, Lang::En) => "Wrong data",
        }
    }

    /// A kind of signal.
    pub fn signal_kind(self, kind: SignalKind) -> &'static str {
        match (kind, self.0) {
            (SignalKind::State, Lang::Zh) => "套接字状态",
            (SignalKind::State, Lang::En) => "Socket states",
            (SignalKind::Error, Lang::Zh) => "报错",
            (SignalKind::Error, Lang::En) => "Errors",
            (SignalKind::Counter, Lang::Zh) => "内核计数器",
            (SignalKind::Counter, Lang::En) => "Kernel counters",
            (SignalKind::Http, Lang::Zh) => "HTTP 状态码与头部",
            (SignalKind::Http, Lang::En) => "HTTP statuses and headers",
            (SignalKind::Syscall, Lang::Zh) => "系统调用",
            (SignalKind::Syscall, Lang::En) => "System calls",
            (SignalKind::Packet, Lang::Zh) => "抓包形态",
            (SignalKind::Packet, Lang::En) => "Packet patterns",
            (SignalKind::Dns, Lang::Zh) => "域名解析",
            (SignalKind::Dns, Lang::En) => "Name resolution",
            (SignalKind::Latency, Lang::Zh) => "延迟形态",
            (SignalKind::Latency, Lang::En) => "Latency shapes",
            (SignalKind::Output, Lang::Zh) => "工具输出与日志",
            (SignalKind::Output, Lang::En) => "Tool output and logs",
        }
    }

    /// What sort of thing one signal is, in a label.
    pub fn signal_label(self, kind: SignalKind) -> &'static str {
        match (kind, self.0) {
            (SignalKind::State, Lang::Zh) => "状态",
            (SignalKind::State, Lang::En) => "state",
            (SignalKind::Error, Lang::Zh) => "报错",
            (SignalKind::Error, Lang::En) => "error",
            (SignalKind::Counter, Lang::Zh) => "计数器",
            (SignalKind::Counter, Lang::En) => "counter",
            (SignalKind::Http, _) => "HTTP",
            (SignalKind::Syscall, Lang::Zh) => "系统调用",
            (SignalKind::Syscall, Lang::En) => "syscall",
            (SignalKind::Packet, Lang::Zh) => "抓包",
            (SignalKind::Packet, Lang::En) => "packet",
            (SignalKind::Dns, _) => "DNS",
            (SignalKind::Latency, Lang::Zh) => "延迟",
            (SignalKind::Latency, Lang::En) => "latency",
            (SignalKind::Output, Lang::Zh) => "输出",
            (SignalKind::Output, Lang::En) => "output",
        }
    }

    /// A kind of source.
    pub fn source_kind(self, kind: SourceKind) -> &'static str {
        match (kind, self.0) {
            (SourceKind::Rfc, _) => "RFC",
            (SourceKind::Kernel, Lang::Zh) => "内核",
            (SourceKind::Kernel, Lang::En) => "kernel",
            (SourceKind::Manual, Lang::Zh) => "手册",
            (SourceKind::Manual, Lang::En) => "manual",
            (SourceKind::Docs, Lang::Zh) => "文档",
            (SourceKind::Docs, Lang::En) => "docs",
            (SourceKind::Code, Lang::Zh) => "源码",
            (SourceKind::Code, Lang::En) => "source code",
            (SourceKind::Issue, Lang::Zh) => "议题",
            (SourceKind::Issue, Lang::En) => "issue",
            (SourceKind::Article, Lang::Zh) => "文章",
            (SourceKind::Article, Lang::En) => "article",
        }
    }

    /// A kind of packet, as the legend names it.
    pub fn packet(self, kind: PacketKind) -> &'static str {
        match (kind, self.0) {
            (PacketKind::Syn, _) => "SYN",
            (PacketKind::SynAck, _) => "SYN, ACK",
            (PacketKind::Ack, _) => "ACK",
            (PacketKind::DupAck, Lang::Zh) => "重复 ACK",
            (PacketKind::DupAck, Lang::En) => "duplicate ACK",
            (PacketKind::Data, Lang::Zh) => "数据",
            (PacketKind::Data, Lang::En) => "data",
            (PacketKind::Fin, _) => "FIN",
            (PacketKind::Rst, _) => "RST",
            (PacketKind::Retx, Lang::Zh) => "重传",
            (PacketKind::Retx, Lang::En) => "retransmission",
            (PacketKind::ZeroWindow, Lang::Zh) => "零窗口",
            (PacketKind::ZeroWindow, Lang::En) => "zero window",
        }
    }

    /// 1 to 3.
    pub fn level(self, level: u8) -> &'static str {
        match level {
            1 => self.easy(),
            2 => self.medium(),
            _ => self.hard(),
        }
    }

    /// Of a long query: what of it was not read, and what links do not carry; and what to do.
    pub fn about_length(self, typed: &str, read: &str, carried: &str) -> Option<String> {
        let kilobytes = |text: &str| (text.len() / 1024).to_string();
        let links = || self.long_links().replace("{carried}", &kilobytes(carried));
        let line = || read.lines().count().to_string();
        match typed.len() {
            n if n > read.len() => {
                let cut = self.long_query().replace("{read}", &kilobytes(read)).replace("{line}", &line());
                Some(format!("{cut} {}", links()))
            }
            n if n > carried.len() => Some(links()),
            _ => None,
        }
    }

    /// `3 cases`.
    pub fn count_cases(self, n: usize) -> String {
        match self.0 {
            Lang::Zh => format!("{n} 个案例"),
            Lang::En if n == 1 => "1 case".to_owned(),
            Lang::En => format!("{n} cases"),
        }
    }
}
