//! The words of name lookups: what a step did, why, and what is wrong with a field. Scripts get the same tables, as JSON in
//! the page; `{field}` stands for a field of the step.

use super::text::{Text, words};
use crate::domain::Lang;

words! {
    names_setup: "配置" / "Configuration";
    names_first: "实现" / "Implementation";
    names_second: "对比" / "Compared with";
    names_nobody: "不对比" / "nobody";
    names_name: "要查的名字" / "Name to look up";
    names_family: "地址族" / "Family";
    names_family_any: "都要" / "both";
    names_net: "本机地址" / "Addresses of this host";
    names_net_lo: "只有回环" / "loopback only";
    names_net_dual: "IPv4 和 IPv6" / "IPv4 and IPv6";
    names_net_v4: "只有 IPv4" / "IPv4 only";
    names_net_v6: "只有 IPv6" / "IPv6 only";
    names_own: "主机名" / "Host name";
    names_more: "环境变量、名字服务器、其他文件" / "Environment, name servers, other files";
    names_env: "环境变量，一行一个，例如 GODEBUG=netdns=go" / "Environment, one a line, such as GODEBUG=netdns=go";
    names_zone: "DNS 里的记录" / "Records in DNS";
    names_servers: "名字服务器：地址 行为 [类型] [名字] [udp|tcp] [x次数]" / "Name servers: address behaviour [type] [name] [udp|tcp] [xN]";
    names_absent: "没有这个文件" / "no such file";
    names_line: "第 {n} 行" / "line {n}";
    names_program: "查完之后去连接的程序" / "The program that then connects";
    names_no_program: "不连接" / "none";
    names_program_go: "Go net.Dialer" / "Go net.Dialer";
    names_program_curl: "curl" / "curl";
    names_program_python: "依次试，Python" / "one by one, Python";
    names_program_java: "只试第一个，Java Socket" / "the first only, Java Socket";
    names_reach: "{n} 收到 SYN" / "{n} gets a SYN";
    names_accept: "接受" / "accepts";
    names_refuse: "拒绝（RST）" / "refuses (RST)";
    names_silent: "不应答" / "says nothing";
    names_unreachable: "没有路由" / "no route";
    names_rtt: "到名字服务器的往返（ms）" / "Round trip to a name server (ms)";
    names_result: "结果" / "Result";
    names_trace: "怎么决定的" / "How it was decided";
    names_order: "顺序" / "Order";
    names_queries: "查询" / "Queries";
    names_time: "用时" / "Time";
    names_connect: "连接" / "Connect";
    names_none: "没有发出查询" / "No query leaves";
    names_cost: "{queries} 个查询，{rounds} 个往返，{time}" / "queries: {queries}, round trips: {rounds}, {time}";
    names_vain: "其中 {n} 个没有问到地址" / "without an address: {n}";
    names_reached: "连上 {n}" / "connected to {n}";
    names_not_tried: "没有地址可连" / "no address to connect to";
    names_only: "只有它这样" / "only here";
    names_random: "现实中由运气决定" / "chance decides in reality";
    names_more_steps: "后面还有 {n} 步没有列出" / "steps not listed: {n}";
    names_same: "两边结果一样。" / "Both end the same way.";
    names_differ: "不一样的是：{n}。" / "They differ in: {n}.";
    names_differ_status: "状态" / "status";
    names_differ_addresses: "地址" / "addresses";
    names_differ_queries: "查询数" / "number of queries";
    names_differ_connect: "连接" / "connect";
    names_table: "同一份配置，各个实现" / "The same files, each implementation";
    names_as_first: "和第一行一样" / "as the first row";
    names_unlike_first: "和第一行不同：{n}" / "unlike the first row: {n}";
    names_first_row: "第一行" / "first row";
    names_chart: "查询与连接，按时间" / "Queries and connects in time";
    names_chart_note: "到名字服务器的一个往返按 {n} 算；等待按各实现自己的定时器。刻度不均匀，长的间隔压短了。" / "A round trip to a name server is taken as {n}; waits follow each implementation's own timers. Long gaps are shortened.";
    names_query_table: "全部查询" / "All queries";
    names_who: "谁" / "Who";
    names_asked: "问什么" / "Asked";
    names_answer: "回答" / "Answer";
    names_from: "从" / "From";
    names_until: "到" / "Until";
    names_step: "第 {n} 步，共 {m} 步" / "step {n} of {m}";
    names_notes: "{n} 的说明" / "Notes on {n}";
    names_bad_version: "引擎没有这个实现：{n}" / "The engine has no such implementation: {n}";
    names_unanswered: "没有回答" / "no answer";
    names_timeout: "超时" / "timeout";
    names_closed: "端口关闭" / "port closed";
    names_comma: "、" / ", ";
    names_colon: "：" / ": ";
}

