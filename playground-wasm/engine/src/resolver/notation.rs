//! Addresses as each implementation writes them, which differs for IPv4 inside IPv6 and for which zeros are left out.

use crate::text::join;
use alloc::format;
use alloc::string::{String, ToString};
use core::net::{IpAddr, Ipv6Addr};

/// Whose notation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Notation {
    /// `net.IP.String`: an IPv4 address inside IPv6 is the IPv4 address.
    #[default]
    Go,
    /// glibc `inet_ntop`: the last 32 bits are dotted behind six zero groups too.
    Glibc,
    /// musl `inet_ntop`: the longest run is counted in characters, in which one at the beginning is a colon shorter.
    Musl,
}

impl Notation {
    /// The address as text.
    pub fn write(self, ip: IpAddr) -> String {
        match (self, ip) {
            (_, IpAddr::V4(_)) => ip.to_string(),
            (Notation::Go, IpAddr::V6(v6)) => v6.to_canonical().to_string(),
            (Notation::Glibc, IpAddr::V6(v6)) => glibc(v6),
            (Notation::Musl, IpAddr::V6(v6)) => musl(v6),
        }
    }
}

fn glibc(v6: Ipv6Addr) -> String {
    match v6.segments() {
        [0, 0, 0, 0, 0, 0, high, _] if high != 0 => {
            let [.., a, b, c, d] = v6.octets();
            format!("::{a}.{b}.{c}.{d}")
        }
        _ => v6.to_string(),
    }
}

/// "Replace longest `/(^0|:)[:0]{2,}/` with `::`" (`src/network/inet_ntop.c`).
fn musl(v6: Ipv6Addr) -> String {
    if v6.to_ipv4_mapped().is_some() {
        return v6.to_string();
    }
    let whole = join(&v6.segments().map(|group| format!("{group:x}")), ":");
    let (mut best, mut most) = (0, 3);
    for (at, byte) in whole.bytes().enumerate() {
        let run = whole.bytes().skip(at).take_while(|b| matches!(b, b':' | b'0')).count();
        if (at == 0 || byte == b':') && run > most {
            (best, most) = (at, run);
        }
    }
    match (whole.get(..best), whole.get(best + most..)) {
        (Some(before), Some(behind)) if most > 3 => format!("{before}::{behind}"),
        _ => whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written by the libraries themselves: glibc 2.36, musl 1.2.3, Go 1.19.8.
    #[test]
    fn each_writes_as_its_library_does() {
        for (text, go, glibc, musl) in [
            ("::ffff:10.0.0.1", "10.0.0.1", "::ffff:10.0.0.1", "::ffff:10.0.0.1"),
            ("::c000:209", "::c000:209", "::192.0.2.9", "::c000:209"),
            ("::1:0", "::1:0", "::0.1.0.0", "::1:0"),
            ("::1", "::1", "::1", "::1"),
            ("::", "::", "::", "::"),
            ("0:0:1::1:1:1", "::1:0:0:1:1:1", "::1:0:0:1:1:1", "0:0:1::1:1:1"),
            ("1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"),
            ("2001:db8::", "2001:db8::", "2001:db8::", "2001:db8::"),
        ] {
            let ip: IpAddr = text.parse().unwrap();
            let all = [Notation::Go, Notation::Glibc, Notation::Musl].map(|n| n.write(ip));
            assert_eq!(all, [go, glibc, musl], "{text}");
        }
    }
}
