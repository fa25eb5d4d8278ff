//! How strace writes the arguments of network calls: addresses, options, buffers, errors.

use crate::map::Set;
use crate::text::join;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::tcpdump::address;
use crate::calls::Opt;
use crate::errno::Errno;
use crate::trace::{Args, CallName};

/// An address with its length.
pub fn sockaddr(addr: u32, port: u16) -> String {
    format!("{{sa_family=AF_INET, sin_port=htons({port}), sin_addr=inet_addr(\"{}\")}}, 16", address(addr))
}

/// The call that sets an option, without its closing bracket.
pub fn option(fd: u32, o: Opt) -> String {
    let tcp = |name: &str, n: i64| format!("setsockopt({fd}, SOL_TCP, {name}, [{n}], 4");
    let sol = |name: &str, n: i64| format!("setsockopt({fd}, SOL_SOCKET, {name}, [{n}], 4");
    let time = |name: &str, us: u64| {
        let mut bytes = (us / 1_000_000).to_le_bytes().to_vec();
        bytes.extend((us % 1_000_000).to_le_bytes());
        format!("setsockopt({fd}, SOL_SOCKET, {name}, \"{}\", 16", escaped(&bytes))
    };
    match o {
        Opt::Nodelay(on) => tcp("TCP_NODELAY", on.into()),
        Opt::Cork(on) => tcp("TCP_CORK", on.into()),
        Opt::Quickack(on) => tcp("TCP_QUICKACK", on.into()),
        Opt::Maxseg(n) => tcp("TCP_MAXSEG", n),
        Opt::Syncnt(n) => tcp("TCP_SYNCNT", n),
        Opt::UserTimeout(n) => tcp("TCP_USER_TIMEOUT", n),
        Opt::Linger2(n) => tcp("TCP_LINGER2", n),
        Opt::Keepidle(n) => tcp("TCP_KEEPIDLE", n),
        Opt::Keepintvl(n) => tcp("TCP_KEEPINTVL", n),
        Opt::Keepcnt(n) => tcp("TCP_KEEPCNT", n),
        Opt::NotsentLowat(n) => tcp("TCP_NOTSENT_LOWAT", n),
        Opt::WindowClamp(n) => tcp("TCP_WINDOW_CLAMP", n),
        Opt::MtuDiscover(n) => format!("setsockopt({fd}, SOL_IP, IP_MTU_DISCOVER, [{n}], 4"),
        Opt::Rcvbuf(n) => sol("SO_RCVBUF", n),
        Opt::Sndbuf(n) => sol("SO_SNDBUF", n),
        Opt::Rcvlowat(n) => sol("SO_RCVLOWAT", n),
        Opt::Keepalive(on) => sol("SO_KEEPALIVE", on.into()),
        Opt::Reuseport(on) => sol("SO_REUSEPORT", on.into()),
        Opt::Linger(l) => format!(
            "setsockopt({fd}, SOL_SOCKET, SO_LINGER, {{l_onoff={}, l_linger={}}}, 8",
            u8::from(l.is_some()),
            l.unwrap_or(0)
        ),
        Opt::Rcvtimeo(us) => time("SO_RCVTIMEO_OLD", us),
        Opt::Sndtimeo(us) => time("SO_SNDTIMEO_OLD", us),
        Opt::Nonblock(on) => {
            format!("fcntl({fd}, F_SETFL, O_RDWR{}", if on { "|O_NONBLOCK" } else { "" })
        }
    }
}

/// Bytes as strace quotes them: octal, short where no digit follows.
fn escaped(bytes: &[u8]) -> String {
    let mut out = String::new();
    for (i, b) in bytes.iter().enumerate() {
        match b {
            b'\\' | b'"' => out.push_str(&format!("\\{}", char::from(*b))),
            b'\t' => out.push_str("\\t"),
            b'\n' => out.push_str("\\n"),
            11 => out.push_str("\\v"),
            12 => out.push_str("\\f"),
            b'\r' => out.push_str("\\r"),
            0x20..=0x7e => out.push(char::from(*b)),
            _ if bytes.get(i + 1).is_some_and(|n| n.is_ascii_digit()) => out.push_str(&format!("\\{b:03o}")),
            _ => out.push_str(&format!("\\{b:o}")),
        }
    }
    out
}

