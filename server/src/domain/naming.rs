//! Whether a line may name someone or something that is nobody's business: it speaks of secrets or people, or it has the
//! shape of a command or a log line. No list of patterns finds each name in such a line, so none of its words is kept.

/// Whoever types one of these, alone or within a longer word, may type a secret or a name beside it.
const SPEAKS_OF: &[&str] = &[
    "passw",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "apikey",
    "api key",
    "api_key",
    "api-key",
    "credential",
    "bearer",
    "authoriz",
    "sessid",
    "sessionid",
    "session id",
    "cookie",
    "requirepass",
    "identified by",
    "login",
    "logged in",
    "username",
    "userid",
    "account",
    "forwarded",
    "private key",
    "my name",
    "phone",
    "e-mail",
    "email",
    "密码",
    "口令",
    "密钥",
    "秘钥",
    "令牌",
    "账号",
    "帐号",
    "账户",
    "用户",
    "姓名",
    "名字",
    "工号",
    "身份证",
    "手机",
    "电话",
    "邮箱",
    "生日",
    "凭证",
    "凭据",
];
/// The same, as a word of its own.
const SPEAKS_OF_ALONE: &[&str] = &["user", "auth", "uid", "cn", "sid"];
/// A line with so many small numbers side by side holds an address that somebody typed with spaces.
const NUMBERS_OF_AN_ADDRESS: usize = 4;

/// Whether it may.
pub fn may_name(line: &str) -> bool {
    let lower = line.to_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    SPEAKS_OF.iter().any(|part| lower.contains(part))
        || words.iter().any(|word| SPEAKS_OF_ALONE.contains(&bare(word)) || is_option(word) || assigns(word))
        || lower.contains(['"', '\'', '`', '“', '‘', '「', '@', '<', '|', '$'])
        || is_log(&words)
        || spaced_address(&words)
        || han_in_a_name(&lower)
}

fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric())
}

/// `-p`, `--password`, but no `-` and no negative number.
fn is_option(word: &str) -> bool {
    word.strip_prefix('-').is_some_and(|rest| rest.starts_with(|c: char| c == '-' || c.is_ascii_alphabetic()))
}

/// `key=value`.
fn assigns(word: &str) -> bool {
    word.split_once('=').is_some_and(|(key, value)| !key.is_empty() && !value.is_empty())
}

/// `… from alice port 22`: who did what from where.
fn is_log(words: &[&str]) -> bool {
    let number = |word: Option<&&str>| word.is_some_and(|word| word.bytes().all(|b| b.is_ascii_digit()));
    words.contains(&"from") && words.windows(2).any(|two| two[0] == "port" && number(two.get(1)))
}

fn spaced_address(words: &[&str]) -> bool {
    let small = |word: &&str| word.parse::<u8>().is_ok();
    words.windows(NUMBERS_OF_AN_ADDRESS).any(|run| run.iter().all(small))
}

/// A dot or a slash beside a Han character: `shop.公司.com`, `/home/张三`.
fn han_in_a_name(line: &str) -> bool {
    let chars: Vec<char> = line.chars().collect();
    let han = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
    let part = |c: char| c.is_alphanumeric();
    chars.windows(3).any(|w| w[1] == '.' && part(w[0]) && part(w[2]) && (han(w[0]) || han(w[2])))
        || line.split_whitespace().any(|word| word.matches('/').count() > 1 && word.chars().any(han))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_may_name_are_seen() {
        for line in [
            "pgpassword=hunter psql hangs",
            "accesstoken=abcdef",
            "clientsecret: abcdef",
            "jsessionid=abc123",
            "curl --password hunter times out",
            "redis-cli -a hunter",
            "sshpass -p hunter",
            "requirepass hunter",
            "auth hunter",
            "identified by 'hunter'",
            "bearer abcdefg",
            "password: correct horse battery staple",
            "密码:我的生日",
            "密码改成了hunter",
            "口令 hunter",
            "账号alice口令hunter",
            "my password is hunter",
            "failed password for alice from port 22 ssh2",
            "accepted publickey from alice port 51022",
            "invalid user zhangsan",
            "user id=sa",
            "cn=zhang san",
            "用户名:张三",
            "用户张三的连接",
            "账号 lisi",
            "工号 a12345",
            "x-forwarded-for: alice",
            "ping 10 1 2 3",
            "foo.公司.com 解析失败",
            "open /home/张三/项目/日志.txt",
            "connection of 'alice' reset",
            "mail from alice@shop",
        ] {
            assert!(may_name(line), "{line}");
        }
    }

    #[test]
    fn plain_questions_are_not() {
        for line in [
            "many close_wait sockets",
            "dial tcp: i/o timeout",
            "read: connection reset by peer",
            "time_wait 太多会不会有问题",
            "TCP_USER_TIMEOUT 怎么设",
            "40 ms 延迟",
            "http/1.1 keep-alive race",
            "两台机器抢同一个地址",
            "curl works, go program hangs",
            "accept 队列满了 syn 被丢",
            "nginx 502 upstream prematurely closed connection",
            "recv-q 一直不空",
        ] {
            assert!(!may_name(line), "{line}");
        }
    }
}
