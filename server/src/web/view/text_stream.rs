//! The words of streams. In a sentence `{a}` and `{b}` are numbers, `{a one|many}` a number and its noun, `{t}` text of the
//! stream; `static/js/stage/lanes.js` fills them in as [`fill`] does.

use super::text::{Text, words};
use crate::domain::Lang;

words! {
    lanes: "字节的去向" / "Where the bytes go";
    step_number: "第 {a} 步，共 {b} 步" / "Step {a} of {b}";
    decoder_keeps: "解码器里留着的" / "Kept by the decoder";
    keeps_nothing: "空" / "nothing";
    handed_over: "交给程序的消息" / "Messages handed over";
    handed_responses: "交给程序的响应" / "Responses handed over";
    none_handed: "还没有" / "none so far";
    in_read: "第 {a} 次读" / "read {a}";
    rule_list: "正文到哪里为止（RFC 9112，6.3）" / "Where the body ends (RFC 9112, 6.3)";
    rule_used: "生效" / "applied";
    rule_should: "应该用" / "should apply";
    client_timer: "客户端计时器" / "Client timer";
    timer_waits: "等了 {a} s，超时" / "waited {a} s, timed out";
    timer_idle: "没有超时，最多等 {a} s" / "not expired, waits at most {a} s";
    kept_column: "解码器留着" / "Kept";
    arrived_column: "到达" / "Arrived";
    read_column: "读走" / "Read";
    messages_column: "消息" / "Messages";
    step_column: "步" / "Step";
    stream_writer: "发送方" / "Sender";
    stream_reader: "接收方" / "Receiver";
    stream_cuts: "切口" / "Cuts";
    write_messages: "消息，一行一条" / "Messages, one a line";
    write_hint: "可以写 \\n \\r \\t \\\\ \\xHH" / "\\n \\r \\t \\\\ \\xHH are understood";
    framing_kind: "分帧" / "Framing";
    lying: "第一条的长度多写 5" / "First length says 5 too many";
    inside: "第一条里有分隔符" / "Delimiter inside the first";
    handler_kind: "处理函数" / "Handler";
    read_room: "读缓冲" / "Read buffer";
    read_late: "等全部到了再读" / "Read after all has arrived";
    frame_limit: "消息上限（字节）" / "Longest message, bytes";
    as_udp: "改用 UDP" / "UDP instead";
    cut_after: "在第 {a} 字节后切" / "Cut after byte {a}";
    cut_add: "加一个切口" / "Add a cut";
    cut_remove: "去掉最后一个" / "Remove the last";
    cut_hint: "也可以拖图里的切口。" / "Cuts in the drawing can be dragged, too.";
    http_method: "请求方法" / "Method of the request";
    http_status: "状态码" / "Status";
    http_length: "Content-Length（空着就不写）" / "Content-Length (none if empty)";
    http_chunked: "Transfer-Encoding: chunked" / "Transfer-Encoding: chunked";
    http_body: "真正发出的正文" / "Body that is really sent";
    http_next: "后面还有一个响应" / "Another response follows";
    http_client: "客户端" / "Client";
    client_right: "按标准" / "by the RFC";
    client_naive: "只信长度" / "trusts the length";
    http_timeout: "客户端超时" / "Client timeout";
    bad_escape: "看不懂的转义：{n}" / "An escape that is not understood: {n}";
    no_room: "长度字段写不下 {n} 字节的消息。" / "The length field has no room for a message of {n} bytes.";
    not_fixed: "定长分帧要求每条消息一样长。" / "Fixed framing wants messages of one length.";
    too_many: "最多画 {n} 字节。" / "At most {n} bytes are drawn.";
    bad_number: "要一个整数：{n}" / "A whole number is expected: {n}";
    decoder_code: "解码器的代码" / "The decoder as code";
    body_code: "判断正文的代码" / "The rule as code";
    code_tested: "测试用同样的字节比对过：这两份代码和引擎的结果一致。" / "Tested on the same bytes: both give what the engine gives.";
    unframed: "不分帧" / "none";
    by_line: "换行 \\n" / "line, \\n";
    by_crlf: "\\r\\n" / "\\r\\n";
    by_bar: "竖线 |" / "bar, |";
    by_fixed: "定长 8 字节" / "fixed, 8 bytes";
    by_u8: "1 字节长度" / "1-byte length";
    by_u16be: "2 字节长度，大端" / "2-byte length, big-endian";
    by_u16le: "2 字节长度，小端" / "2-byte length, little-endian";
    by_u32be: "4 字节长度，大端" / "4-byte length, big-endian";
    by_u32le: "4 字节长度，小端" / "4-byte length, little-endian";
    by_varint: "varint 长度" / "varint length";
    handler_loop: "循环到解不出" / "loop until nothing is whole";
    handler_once: "每次读只解一条" / "one message per read";
    handler_naive: "一次读当一条" / "a read is a message";
    edit_stream_hint: "改完按“运行”。`pieces` 是每次读到的字节，十六进制。" / "Change it and press Run. `pieces` are the bytes of each read, in hexadecimal.";
}