/// The system call's name.
pub fn syscall(call: CallName) -> &'static str {
    match call {
        CallName::Send => "sendto",
        CallName::Sendv => "sendmsg",
        CallName::Recv => "recvfrom",
        CallName::Setopt => "setsockopt",
        CallName::Exit => "exit_group",
        CallName::Bind | CallName::SendTo | CallName::RecvFrom | CallName::OriginalDst | CallName::Arping => {
            call.name()
        }
        CallName::Listen
        | CallName::Accept
        | CallName::Connect
        | CallName::Shutdown
        | CallName::Close
        | CallName::Ss => call.name(),
    }
}

/// In the order of their bits; MSG_NOSIGNAL always, as scenarios say.
pub fn flags(args: Option<&Args>) -> String {
    let (more, dontwait) = match args {
        Some(Args::Send { more, dontwait, .. }) => (*more, *dontwait),
        Some(Args::Open(..) | Args::From(_) | Args::Set(_) | Args::Udp { .. } | Args::Datagram { .. }) | None => {
            (false, false)
        }
    };
    let names: Set<(u8, &str)> = [(0, "MSG_DONTWAIT", dontwait), (1, "MSG_NOSIGNAL", true), (2, "MSG_MORE", more)]
        .into_iter()
        .filter(|f| f.2)
        .map(|f| (f.0, f.1))
        .collect();
    join(&names.into_iter().map(|f| f.1).collect::<Vec<_>>(), "|")
}

/// Flags of `recvfrom`, in the order in which strace writes them.
pub fn received(peek: bool, trunc: bool, dontwait: bool) -> String {
    let all = [(peek, "MSG_PEEK"), (trunc, "MSG_TRUNC"), (dontwait, "MSG_DONTWAIT")];
    let set: Vec<&str> = all.iter().filter(|f| f.0).map(|f| f.1).collect();
    if set.is_empty() { String::from("0") } else { join(&set, "|") }
}

/// The words of strerror(3).
pub fn message(e: Errno) -> &'static str {
    match e {
        Errno::ENOENT => "No such file or directory",
        Errno::EAGAIN => "Resource temporarily unavailable",
        Errno::EFAULT => "Bad address",
        Errno::EINVAL => "Invalid argument",
        Errno::EBADF => "Bad file descriptor",
        Errno::EPIPE => "Broken pipe",
        Errno::EPROTO => "Protocol error",
        Errno::EDESTADDRREQ => "Destination address required",
        Errno::EMSGSIZE => "Message too long",
        Errno::ENOPROTOOPT => "Protocol not available",
        Errno::EOPNOTSUPP => "Operation not supported",
        Errno::EADDRINUSE => "Address already in use",
        Errno::ENETUNREACH => "Network is unreachable",
        Errno::ECONNABORTED => "Software caused connection abort",
        Errno::ECONNRESET => "Connection reset by peer",
        Errno::EISCONN => "Transport endpoint is already connected",
        Errno::ENOTCONN => "Transport endpoint is not connected",
        Errno::ETIMEDOUT => "Connection timed out",
        Errno::ECONNREFUSED => "Connection refused",
        Errno::EHOSTUNREACH => "No route to host",
        Errno::EALREADY => "Operation already in progress",
        Errno::EINPROGRESS => "Operation now in progress",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_quoted_as_strace_quotes_it() {
        // strace 6 of SO_RCVTIMEO {1, 500000}.
        let text = r#"setsockopt(3, SOL_SOCKET, SO_RCVTIMEO_OLD, "\1\0\0\0\0\0\0\0 \241\7\0\0\0\0\0", 16"#;
        assert_eq!(option(3, Opt::Rcvtimeo(1_500_000)), text);
    }
}
