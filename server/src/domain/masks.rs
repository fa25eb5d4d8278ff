//! What people type beside their question: addresses, names of machines and people, secrets. Rules take them out of a
//! line that is to be kept. They err on the side of taking too much, and cannot know a name that looks like a word.

use unicode_normalization::UnicodeNormalization;

/// Stands for what was taken out.
pub const MASK: char = '…';

/// What follows one of these after `:` or `=` or in quotes is a secret; a word with a digit is one without them too.
const BEFORE_SECRETS: &str = "password passwd passphrase pwd secret token apikey authorization bearer basic cookie \
     sessionid credential credentials 密码 口令 密钥 令牌 账号 帐号 用户名 邮箱";
/// What follows one of these after `:` or `=` or in quotes names someone or something.
const BEFORE_NAMES: &str =
    "user username login account email uid pass key auth session sid host hostname server client 用户 主机";
/// Schemes of `Authorization`, which are no secrets themselves.
const SCHEMES: &[&str] = &["bearer", "basic"];
/// How well-known kinds of tokens begin.
const TOKEN_STARTS: &[&str] =
    &["ghp_", "gho_", "github_pat_", "glpat-", "sk-", "sk_", "pk_", "akia", "asia", "xox", "eyj", "aiza"];
/// Dotted words that name no machine.
const KNOWN_DOTTED: &[&str] = &["resolv.conf", "nsswitch.conf", "node.js", "asp.net"];
/// How dotted words begin that name no machine: kernel settings, classes that everyone has.
const KNOWN_STARTS: &str = "net.ipv4. net.ipv6. net.core. net.netfilter. java.net. java.io. java.nio. java.lang. \
     java.util. javax.net. io.netty. org.apache.http.";
/// How the second part of an error's name ends: `socket.timeout`, `context.DeadlineExceeded`.
const ERROR_ENDS: &[&str] = &["error", "exception", "exceeded", "timeout", "canceled", "cancelled", "eof"];
/// Files that every machine has.
const KNOWN_PATHS: &[&str] = &["/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/dev/null"];
/// The kernel tells about itself here.
const SYSTEM: &[&str] = &["/proc/net/", "/proc/sys/net/", "/proc/self/", "/sys/class/net/"];
/// In a name of several parts, these tell that it is a machine's.
const PLACES: &[&str] = &["prod", "prd", "production", "staging", "uat", "corp", "internal", "intranet"];

/// More digits than this in one number are an id, an account, a telephone.
const MOST_DIGITS: usize = 6;
/// As many in numbers side by side; three status codes are none.
const MOST_DIGITS_SPACED: usize = 9;
/// No word of any language or protocol is longer.
const LONGEST_WORD: usize = 32;

/// A line without what could name a person, a machine or a secret.
pub fn masked(line: &str) -> String {
    let line: String = line.nfkc().map(|c| if is_unseen(c) { ' ' } else { c }).collect();
    let mut out = String::with_capacity(line.len());
    let mut rest = line.as_str();
    while let Some(start) = rest.find(in_run) {
        let end = rest[start..].find(|c| !in_run(c)).map_or(rest.len(), |n| start + n);
        out.push_str(&rest[..start]);
        mask_run(&rest[start..end], &mut out);
        rest = &rest[end..];
    }
    out.push_str(rest);
    spaced_numbers(&out)
}

/// Control characters, and those that turn or hide text in a terminal.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
}

/// Addresses, paths and tokens are made of these; Chinese stands around them without a space.
fn in_run(c: char) -> bool {
    c.is_ascii_graphic()
        && !matches!(c, '"' | '\'' | '`' | ',' | ';' | '(' | ')' | '[' | ']' | '{' | '}' | '<' | '>' | '|')
}

fn mask_run(run: &str, out: &mut String) {
    if is_place(run) {
        return out.push(MASK);
    }
    let start = out.len();
    let mut hidden = false;
    let mut rest = run;
    while !rest.is_empty() {
        let mut end = rest.find(|c| !in_piece(c)).unwrap_or(rest.len());
        let piece = &rest[..end];
        let secret = !piece.is_empty() && follows_a_secrets_name(out, piece);
        if secret {
            // Passwords are made of anything.
            end = rest.find('&').unwrap_or(rest.len());
        }
        if secret || tells_too_much(piece) {
            hidden = true;
            out.push(MASK);
        } else {
            out.push_str(piece);
        }
        let next = rest[end..].chars().next();
        out.extend(next);
        rest = &rest[end + next.map_or(0, char::len_utf8)..];
    }
    // `shop.example/orders/alice` and base64 have parts that look harmless alone.
    if hidden && run.contains('/') {
        out.truncate(start);
        out.push(MASK);
    }
}

fn in_piece(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')
}

