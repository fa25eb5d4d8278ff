//! Texts that are addresses: what `inet_aton`, `inet_pton` and Go's parsers take, which differs.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::version::Go;

/// White space of C's `isspace` in the C locale.
pub fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | 0x0b | 0x0c | b'\r')
}

/// One number of `inet_aton`, as `strtoul(.., 0)` reads it: hexadecimal with `0x`, octal with `0`.
fn number(text: &str) -> Option<(u64, &str)> {
    let bytes = text.as_bytes();
    if !bytes.first()?.is_ascii_digit() {
        return None;
    }
    let (radix, skip) = match bytes {
        [b'0', b'x' | b'X', d, ..] if d.is_ascii_hexdigit() => (16, 2),
        [b'0', ..] => (8, 0),
        _ => (10, 0),
    };
    let mut value: u64 = 0;
    let mut end = skip;
    while let Some(digit) = bytes.get(end).and_then(|b| char::from(*b).to_digit(radix)) {
        value = value.saturating_mul(radix.into()).saturating_add(digit.into());
        end += 1;
    }
    Some((value, text.get(end..)?))
}

/// `inet_aton` that takes the whole text: one to four parts, each decimal, octal or hexadecimal, the last filling the rest
/// (glibc `__inet_aton_exact`, musl `__inet_aton`).
pub fn inet_aton(text: &str) -> Option<Ipv4Addr> {
    let mut address: u32 = 0;
    let mut rest = text;
    for part in 0..4u32 {
        let (value, tail) = number(rest)?;
        if tail.is_empty() {
            let room = 32 - 8 * part;
            return (value < 1 << room).then(|| Ipv4Addr::from(address | u32::try_from(value).unwrap_or(u32::MAX)));
        }
        rest = tail.strip_prefix('.')?;
        if part == 3 || value > 255 {
            return None;
        }
        address |= u32::try_from(value).unwrap_or(0) << (24 - 8 * part);
    }
    None
}

/// `inet_pton(AF_INET6)`.
pub fn pton6(text: &str) -> Option<Ipv6Addr> {
    text.parse().ok()
}

/// `inet_pton(AF_INET)`: four decimal numbers.
pub fn pton4(text: &str) -> Option<Ipv4Addr> {
    text.parse().ok()
}

/// The same, and leading zeros are skipped (Go before 1.17, `parseIPv4`).
pub fn decimal4(text: &str) -> Option<Ipv4Addr> {
    let mut parts = text.split('.');
    let mut out = [0; 4];
    for slot in &mut out {
        let part = parts.next()?;
        if part.is_empty() || !part.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let digits = part.trim_start_matches('0');
        *slot = if digits.is_empty() { 0 } else { digits.parse().ok()? };
    }
    parts.next().is_none().then(|| Ipv4Addr::from(out))
}

/// An address as Go's `LookupIPAddr` and hosts file take it: IPv4 inside IPv6 is IPv4; a zone may follow an IPv6 address.
/// Gives the address and the zone.
pub fn go(text: &str, version: Go) -> Option<(IpAddr, Option<&str>)> {
    let v4 = if version.leading_zeros() { decimal4(text) } else { pton4(text) };
    if let Some(v4) = v4 {
        return Some((v4.into(), None));
    }
    let cut = if version.zone_behind_last_percent() { text.rsplit_once('%') } else { text.split_once('%') };
    let (plain, zone) = match cut {
        Some((plain, "")) if version.zone_behind_last_percent() => (plain, None),
        Some((_, "")) => return None,
        Some((plain, zone)) => (plain, Some(zone)),
        None => (text, None),
    };
    let v6 = pton6(plain)?;
    match v6.to_ipv4_mapped() {
        Some(v4) => Some((v4.into(), None)),
        None => Some((v6.into(), zone)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inet_aton_takes_short_octal_and_hexadecimal_forms() {
        let aton = |text| inet_aton(text).map(|a| a.octets());
        assert_eq!(aton("127.1"), Some([127, 0, 0, 1]));
        assert_eq!(aton("2130706433"), Some([127, 0, 0, 1]));
        assert_eq!(aton("0x7f.0.0.1"), Some([127, 0, 0, 1]));
        assert_eq!(aton("010.0.0.1"), Some([8, 0, 0, 1]));
        assert_eq!(aton("10.0.65535"), Some([10, 0, 255, 255]));
        for bad in [
            "",
            ".",
            "1.",
            "1..2",
            "256.1",
            "1.2.3.256",
            "1.2.3.4.5",
            "09",
            "4294967296",
            "1.2.65536",
            " 1.2.3.4",
            "1.2.3.4 ",
        ] {
            assert_eq!(aton(bad), None, "{bad}");
        }
    }

    const OLD: Go = Go { minor: 15, patch: 15, cgo: None, go_line: None };
    const NEW: Go = Go { minor: 24, patch: 4, cgo: None, go_line: None };

    #[test]
    fn go_reads_leading_zeros_as_decimal_or_not_at_all() {
        assert_eq!(go("010.0.0.1", OLD).map(|a| a.0), Some(Ipv4Addr::new(10, 0, 0, 1).into()));
        assert_eq!(go("010.0.0.1", NEW), None);
        assert_eq!(go("127.1", OLD), None);
        assert_eq!(go("::ffff:192.0.2.1", NEW).map(|a| a.0), Some(Ipv4Addr::new(192, 0, 2, 1).into()));
    }

    #[test]
    fn go_takes_zones_and_once_took_empty_ones() {
        let local = "fe80::1".parse().ok();
        let zone = |text, version| go(text, version).map(|(ip, zone)| (Some(ip) == local, zone));
        assert_eq!(
            ["fe80::1%eth0", "fe80::1%"].map(|t| zone(t, OLD)),
            [Some((true, Some("eth0"))), Some((true, None))]
        );
        assert_eq!(["fe80::1%eth0", "fe80::1%"].map(|t| zone(t, NEW)), [Some((true, Some("eth0"))), None]);
        assert_eq!([OLD, NEW].map(|v| zone("fe80::1%a%b", v)), [None, Some((true, Some("a%b")))]);
    }
}
