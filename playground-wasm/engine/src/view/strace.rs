//! `strace -r`-like lines of a program's calls: what it asked and what it was told, with the time that each took.

use alloc::format;
use alloc::string::String;

use crate::time::SimTime;
use crate::trace::{CallFact, CallName, Fact, What};

fn line(c: &CallFact) -> Option<String> {
    let sock = c.sock.as_deref().unwrap_or("?");
    let n = c.n.unwrap_or(0);
    let call = match c.call {
        CallName::Listen => format!("listen({sock}, {n})"),
        CallName::Accept => format!("accept4({sock}, …, SOCK_CLOEXEC)"),
        CallName::Connect => format!("connect({sock}, …, 16)"),
        CallName::Setopt => format!("setsockopt({sock}, {})", c.detail.as_deref().unwrap_or("")),
        CallName::Send => format!("sendto({sock}, …, {n}, MSG_NOSIGNAL, NULL, 0)"),
        CallName::Sendv => format!("sendmsg({sock}, …, MSG_NOSIGNAL)"),
        CallName::Recv => format!("recvfrom({sock}, …, {n}, 0, NULL, NULL)"),
        CallName::Shutdown => format!("shutdown({sock}, SHUT_{})", c.detail.as_deref().unwrap_or("")),
        CallName::Close => format!("close({sock})"),
        CallName::Ss => return None,
        CallName::Exit => return Some(String::from("exit_group(0) = ?")),
    };
    let result = match c.result {
        Some(Ok(r)) => format!("{r}"),
        Some(Err(e)) => format!("-1 {}", e.name()),
        None => String::from("?"),
    };
    let us = c.took.as_micros();
    Some(format!("{call} = {result} <{}.{:06}>", us / 1_000_000, us % 1_000_000))
}

/// The calls of one host up to a time.
pub fn render(facts: &[Fact], host: usize, until: SimTime) -> String {
    let mut out = String::new();
    for f in facts.iter().take_while(|f| f.at <= until) {
        let What::Call(c) = &f.what else { continue };
        if f.host != host {
            continue;
        }
        if let Some(text) = line(c) {
            let us = c.began.as_micros();
            out.push_str(&format!("[{}] {}.{:06} {text}\n", c.thread, us / 1_000_000, us % 1_000_000));
        }
    }
    out
}