/// Names of the lanes of a stream, of datagrams, of HTTP.
pub fn lanes(lang: Lang, datagrams: bool, http: bool) -> [&'static str; 5] {
    match (lang, http, datagrams) {
        (Lang::Zh, true, _) => ["服务端发", "read()", "客户端认为", "", ""],
        (Lang::En, true, _) => ["sent", "read()", "client sees", "", ""],
        (Lang::Zh, _, false) => ["write()", "段", "接收缓冲", "read()", "消息"],
        (Lang::En, _, false) => ["write()", "segments", "buffer", "read()", "messages"],
        (Lang::Zh, _, true) => ["sendto()", "数据报", "接收队列", "recvfrom()", "消息"],
        (Lang::En, _, true) => ["sendto()", "datagrams", "queue", "recvfrom()", "messages"],
    }
}

/// What a step says: code, Chinese, English.
pub const SENTENCES: &[(&str, &str, &str)] = &[
    (
        "start",
        "发送方写了 {a} 次，共 {b} 字节，还没有字节到达。",
        "The sender made {a write|writes}, {b byte|bytes} in all. Nothing has arrived.",
    ),
    (
        "http",
        "服务端发了 {a} 个响应，共 {b} 字节，客户端还没有读。",
        "The server sent {a response|responses}, {b byte|bytes} in all. The client has read nothing.",
    ),
    (
        "arrive",
        "到了 {a} 个段，接收缓冲里有 {b} 字节。",
        "{a segment arrives|segments arrive}; the receive buffer holds {b byte|bytes}.",
    ),
    ("datagram", "到了一个数据报，{b} 字节。", "A datagram of {b byte|bytes} arrives."),
    ("read", "第 {a} 次 read() 返回 {b} 字节。", "read() number {a} returns {b byte|bytes}."),
    ("recvfrom", "第 {a} 次 recvfrom() 返回 {b} 字节。", "recvfrom() number {a} returns {b byte|bytes}."),
    ("lost", "缓冲装不下的 {a} 字节被内核丢掉。", "The kernel throws away the {a byte|bytes} that did not fit."),
    ("none", "还不够一条消息。", "That is not yet a whole message."),
    ("one", "交出第 {a} 条消息。", "Message {a} is handed over."),
    ("many", "交出第 {a} 到 {b} 条消息。", "Messages {a} to {b} are handed over."),
    ("mixed", "交出的内容横跨 {a} 次写。", "What is handed over spans {a write|writes}."),
    ("partial", "交出的只是一次写的一部分。", "What is handed over is only part of a write."),
    (
        "toolong",
        "长度字段说有 {a} 字节，超过上限 {b}：出错。后面的消息从哪里开始已经不知道，只能关闭连接。",
        "The length says {a byte|bytes}, above the limit of {b}: an error. Where the next message begins is lost, so the connection has to close.",
    ),
    (
        "endless",
        "{a} 字节里没有分隔符，超过上限 {b}：出错，只能关闭连接。",
        "{a byte|bytes} without a delimiter, above the limit of {b}: an error, and the connection has to close.",
    ),
    ("broken", "读不下去了，只能关闭连接。", "It cannot be read on, and the connection has to close."),
    (
        "whole",
        "{a} 字节留在处理函数的缓冲里，其中有 {b} 条完整的消息，要等下一次读事件。",
        "{a byte stays|bytes stay} in the handler’s buffer, {b whole message|whole messages} among them, until the next read event.",
    ),
    ("held", "{a} 字节留在解码器里。", "{a byte stays|bytes stay} in the decoder."),
    ("missing", "这一条共 {b} 字节，还差 {a}。", "Of the {b byte|bytes} of this one, {a is|are} missing."),
    ("header", "长度字段还不全，有 {a} 字节，要 {b}。", "Of the length field’s {b byte|bytes}, {a is|are} there."),
    ("forever", "不再有数据来，它们会一直留在那里。", "Nothing more comes, so there they stay."),
    ("line", "读第 {a} 个响应的头，一行：“{t}”。", "The head of response {a}, a line: “{t}”."),
    ("halfline", "头里的一行没有读完，已有 {a} 字节。", "A line of the head is not complete; {a byte|bytes} so far."),
    ("head", "第 {a} 个响应的头读完了，状态 {b}。", "The head of response {a} is complete, with status {b}."),
    ("rule", "生效的是第 {a} 条规则。", "Rule {a} applies."),
    ("wants", "还要读 {a} 字节正文。", "{a byte|bytes} of body are to be read."),
    ("should", "按标准该用第 {a} 条。", "By the standard it would be rule {a}."),
    ("counted", "正文到了 {a} 字节，要 {b}。", "{a} of {b byte|bytes} of the body have come."),
    ("body", "正文到了 {a} 字节，还没有结束。", "{a byte|bytes} of the body have come, and not its end."),
    ("done", "第 {a} 个响应交给程序，正文 {b} 字节。", "Response {a} is handed over, with {b byte|bytes} of body."),
    (
        "eaten",
        "其中 {a} 字节是下一个响应的开头：“{t}”。",
        "{a byte|bytes} of that are the beginning of the next response: “{t}”.",
    ),
    ("close", "连接关闭，正文到此为止。", "The connection closes, which ends the body."),
    (
        "timeout",
        "不再有字节来。正文有 {a} 字节，客户端要 {b}，一直等到超时。",
        "Nothing more comes. The client has {a} of {b byte|bytes} of body and waits until its timeout.",
    ),
    (
        "unended",
        "不再有字节来。正文有 {a} 字节，没有见到结尾，客户端一直等到超时。",
        "Nothing more comes. The client has {a byte|bytes} of body without an end and waits until its timeout.",
    ),
    (
        "cut",
        "不再有字节来，头还没有读完，客户端一直等到超时。",
        "Nothing more comes, the head is not complete, and the client waits until its timeout.",
    ),
    (
        "badhead",
        "下一个响应不是从 HTTP/ 开始，而是“{t}”。流里的位置已经错了，这条连接不能再用。",
        "The next head does not begin with HTTP/ but with “{t}”. The position in the stream is lost; this connection is of no more use.",
    ),
];

