//! Queries that nobody should send and somebody does: each about a megabyte, unless it is bad when short.

const MEGABYTE: usize = 1024 * 1024;

/// Repeats a piece up to a megabyte.
fn megabyte(piece: &str) -> String {
    piece.repeat(MEGABYTE / piece.len())
}

/// What each is, and the query.
pub fn all() -> Vec<(&'static str, String)> {
    let numbered = |piece: &dyn Fn(usize) -> String| (0..10_000).map(piece).collect::<String>();
    vec![
        ("one token", megabyte("a")),
        ("one number", megabyte("7")),
        ("letters and digits in turn", megabyte("a1")),
        ("Han", megabyte("连接队列溢出")),
        ("traditional Chinese", megabyte("連線佇列溢出逾時伺服器")),
        ("rare Han", megabyte("𠀀㐀豈")),
        ("a letter under a megabyte of marks", format!("e{}", megabyte("\u{301}\u{316}"))),
        ("combining characters", megabyte("e\u{301}\u{327}\u{316}")),
        ("zero-width characters", megabyte("a\u{200b}\u{200d}\u{2060}\u{feff}")),
        ("characters that unfold to eighteen", megabyte("\u{fdfa}")),
        ("Hangul, right to left, emoji", megabyte("각\u{202e}אב👩‍👩‍👧🇨🇳")),
        ("control characters", megabyte("\u{1}\u{7}\u{8}\u{b}\u{1b}[31m\u{7f}\u{85}\u{9f}")),
        ("NUL", megabyte("\0")),
        ("line ends", megabyte("\r\n\n\r\u{2028}")),
        ("spaces", megabyte(" \t\u{3000}\u{a0}")),
        ("regular expressions", megabyte("(a*)*b|.{9,}[^\\]$^?+(?<x>\\d)")),
        ("query syntax", megabyte("title:\"a\"~2^5 AND NOT (b OR +c -d) [a TO *} body:* /x/ ")),
        ("quotes and statements", megabyte("'; DROP TABLE x;--\" or 1=1 ${7*7} {{7*7}} %s%n ../ ")),
        ("unfinished socket addresses", megabyte("{sa_family=")),
        ("a thing of the dictionary", megabyte("CLOSE_WAIT 连接 rst ")),
        ("10,000 terms", numbered(&|n| format!("term{n} "))),
        ("10,000 misspelled words", numbered(&|n| format!("conec{n:x}tion "))),
        ("10,000 misspelled identifiers", numbered(&|n| format!("CLSOE_WAIT{n:x} "))),
        ("10,000 rows of ss", numbered(&|n| format!("CLOSE-WAIT 1      0      10.0.0.5:80      10.0.0.9:{n}\n"))),
        ("10,000 tallies", numbered(&|n| format!("STATE{n} {n}\n"))),
        ("numbers that overflow", "CLOSE_WAIT 18446744073709551615\nOPEN 99999999999999999999999\n".to_owned()),
        ("a lone mark", "\u{301}".to_owned()),
        ("half a socket address", "{sa_family=AF_INET, sin_port=htons(".to_owned()),
        ("dots and colons", "::: ... [::1 [::1]: 1.2.3.4.5 %: 0x - -- _ §state.close-wait".to_owned()),
    ]
}