/// In one of the languages.
type Pair = (&'static str, &'static str, &'static str);

/// What a step did. The key is the event, or the event and the value of its field in [`VARIANTS`].
const EVENTS: &[Pair] = &[
    ("read_file.true", "读 {path}", "Reads {path}"),
    ("read_file.false", "找 {path}：没有这个文件", "Looks for {path}: not there"),
    ("parse_note.used", "{file} 第 {line} 行生效：{text}", "{file}, line {line} counts: {text}"),
    ("parse_note.ignored", "{file} 第 {line} 行没有作用：{text}", "{file}, line {line} has no effect: {text}"),
    ("parse_note.overridden", "{file} 第 {line} 行被取代：{text}", "{file}, line {line} is overridden: {text}"),
    ("parse_note.capped", "{file} 第 {line} 行按上限算：{text}", "{file}, line {line} is cut to its limit: {text}"),
    ("parse_note.breaks_file", "{file} 第 {line} 行让文件作废：{text}", "{file}, line {line} voids the file: {text}"),
    ("parse_note.becomes_unknown", "{file} 第 {line} 行，不认识：{text}", "{file}, line {line}, unknown: {text}"),
    ("choose_resolver.go", "由 Go 自己的解析器来查", "Go's own resolver does it"),
    ("choose_resolver.cgo", "交给 C 库（cgo）来查", "The C library does it, by cgo"),
    ("order", "顺序：{sources}", "Order: {sources}"),
    ("literal_address", "{address} 本身就是地址，不用查", "{address} is an address, nothing to look up"),
    ("reject_name", "不问任何人就拒绝：{name}", "Refused without asking: {name}"),
    ("ask_source", "查来源 {source}", "Asks the source {source}"),
    ("load_module.true", "加载模块 libnss_{name}", "Loads the module libnss_{name}"),
    ("load_module.false", "没有模块 libnss_{name}", "There is no module libnss_{name}"),
    ("connect_local.true", "连上 {socket}", "Connects to {socket}"),
    ("connect_local.false", "连不上 {socket}", "Cannot connect to {socket}"),
    ("try_name.as_is", "试 {qname}：原样", "Tries {qname}: as it is"),
    ("try_name.suffix", "试 {qname}：加了 search 后缀", "Tries {qname}: with a search suffix"),
    ("try_name.bare", "试 {qname}：不加后缀", "Tries {qname}: without a suffix"),
    ("try_name.alias", "试 {qname}：HOSTALIASES 里的别名", "Tries {qname}: an alias from HOSTALIASES"),
    ("in_parallel.goroutines", "两个 goroutine 同时问 A 和 AAAA", "Two goroutines ask for A and AAAA at once"),
    ("in_parallel.one socket", "同一个 socket 连着发 A 和 AAAA", "A and AAAA leave one socket back to back"),
    ("rotate", "从序号 {start} 的服务器开始", "Begins with server number {start}"),
    ("send.udp", "问 {server}：{qtype} {qname}", "Asks {server}: {qtype} {qname}"),
    ("send.tcp", "经 TCP 问 {server}：{qtype} {qname}", "Asks {server} over TCP: {qtype} {qname}"),
    ("send_malformed", "发给 {server} 的问题没人读得懂：{qname}", "Nobody can read the question to {server}: {qname}"),
    ("connect_failed", "连不上 {server}", "Cannot reach {server}"),
    ("reply", "{server} 答 {qtype}：{what}", "{server} answers {qtype}: {what}"),
    ("timeout", "{server} 没有答 {qtype}，等到超时", "{server} does not answer {qtype} in time"),
    ("closed", "{server} 的端口没人听，{qtype} 白问", "Nobody listens at {server}: {qtype} asked in vain"),
    ("ignore_reply", "这个回答不算数：{qtype} {server}", "An answer that does not count: {qtype} {server}"),
    ("next_server", "离开 {from}，换下一台", "On from {from} to the next server"),
    ("resend", "再问 {server} 一次：{qtype}", "Asks {server} again: {qtype}"),
    ("fallback_tcp", "回答被截断，改用 TCP 问 {server}", "The answer was cut: asks {server} over TCP"),
    ("switch_to_single_request.false", "改成一次只问一个", "From now on one question at a time"),
    ("switch_to_single_request.true", "改成一次只问一个，每次换 socket", "From now on one question a socket"),
    ("source_status", "{source} 报告 {status}", "{source} reports {status}"),
    ("action.return", "{status}：到此为止", "{status}: ends here"),
    ("action.continue", "{status}：查下一个来源", "{status}: on to the next source"),
    ("action.merge", "{status}：留下结果，再查下一个", "{status}: keeps it and asks the next source"),
    ("source_probe", "去 {dst} 会用源地址 {src}", "Towards {dst} the source would be {src}"),
    ("source_probe.null", "去 {dst} 没有路由", "There is no route to {dst}"),
    ("sort", "排序：{before} → {after}", "Sorts: {before} → {after}"),
    ("connect_start", "connect({address})", "connect({address})"),
    ("connect_end", "connect({address})：{outcome}", "connect({address}): {outcome}"),
    ("cut", "模拟到此为止：{limit} 个查询", "The simulation stops at {limit} queries"),
    ("result", "结果：{status} {addrs}", "Result: {status} {addrs}"),
    ("crash", "程序死于 {signal}", "The program dies of {signal}"),
    ("hang", "程序陷入死循环", "The program loops for ever"),
];

/// Events whose words depend on a field.
pub const VARIANTS: &[(&str, &str)] = &[
    ("read_file", "found"),
    ("parse_note", "effect"),
    ("choose_resolver", "resolver"),
    ("load_module", "ok"),
    ("connect_local", "ok"),
    ("try_name", "why"),
    ("in_parallel", "how"),
    ("send", "proto"),
    ("switch_to_single_request", "reopen"),
    ("action", "action"),
    ("source_probe", "src"),
];

/// What a value is called.
const VALUES: &[Pair] = &[
    ("success", "SUCCESS", "SUCCESS"),
    ("not_found", "NOTFOUND", "NOTFOUND"),
    ("unavail", "UNAVAIL", "UNAVAIL"),
    ("try_again", "TRYAGAIN", "TRYAGAIN"),
    ("connected", "连上了", "connected"),
    ("cancelled", "取消", "cancelled"),
];

/// What became of a line, beside the editor.
const EFFECTS: &[Pair] = &[
    ("used", "生效", "counts"),
    ("ignored", "没有作用", "has no effect"),
    ("overridden", "被取代", "is overridden"),
    ("capped", "按上限算", "is cut to its limit"),
    ("breaks_file", "让文件作废", "voids the file"),
    ("becomes_unknown", "不认识", "is unknown"),
];

/// Why: one sentence for each rule of the engine.
const RULES: &[Pair] = &[
    (
        "connect.curl",
        "先连第一个地址的地址族，200 ms 后或失败后再开另一族，先到先用。",
        "The family of the first address goes first; the other starts 200 ms later or on failure, and the faster one wins.",
    ),
    ("connect.first-only", "只试第一个地址，失败就报错。", "It tries the first address and no other."),
    (
        "connect.go",
        "先连第一个地址的地址族，300 ms 后或失败后再开另一族，先到先用。",
        "The family of the first address goes first; the other starts 300 ms later or on failure, and the faster one wins.",
    ),
    (
        "connect.sequential",
        "按顺序一个一个试，前一个失败才试下一个。",
        "It tries them in order, each after the one before has failed.",
    ),
    (
        "dns.send",
        "一个问题，一个回答；NXDOMAIN 说没有这个名字，NODATA 说有名字但没有这种记录。",
        "One question, one answer: NXDOMAIN says there is no such name, NODATA that the name has no such record.",
    ),
    (
        "glibc.action",
        "默认 SUCCESS 时停，其余继续；方括号里的规则可以改。",
        "By default SUCCESS ends the lookup and anything else goes on; brackets in the file change that.",
    ),
    (
        "glibc.addrconfig",
        "AI_ADDRCONFIG：本机没有这族地址，就不查这族。",
        "AI_ADDRCONFIG: a family that this host has no address of is not asked for.",
    ),
    (
        "glibc.avahi-not-running",
        "mdns 模块要找 avahi，这里没有运行。",
        "The mdns module asks avahi, which does not run here.",
    ),
    (
        "glibc.default-sources",
        "没有 hosts 那行时用内置默认：2.31 是 dns [!UNAVAIL=return] files，较新的版本是 files dns。",
        "Without a hosts line a built-in default counts: dns [!UNAVAIL=return] files in 2.31, files dns in later versions.",
    ),
    (
        "glibc.error-reply",
        "SERVFAIL、NOTIMP、REFUSED 不是答案，换下一台服务器。",
        "SERVFAIL, NOTIMP and REFUSED are no answers: the next server is asked.",
    ),
    (
        "glibc.gai-conf-bad-line",
        "gai.conf 的这一行读不懂，跳过。",
        "This line of gai.conf cannot be read and is skipped.",
    ),
    ("glibc.gai-conf-line", "gai.conf 改变地址的排序。", "gai.conf changes how addresses are sorted."),
    ("glibc.host-conf-bad-command", "host.conf 没有这个命令。", "host.conf has no such command."),
    ("glibc.host-conf-multi", "multi on：hosts 里所有匹配的行都算。", "multi on: all matching lines of hosts count."),
    ("glibc.host-conf-on-or-off", "这里只能写 on 或 off。", "on or off is expected here."),
    (
        "glibc.hostaliases",
        "HOSTALIASES 指的文件给没有点的名字起了别名。",
        "The file that HOSTALIASES names has an alias for a name without dots.",
    ),
    (
        "glibc.hosts-bad-address",
        "行首不是地址，这一行跳过。",
        "The line does not begin with an address and is skipped.",
    ),
    (
        "glibc.hosts-first-line-only",
        "host.conf 没有 multi on，只算第一行匹配的。",
        "Without multi on in host.conf only the first matching line counts.",
    ),
    (
        "glibc.hosts-indented-last-line",
        "最后一行有缩进、又没有换行：行尾会多出几个字符。",
        "The last line is indented and has no newline: some of its characters come back at its end.",
    ),
    ("glibc.hosts-line", "名字在这一行里，大小写不计。", "The name stands on this line; case does not count."),
    ("glibc.literal", "写成地址的名字直接当地址。", "A name that is written as an address is taken as one."),
    (
        "glibc.load-module",
        "每个来源是一个 NSS 模块，用到时加载。",
        "Each source is an NSS module, loaded when it is needed.",
    ),
    (
        "glibc.localdomain-overrides",
        "环境变量 LOCALDOMAIN 取代 search 和 domain。",
        "The variable LOCALDOMAIN replaces search and domain.",
    ),
    (
        "glibc.looks-like-an-address",
        "看着像地址、其实不是：不查。",
        "It looks like an address and is none: it is not looked up.",
    ),
    (
        "glibc.mdns-local-soa",
        "mdns 模块先问 local 有没有 SOA，有就让给普通 DNS。",
        "The mdns module first asks whether local has an SOA; if it has, DNS gets the name.",
    ),
    ("glibc.merge-types", "A 和 AAAA 里有一种答了就算成功。", "It is a success if one of A and AAAA has addresses."),
    (
        "glibc.next-server",
        "这台没给出答案，按 resolv.conf 的顺序问下一台。",
        "This one gave no answer; the next one in resolv.conf is asked.",
    ),
    ("glibc.no-aaaa", "options no-aaaa：不问 AAAA。", "options no-aaaa: AAAA is not asked for."),
    (
        "glibc.not-a-host-name",
        "主机名里有不允许的字符，不发查询。",
        "The host name has characters that are not allowed; no query leaves.",
    ),
    (
        "glibc.nsswitch-bad-action-cuts",
        "方括号写错：只保留它前面的来源。",
        "A bad bracket: only the sources before it are kept.",
    ),
    ("glibc.nsswitch-bad-action-voids", "方括号写错：一个来源也不剩。", "A bad bracket: no source is left."),
    (
        "glibc.nsswitch-hosts",
        "hosts 那行决定来源和次序；有几行时最后一行算。",
        "The hosts line gives sources and order; of several the last counts.",
    ),
    ("glibc.nsswitch-last-line-unended", "最后一行没有换行。", "The last line has no newline."),
    (
        "glibc.nsswitch-no-comments",
        "2.33 起行尾的 # 不是注释，后面的词也当成来源。",
        "From 2.33 on # behind a line begins no comment: the words after it are sources.",
    ),
    ("glibc.nsswitch-syntax", "这一行不合语法。", "This line is not well formed."),
    ("glibc.option-capped", "选项的数值有上下限。", "The number of this option has limits."),
    (
        "glibc.read",
        "getaddrinfo 先打开这些文件，没有就用默认值。",
        "getaddrinfo opens these first; what is missing gets its default.",
    ),
    (
        "glibc.resolv-unknown-line",
        "不认识的关键字，或者前面有空格。",
        "An unknown keyword, or one with blanks before it.",
    ),
    ("glibc.resolv-unknown-option", "不认识的选项，忽略。", "An unknown option is ignored."),
    (
        "glibc.resolved-not-running",
        "resolve 模块要找 systemd-resolved，这里没有运行。",
        "The resolve module asks systemd-resolved, which does not run here.",
    ),
    ("glibc.result", "getaddrinfo 的返回值。", "What getaddrinfo returns."),
    ("glibc.rotate", "options rotate：第一台随机挑。", "options rotate: the first server is picked at random."),
    (
        "glibc.search",
        "点数够 ndots 先试原名，否则先加后缀；末尾的点表示不加后缀。",
        "With ndots dots the name goes first as it is, otherwise with suffixes; a final dot rules suffixes out.",
    ),
    (
        "glibc.search-list-assertion",
        "search 列表触发了断言，进程退出。",
        "The search list trips an assertion and ends the process.",
    ),
    (
        "glibc.send",
        "从一个 UDP socket 发出，等到超时就换下一台。",
        "It leaves a UDP socket; without an answer in time the next server is asked.",
    ),
    (
        "glibc.single-request-fallback",
        "两个问题只回了一个：有的服务器应付不了，改成一个一个问。",
        "One of two questions was answered: some servers cannot do two at a time, so they go one by one.",
    ),
    (
        "glibc.sort",
        "按 RFC 6724 排序，gai.conf 可以改；源地址也算在内。",
        "RFC 6724 sorts, source addresses included; gai.conf can change it.",
    ),
    (
        "glibc.sortlist-never-ends",
        "sortlist 这样写，读它的循环停不下来。",
        "Written like this, sortlist is read in a loop that never ends.",
    ),
    (
        "glibc.source-status",
        "来源报告四种状态之一：SUCCESS、NOTFOUND、UNAVAIL、TRYAGAIN。",
        "A source reports one of SUCCESS, NOTFOUND, UNAVAIL and TRYAGAIN.",
    ),
    ("glibc.sources", "照 nsswitch.conf 的 hosts 那行。", "As the hosts line of nsswitch.conf says."),
    ("glibc.tcp", "截断之后，或 use-vc，改走 TCP。", "TCP after a cut answer, or with use-vc."),
    (
        "glibc.tcp-without-timeout",
        "TCP 没有读超时，等到服务器关连接为止。",
        "TCP has no read timeout: it waits until the server closes.",
    ),
    (
        "glibc.truncated",
        "TC 置位：UDP 放不下，用 TCP 再问。",
        "TC is set: it does not fit into UDP and is asked again over TCP.",
    ),
    (
        "glibc.types-together",
        "A 和 AAAA 不等回答就连着发出。",
        "A and AAAA leave without waiting for each other's answer.",
    ),
    ("go.cgo-by-environment", "GODEBUG 或环境变量要求用 cgo。", "GODEBUG or the environment asks for cgo."),
    ("go.cgo-errors", "C 库的错误换成 Go 的说法。", "An error of the C library in Go's words."),
    (
        "go.cgo-for-actions",
        "方括号里的规则 Go 不会执行，有 cgo 就交给它。",
        "Go does not carry out actions in brackets and leaves them to cgo if there is one.",
    ),
    ("go.cgo-for-backslash-and-percent", "名字里有 \\ 或 %，交给 cgo。", "A name with \\ or % goes to cgo."),
    ("go.cgo-for-local", ".local 可能归 mDNS，交给 cgo。", ".local may belong to mDNS and goes to cgo."),
    ("go.cgo-for-mdns-allow", "有 /etc/mdns.allow，交给 cgo。", "With /etc/mdns.allow it goes to cgo."),
    ("go.cgo-for-myhostname", "myhostname 会回答的名字，交给 cgo。", "A name that myhostname answers goes to cgo."),
    (
        "go.cgo-for-unknown-resolv-conf",
        "resolv.conf 有不认识的内容，有 cgo 就交给它。",
        "Something in resolv.conf is unknown, so cgo does it if there is one.",
    ),
    ("go.cgo-for-unknown-source", "不认识的来源：有 cgo 就交给它。", "An unknown source: cgo does it if there is one."),
    ("go.dns", "Go 自己发 DNS 查询，不经过 C 库。", "Go sends DNS queries itself, without the C library."),
    ("go.empty-name", "空名字不查。", "An empty name is not looked up."),
    ("go.exchange", "每种类型一个 socket；1.19 起带 EDNS(0)。", "A socket for each type; with EDNS(0) from 1.19 on."),
    ("go.files", "读 /etc/hosts。", "Reads /etc/hosts."),
    ("go.files-only", "来源只有 files：找不到就结束。", "files is the only source: what is not there is not found."),
    ("go.hosts-all-lines", "所有匹配的行都算，大小写不计。", "All matching lines count; case does not."),
    ("go.hosts-bad-address", "行首不是地址，这一行跳过。", "The line does not begin with an address and is skipped."),
    ("go.literal", "写成地址的名字直接当地址。", "A name that is written as an address is taken as one."),
    (
        "go.name-list",
        "点数够 ndots 先试原名，否则先加后缀；末尾的点表示不加后缀。",
        "With ndots dots the name goes first as it is, otherwise with suffixes; a final dot rules suffixes out.",
    ),
    (
        "go.next-server",
        "超时、SERVFAIL 一类换下一台；NXDOMAIN 就是结论。",
        "A timeout or SERVFAIL leads to the next server; NXDOMAIN is final.",
    ),
    ("go.no-source", "没有可用的来源。", "There is no source to ask."),
    (
        "go.no-suitable-address",
        "查到了，但没有要的那族地址。",
        "There are addresses, none of the family that was asked for.",
    ),
    ("go.not-a-domain-name", "不是合法的域名，不发查询。", "It is no domain name; no query leaves."),
    (
        "go.nsswitch-broken",
        "有一行读不懂，整个文件不算。",
        "One line cannot be read, and the whole file does not count.",
    ),
    (
        "go.nsswitch-cut-at-spaces",
        "Go 只按空格切词：带 tab 或逗号的整段是一个不认识的来源。",
        "Go cuts at spaces only: a piece with a tab or comma is one unknown source.",
    ),
    (
        "go.nsswitch-hosts",
        "hosts 那行决定来源和次序；几行会接起来。",
        "The hosts line gives sources and order; several are joined.",
    ),
    ("go.nsswitch-other-line", "别的数据库，与查名字无关。", "Another database, which host names do not depend on."),
    (
        "go.nsswitch-unreadable",
        "nsswitch.conf 读不懂：有 cgo 就交给它，没有就 files,dns。",
        "nsswitch.conf cannot be read: cgo does it if there is one, otherwise files,dns.",
    ),
    ("go.openbsd-lookup", "OpenBSD 看 resolv.conf 的 lookup。", "OpenBSD has lookup in resolv.conf."),
    (
        "go.order-of-sources",
        "照 nsswitch.conf 的 hosts 那行，化成四种顺序之一。",
        "As the hosts line of nsswitch.conf says, made one of four orders.",
    ),
    (
        "go.order-without-hosts-line",
        "没有 hosts 那行：1.15 照旧 glibc 用 dns,files，1.16 起是 files,dns（golang/go#35305）。",
        "No hosts line: dns,files in 1.15, as old glibc had it; files,dns from 1.16 on (golang/go#35305).",
    ),
    ("go.platform", "由操作系统决定。", "The operating system decides."),
    ("go.read", "Go 自己读这些文件。", "Go reads these files itself."),
    (
        "go.resolv-unknown",
        "Go 不认识它；有 cgo 的程序会因此改用 C 库。",
        "Go does not know it; a program with cgo turns to the C library because of it.",
    ),
    ("go.result", "LookupHost 的返回值。", "What LookupHost returns."),
    (
        "go.rotate",
        "options rotate：每种类型、每个名字都往后挪一台。",
        "options rotate: each type of each name begins one further.",
    ),
    ("go.sort", "按 RFC 6724 排序，源地址也算在内。", "RFC 6724 sorts, source addresses included."),
    (
        "go.truncated",
        "TC 置位：UDP 放不下，用 TCP 再问。",
        "TC is set: it does not fit into UDP and is asked again over TCP.",
    ),
    (
        "go.types-race",
        "A 和 AAAA 各一个 goroutine，谁先发出看调度。",
        "A and AAAA have a goroutine each; the scheduler decides which leaves first.",
    ),
    (
        "musl.all-servers-at-once",
        "所有服务器、两种类型一起问，谁先答用谁的。",
        "All servers are asked for both types at once; the first answer counts.",
    ),
    (
        "musl.attempts-zero",
        "attempts:0 成了除数，进程死于 SIGFPE。",
        "attempts:0 is divided by, and SIGFPE ends the process.",
    ),
    (
        "musl.both-types",
        "A 和 AAAA 都要有回答；缺一个就失败。",
        "Both A and AAAA need an answer; without one of them it fails.",
    ),
    (
        "musl.dns",
        "hosts 没有，再问 DNS；musl 不看 nsswitch.conf。",
        "Not in hosts, so DNS is asked; musl never reads nsswitch.conf.",
    ),
    (
        "musl.error-waited-out",
        "这种错误不算回答，等到超时为止。",
        "Such an error is no answer; the rest of the timeout is waited out.",
    ),
    ("musl.garbled-query", "1.2.3 以前，末尾两个点让问题变成乱码。", "Up to 1.2.3 two final dots garble the question."),
    ("musl.hosts-bad-address", "行首不是地址，这一行跳过。", "The line does not begin with an address and is skipped."),
    (
        "musl.hosts-first",
        "musl 没有 nsswitch，总是先看 /etc/hosts。",
        "musl has no nsswitch and always reads /etc/hosts first.",
    ),
    ("musl.hosts-line", "名字在这一行里，大小写要一致。", "The name stands on this line, in the same case."),
    ("musl.literal", "写成地址的名字直接当地址。", "A name that is written as an address is taken as one."),
    ("musl.name-length", "名字是空的或太长。", "The name is empty or too long."),
    (
        "musl.name-list",
        "点数不到 ndots 才加后缀；够了就只试原名。",
        "Suffixes only with fewer than ndots dots; otherwise the name alone.",
    ),
    ("musl.read", "musl 自己读这些文件。", "musl reads these files itself."),
    (
        "musl.reply-from-another-address",
        "回答来自别的地址，不算。",
        "The answer comes from another address and does not count.",
    ),
    ("musl.resolv-long-line", "超过 255 字节的行整行丢掉。", "A line over 255 bytes is dropped."),
    (
        "musl.resolv-unknown-line",
        "musl 只认 nameserver、search、domain、options。",
        "musl knows nameserver, search, domain and options only.",
    ),
    (
        "musl.resolv-unknown-option",
        "musl 只认 ndots、attempts、timeout。",
        "musl knows ndots, attempts and timeout only.",
    ),
    ("musl.result", "getaddrinfo 的返回值。", "What getaddrinfo returns."),
    (
        "musl.servfail-again",
        "SERVFAIL 马上重发，次数有限。",
        "SERVFAIL is asked again at once, a limited number of times.",
    ),
    ("musl.sort", "有 IPv6 地址才排序，按 RFC 6724。", "It sorts only if an IPv6 address is among them, by RFC 6724."),
    ("musl.tcp", "1.2.4 起，截断的回答用 TCP 再问。", "From 1.2.4 on a cut answer is asked again over TCP."),
    ("resolv.server-not-an-address", "nameserver 后面不是地址。", "What follows nameserver is no address."),
    ("resolv.three-servers", "最多三台，第四台起不算。", "Three servers count; a fourth does not."),
    ("sim.limit", "这是模拟的上限，不是实现的。", "A limit of this simulation, not of the implementation."),
];

/// What the engine expects of a field.
const REASONS: &[Pair] = &[
    ("is missing", "缺这一项", "is missing"),
    ("unknown field", "没有这一项", "there is no such field"),
    ("a text is expected", "这里要写文本", "a text is expected"),
    ("a list is expected", "这里要写列表", "a list is expected"),
    ("an object is expected", "这里要写对象", "an object is expected"),
    ("true or false is expected", "只能是 true 或 false", "true or false is expected"),
    ("any, 4 or 6 is expected", "只能是 any、4、6", "any, 4 or 6 is expected"),
    ("addrconfig or canon is expected", "只能是 addrconfig、canon", "addrconfig or canon is expected"),
    ("lo, v4, v6 or dual is expected", "只能是 lo、v4、v6、dual", "lo, v4, v6 or dual is expected"),
    ("an IP address is expected", "这里要写 IP 地址", "an IP address is expected"),
    (
        "three texts are expected: name, type, value",
        "要写三项：名字 类型 值",
        "three words are expected: name type value",
    ),
    ("the value is no address of that type", "值不是这种类型的地址", "the value is no address of that type"),
    ("A, AAAA or SOA is expected", "只能是 A、AAAA、SOA", "A, AAAA or SOA is expected"),
    ("udp or tcp is expected", "只能是 udp、tcp", "udp or tcp is expected"),
    ("a whole number from 0 to 4294967295 is expected", "这里要写次数", "a count is expected"),
    ("go, curl, python or java is expected", "只能是 go、curl、python、java", "go, curl, python or java is expected"),
    (
        "zone, cname_nodata, servfail, refused, formerr, notimp, nxdomain, nodata, drop, truncate, lame, closed or formerr_edns is expected",
        "行为只能是 zone cname_nodata servfail refused formerr notimp nxdomain nodata drop truncate lame closed formerr_edns",
        "the behaviour is one of zone cname_nodata servfail refused formerr notimp nxdomain nodata drop truncate lame closed formerr_edns",
    ),
];

/// `gai_strerror` of both libraries, as programs print it.
pub const STRERROR: &[(&str, &str, &str)] = &[
    ("EAI_NONAME", "Name or service not known", "Name does not resolve"),
    ("EAI_NODATA", "No address associated with hostname", "Name has no usable address"),
    ("EAI_AGAIN", "Temporary failure in name resolution", "Try again"),
    ("EAI_FAIL", "Non-recoverable failure in name resolution", "Non-recoverable error"),
    ("EAI_SYSTEM", "System error", "System error"),
    ("EAI_ADDRFAMILY", "Address family for hostname not supported", "Address family not supported by protocol"),
    ("KILLED", "Killed", "Killed"),
];

/// A table in one language.
fn table(pairs: &'static [Pair], lang: Lang) -> impl Iterator<Item = (&'static str, &'static str)> {
    pairs.iter().map(move |(key, zh, en)| (*key, if lang == Lang::Zh { *zh } else { *en }))
}

fn look_up(pairs: &'static [Pair], lang: Lang, key: &str) -> Option<&'static str> {
    table(pairs, lang).find(|(name, _)| *name == key).map(|(_, words)| words)
}

impl Text {
    /// What a step did, with `{field}` in it.
    pub fn names_event(self, key: &str) -> Option<&'static str> {
        look_up(EVENTS, self.0, key)
    }

    /// Why.
    pub fn names_rule(self, id: &str) -> &'static str {
        look_up(RULES, self.0, id).unwrap_or("")
    }

    /// What a value is called; most are called what they are.
    pub fn names_value(self, value: &str) -> Option<&'static str> {
        look_up(VALUES, self.0, value)
    }

    /// What became of a line.
    pub fn names_effect(self, effect: &str) -> &'static str {
        look_up(EFFECTS, self.0, effect).unwrap_or("")
    }

    /// All of it for a script.
    pub fn names_tables(self) -> serde_json::Value {
        let object =
            |pairs| serde_json::Value::Object(table(pairs, self.0).map(|(k, v)| (k.to_owned(), v.into())).collect());
        serde_json::json!({
            "events": object(EVENTS),
            "values": object(VALUES),
            "effects": object(EFFECTS),
            "rules": object(RULES),
            "reasons": object(REASONS),
            "variants": VARIANTS.iter().copied().collect::<std::collections::BTreeMap<_, _>>(),
            "strerror": STRERROR.iter().map(|(k, glibc, musl)| (*k, [*glibc, *musl])).collect::<std::collections::BTreeMap<_, _>>(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};

    use super::*;

    /// The engine's sources without their tests.
    fn sources(folder: &Path, into: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, into);
            } else if path.file_name().is_some_and(|name| name != "tests.rs") {
                into.push(std::fs::read_to_string(path).unwrap());
            }
        }
    }

    fn engine() -> Vec<String> {
        let mut all = Vec::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../playground-wasm/engine/src/resolver"), &mut all);
        all
    }

    #[test]
    fn each_rule_of_the_engine_has_a_sentence() {
        let mut ids = BTreeSet::new();
        for text in engine() {
            for piece in text.split("rule(").skip(1) {
                if let Some(id) = piece.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next()) {
                    ids.insert(id.to_owned());
                }
            }
        }
        assert!(ids.len() > 100, "{} rules", ids.len());
        let known: BTreeSet<String> = RULES.iter().map(|(id, _, _)| (*id).to_owned()).collect();
        assert_eq!(ids, known);
    }

    #[test]
    fn each_event_has_words() {
        let all = engine().concat();
        let events = all.split("pub enum Event {").nth(1).unwrap().split("\n}").next().unwrap();
        let mut count = 0;
        for line in
            events.lines().filter(|line| line.starts_with("    ") && line.trim_start().starts_with(char::is_uppercase))
        {
            let name: String = line.trim().chars().take_while(|c| c.is_alphanumeric()).collect();
            let mut key = String::new();
            for c in name.chars() {
                if c.is_uppercase() && !key.is_empty() {
                    key.push('_');
                }
                key.extend(c.to_lowercase());
            }
            let known = EVENTS.iter().any(|(event, _, _)| event.split('.').next() == Some(&key));
            assert!(known, "{key} has no words");
            count += 1;
        }
        assert!(count > 30, "{count} events");
    }

    #[test]
    fn each_complaint_of_the_engine_has_words_and_no_others_are_kept() {
        let inputs = [
            "{}",
            r#"{"name":"a","color":1}"#,
            r#"{"name":1}"#,
            r#"{"name":"a","flags":"canon"}"#,
            r#"{"name":"a","files":[]}"#,
            r#"{"name":"a","files":{"mdns_allow":"yes"}}"#,
            r#"{"name":"a","family":"5"}"#,
            r#"{"name":"a","flags":["x"]}"#,
            r#"{"name":"a","net":"x"}"#,
            r#"{"name":"a","dns":{"servers":{"x":{}}}}"#,
            r#"{"name":"a","dns":{"records":[["a","A"]]}}"#,
            r#"{"name":"a","dns":{"records":[["a","A","::1"]]}}"#,
            r#"{"name":"a","dns":{"rules":[{"action":"drop","type":"MX"}]}}"#,
            r#"{"name":"a","dns":{"rules":[{"action":"drop","proto":"quic"}]}}"#,
            r#"{"name":"a","dns":{"rules":[{"action":"drop","first_n":-1}]}}"#,
            r#"{"name":"a","dns":{"rules":[{"action":"explode"}]}}"#,
        ];
        let mut told: BTreeSet<String> =
            inputs.iter().map(|input| netsim::resolver::read::case(input).unwrap_err().reason).collect();
        told.insert(netsim::resolver::answer::Dial::parse("telnet").unwrap_err().reason);
        let known: BTreeSet<String> = REASONS.iter().map(|(reason, _, _)| (*reason).to_owned()).collect();
        assert_eq!(told, known);
    }
}