/// The rules of RFC 9112, 6.3, in its order: Chinese, English.
pub const RULES: [(&str, &str); 8] = [
    ("HEAD 的应答、1xx、204、304：没有正文", "Response to HEAD, 1xx, 204, 304: no body"),
    ("CONNECT 的 2xx：之后是隧道", "2xx to CONNECT: a tunnel follows"),
    ("两个字段都有：Transfer-Encoding 优先", "Both fields: Transfer-Encoding wins"),
    ("Transfer-Encoding：chunked 到最后一块，否则到连接关闭", "Transfer-Encoding: to the last chunk, or to the close"),
    ("Content-Length 不合法：出错", "Invalid Content-Length: an error"),
    ("Content-Length：这么多字节", "Content-Length: so many bytes"),
    ("请求里都没有：没有正文", "A request with neither: no body"),
    ("响应里都没有：到连接关闭", "A response with neither: to the close"),
];

/// Fills a sentence in.
pub fn fill(sentence: &str, numbers: [u64; 2], text: &str) -> String {
    let mut out = String::with_capacity(sentence.len() + text.len());
    let mut rest = sentence;
    while let Some((before, gap)) = rest.split_once('{') {
        out.push_str(before);
        let Some((gap, after)) = gap.split_once('}') else { break };
        let (name, nouns) = gap.split_once(' ').unwrap_or((gap, ""));
        let number = numbers[usize::from(name == "b")];
        match (name, nouns.split_once('|')) {
            ("t", _) => out.push_str(text),
            (_, None) => out.push_str(&number.to_string()),
            (_, Some((one, many))) => out.push_str(&format!("{number} {}", if number == 1 { one } else { many })),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_take_numbers_nouns_and_text() {
        assert_eq!(fill("{a byte|bytes} of {b}: {t}.", [1, 5], "<x>"), "1 byte of 5: <x>.");
        assert_eq!(fill("{a byte|bytes}", [2, 0], ""), "2 bytes");
        assert_eq!(fill("plain", [0, 0], "unused"), "plain");
    }

    #[test]
    fn both_languages_have_the_same_gaps() {
        let gaps = |s: &str| {
            let mut names: Vec<String> = s.split('{').skip(1).map(|g| g[..1].to_owned()).collect();
            names.sort();
            names.dedup();
            names
        };
        for (code, zh, en) in SENTENCES {
            assert_eq!(gaps(zh), gaps(en), "{code}");
        }
    }
}