/// URLs, mail addresses, paths, IPv6 and MAC addresses, percent-encoded text.
fn is_place(run: &str) -> bool {
    if KNOWN_PATHS.contains(&run) || SYSTEM.iter().any(|root| run.starts_with(root)) {
        return false;
    }
    let bare = run.trim_end_matches([':', '.', '?', '!']);
    let encoded =
        run.split('%').skip(1).any(|after| after.len() >= 2 && after.bytes().take(2).all(|b| b.is_ascii_hexdigit()));
    let address = bare.split('%').next().unwrap_or(bare);
    let hex = |b: u8| b.is_ascii_hexdigit() || matches!(b, b':' | b'.' | b'/');
    let colons = address.matches(':').count() >= 2 && address.bytes().all(hex);
    let path = bare.len() > 1 && bare.starts_with(['/', '~']) || bare.matches('/').count() >= 2 || bare.contains('\\');
    run.contains("://") || bare.len() > 1 && bare.contains('@') || encoded || colons || path
}

fn tells_too_much(piece: &str) -> bool {
    let small = piece.to_ascii_lowercase();
    let digits = piece.bytes().filter(u8::is_ascii_digit).count();
    let token = small.len() >= 12 && TOKEN_STARTS.iter().any(|start| small.starts_with(start));
    // `mysql -pHunter2`.
    let option = small.starts_with('-') && !small.starts_with("--") && small.len() >= 6 && digits > 0;
    digits > MOST_DIGITS || token || option || is_machine(&small) || piece.split(['.', '-', '_']).any(is_random)
}

/// `shop.example.com`, `10.0.0.1`, `ip-10-0-0-1`, `web-01`, `orders-prod`.
fn is_machine(name: &str) -> bool {
    let name = name.trim_matches(['.', '-']);
    let known = KNOWN_DOTTED.contains(&name) || KNOWN_STARTS.split_whitespace().any(|start| name.starts_with(start));
    let parts: Vec<&str> = name.split(['.', '-', '_']).collect();
    let number = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let address = ['.', '-'].iter().any(|mark| name.split(*mark).filter(number).count() >= 4);
    let place = parts.len() > 1 && parts.iter().any(|p| PLACES.contains(p));
    let before_digits = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let ending = &name[before_digits.len()..];
    let numbered = matches!(ending.len(), 2 | 3)
        && ending.starts_with('0')
        && before_digits.ends_with(|c: char| c.is_ascii_alphabetic() || c == '-' || c == '_');
    !known && (address || place || numbered || is_dotted_name(name))
}

fn is_dotted_name(name: &str) -> bool {
    let labels: Vec<&str> = name.split('.').filter(|label| !label.is_empty()).collect();
    let named = labels.iter().filter(|label| label.starts_with(|c: char| c.is_ascii_alphabetic())).count();
    match labels[..] {
        [_, last] if ERROR_ENDS.iter().any(|end| last.ends_with(end)) => false,
        [.., last] if labels.len() > 1 => named >= 2 || last.starts_with(|c: char| c.is_ascii_alphabetic()),
        _ => false,
    }
}

/// Digits and letters that take turns, long hexadecimal numbers, words longer than words are.
fn is_random(chunk: &str) -> bool {
    let digits = chunk.bytes().filter(u8::is_ascii_digit).count();
    let letters = chunk.len() - digits;
    let pairs = || chunk.as_bytes().windows(2);
    let turns = pairs().filter(|p| p[0].is_ascii_digit() != p[1].is_ascii_digit()).count();
    let capitals = pairs().filter(|p| p[0].is_ascii_lowercase() && p[1].is_ascii_uppercase()).count();
    let hex = chunk.strip_prefix("0x").unwrap_or(chunk).bytes().all(|b| b.is_ascii_hexdigit());
    chunk.len() >= 8 && (hex && digits >= 2 && letters >= 1 || digits >= 2 && letters >= 2 && turns >= 3)
        || chunk.len() >= 16 && (capitals >= 5 || digits >= 2 && letters >= 2 && capitals >= 2)
        || chunk.len() > LONGEST_WORD
}

/// Whether what was read so far ends in `password:`, `user=`, `密码是`, or in `password` and the next word has a digit.
fn follows_a_secrets_name(before: &str, piece: &str) -> bool {
    if SCHEMES.contains(&piece.to_ascii_lowercase().as_str()) {
        return false;
    }
    let gap = |c: char| c.is_whitespace() || matches!(c, ':' | '=' | '"' | '\'' | '`' | '是' | '为');
    let name = before.trim_end_matches(gap).to_ascii_lowercase();
    let gap = &before[name.len()..];
    let ends_with = |word: &&str| {
        let left = name.strip_suffix(*word).map(|rest| rest.chars().next_back());
        // `monkey` is no key, but Chinese has no spaces.
        left.is_some_and(|c| !word.is_ascii() || !c.is_some_and(|c| c.is_ascii_alphanumeric()))
    };
    let scheme = SCHEMES.iter().any(ends_with) && piece.len() >= 8;
    let option = name.ends_with(" -u") || name.ends_with("--user");
    let told = gap.contains([':', '=', '"', '\'', '是', '为']);
    let digit = piece.bytes().any(|b| b.is_ascii_digit());
    let secret = (told || digit) && BEFORE_SECRETS.split_whitespace().any(|word| ends_with(&word));
    scheme || option || secret || told && BEFORE_NAMES.split_whitespace().any(|word| ends_with(&word))
}

/// Numbers that stand side by side and are long together: telephones, cards.
fn spaced_numbers(line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    let number = |word: &&str| word.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'+' | b'(' | b')'));
    let digits = |word: &str| word.bytes().filter(u8::is_ascii_digit).count();
    let mut out: Vec<&str> = Vec::with_capacity(words.len());
    let mut rest = words.as_slice();
    while let Some(first) = rest.first() {
        let run = rest.iter().take_while(|word| number(word)).count();
        let long = rest[..run].iter().map(|word| digits(word)).sum::<usize>() > MOST_DIGITS_SPACED;
        if run > 0 && long {
            out.push("…");
        } else if run > 0 {
            out.extend(&rest[..run]);
        } else {
            out.push(first);
        }
        rest = &rest[run.max(1)..];
    }
    out.dedup_by(|a, b| *a == "…" && *b == "…");
    out.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_a_person_a_machine_or_a_secret_is_taken_out() {
        for (line, left) in [
            ("timeout to 10.1.2.3", "timeout to …"),
            ("连接10.1.2.3:6379失败", "连接…:6379失败"),
            ("10.1.2.3.443 > 10.9.8.7.51234", "… > …"),
            ("via fe80::1%eth0 and [2001:db8::7]:80", "via … and […]:80"),
            ("from 02:42:ac:11:00:02", "from …"),
            ("mail alice@example.com bounced", "mail … bounced"),
            ("张三＠example．com 登不上", "张三… 登不上"),
            ("ssh root@db", "ssh …"),
            ("https://shop.example/orders?id=3 is slow", "… is slow"),
            ("shop.example.com的连接断了", "…的连接断了"),
            ("shop.example/orders/alice", "…"),
            ("upstream: \"shop.example\", client", "upstream: \"…\", client"),
            ("orders.svc.cluster.local refused", "… refused"),
            ("shop.example.com.443", "…"),
            ("alice%40corp", "…"),
            ("CORP\\alice", "…"),
            ("open /home/alice/.ssh/id_rsa", "open …"),
            ("GET /api/v1/users/alice 502", "GET … 502"),
            ("~/notes.txt", "…"),
            ("web-01 and db02 in orders-prod-eu", "… and … in …"),
            ("ip-172-31-5-9 checkout-7d9f8b6c5-x2x4z", "… …"),
            ("password=hunter", "password=…"),
            ("Password: hunt!er#x", "Password: …"),
            ("password hunter2", "password …"),
            ("db_password = \"hunter\"", "db_password = \"…\""),
            ("?access_token=abc&x=1", "?access_token=…&x=1"),
            ("密码是 hunter", "密码是 …"),
            ("密码：hunter", "密码:…"),
            ("密码hunter2", "密码…"),
            ("Authorization: Bearer abcdefgh", "Authorization: Bearer …"),
            ("curl -u alice:hunter", "curl -u …"),
            ("user=alice failed", "user=… failed"),
            ("failed for user \"alice\"", "failed for user \"…\""),
            ("host: web1", "host: …"),
            ("mysql -pHunter2", "mysql …"),
            ("id 7f9c24e8-3b1e-4a3f-9d55-0a1b2c3d4e5f", "id …"),
            ("commit 9f86d081884c", "commit …"),
            ("ghp_abcdefghijklmnop", "…"),
            ("AKIAABCDEFGHIJKLMNOP", "…"),
            ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abc", "…"),
            ("dGhpcyBpcyBhIHNlY3JldCB0b2tlbg==", "…=="),
            ("order 20261122 of 13812345678", "order … of …"),
            ("call 138 1234 5678 now", "call … now"),
            ("4111 1111 1111 1111", "…"),
            ("a\u{202e}b\u{1b}[2J", "a b [2J"),
        ] {
            let expected = left.replace("… …", "…");
            assert_eq!(masked(line), expected, "{line}");
        }
    }

    #[test]
    fn what_tells_about_the_network_stays() {
        for line in [
            "大量 CLOSE_WAIT 不释放",
            "FIN-WAIT-2 and TIME_WAIT",
            "connect: connection refused (111)",
            "read: i/o timeout",
            "tcp/ip over http/1.1 with tls1.3",
            "net.ipv4.tcp_tw_reuse=1",
            "net.netfilter.nf_conntrack_tcp_timeout_time_wait",
            "java.net.SocketTimeoutException: Read timed out",
            "context.DeadlineExceeded",
            "ERR_HTTP2_PROTOCOL_ERROR",
            "/etc/resolv.conf ndots:5",
            "/proc/net/sockstat",
            "small writes delayed by 40 ms, 200ms, 1.5s",
            "invalid token expired",
            "password authentication failed",
            "TCP user timeout",
            "basic auth",
            "server 502, user 10",
            "ss -tanp state close-wait",
            "kernel 5.15.0-91",
            "502 504 499",
            "in production",
            "SSL_ERROR_SYSCALL, errno 104",
        ] {
            assert_eq!(masked(line), line);
        }
    }
}
