//! Which address to try first: RFC 6724 section 6 as each implementation does it, with the source addresses the kernel
//! would take. Tables differ: Go follows RFC 6724, glibc RFC 3484 with its own additions (or gai.conf), musl part of the former.

use alloc::vec::Vec;
use core::cmp::Ordering;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::case::Net;
use super::files::gai_conf::{Entry, Tables};
use super::trace::{Event, Rule, Trace, rule};
use crate::order::sort_by_key;

const fn prefix(a: u16, b: u16) -> Ipv6Addr {
    Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0)
}
const ANY: Ipv6Addr = Ipv6Addr::UNSPECIFIED;
const MAPPED: Ipv6Addr = Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0);
const ONE: Ipv6Addr = Ipv6Addr::LOCALHOST;

/// RFC 6724 section 2.1: prefix, length, precedence and label. Go uses all, musl the first five and the last.
const RFC6724: [(Ipv6Addr, u8, i32, i32); 9] = [
    (ONE, 128, 50, 0),
    (MAPPED, 96, 35, 4),
    (prefix(0x2002, 0), 16, 30, 2),
    (prefix(0x2001, 0), 32, 5, 5),
    (prefix(0xfc00, 0), 7, 3, 13),
    (ANY, 96, 1, 3),
    (prefix(0x3ffe, 0), 16, 1, 12),
    (prefix(0xfec0, 0), 10, 1, 11),
    (ANY, 0, 40, 1),
];

/// glibc `default_labels`.
const GLIBC_LABELS: [Entry; 8] = [
    (ONE, 128, 0),
    (prefix(0x2002, 0), 16, 2),
    (ANY, 96, 3),
    (MAPPED, 96, 4),
    (prefix(0xfec0, 0), 10, 5),
    (prefix(0xfc00, 0), 7, 6),
    (prefix(0x2001, 0), 32, 7),
    (ANY, 0, 1),
];

/// glibc `default_precedence`.
const GLIBC_PRECEDENCES: [Entry; 5] =
    [(ONE, 128, 50), (prefix(0x2002, 0), 16, 30), (ANY, 96, 20), (MAPPED, 96, 10), (ANY, 0, 40)];

/// glibc `default_scopes`.
const GLIBC_SCOPES: [(Ipv4Addr, u8, i32); 3] =
    [(Ipv4Addr::new(169, 254, 0, 0), 16, 2), (Ipv4Addr::new(127, 0, 0, 0), 8, 2), (Ipv4Addr::UNSPECIFIED, 0, 14)];

fn mapped(ip: IpAddr) -> Ipv6Addr {
    match ip {
        IpAddr::V4(v4) => v4.to_ipv6_mapped(),
        IpAddr::V6(v6) => v6,
    }
}

fn common(a: u128, b: u128) -> u32 {
    (a ^ b).leading_zeros()
}

fn within(ip: Ipv6Addr, prefix: Ipv6Addr, bits: u8) -> bool {
    common(ip.to_bits(), prefix.to_bits()) >= u32::from(bits)
}

/// A candidate and the address it would be reached from.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    dst: IpAddr,
    src: Option<IpAddr>,
}

fn probe(addresses: &[IpAddr], net: &Net, trace: &mut Trace, why: Rule) -> Vec<Candidate> {
    let candidates = addresses.iter().map(|&dst| Candidate { dst, src: net.source(dst) });
    let candidates: Vec<Candidate> = candidates.collect();
    for c in &candidates {
        trace.push(Event::SourceProbe { dst: c.dst, src: c.src }, why);
    }
    candidates
}

fn note(before: &[IpAddr], after: &[IpAddr], trace: &mut Trace, why: Rule) {
    trace.push(Event::Sort { before: before.to_vec(), after: after.to_vec() }, why);
}

/// A stable sort that bears a comparison without a total order, which rule 9 is not: merge sort by halves, as the C library
/// used for it. (The standard sort may panic on such input.)
fn merge_sort<T: Copy>(list: &[T], less_or_equal: &dyn Fn(T, T) -> bool) -> Vec<T> {
    if list.len() < 2 {
        return list.to_vec();
    }
    let (left, right) = list.split_at(list.len() / 2);
    let (left, right) = (merge_sort(left, less_or_equal), merge_sort(right, less_or_equal));
    let mut out = Vec::with_capacity(list.len());
    let (mut left, mut right) = (left.as_slice(), right.as_slice());
    while let ([a, rest_a @ ..], [b, rest_b @ ..]) = (left, right) {
        if less_or_equal(*a, *b) {
            out.push(*a);
            left = rest_a;
        } else {
            out.push(*b);
            right = rest_b;
        }
    }
    out.extend_from_slice(left);
    out.extend_from_slice(right);
    out
}

fn better(a: bool, b: bool) -> Ordering {
    b.cmp(&a)
}

/// Go: all rules that can be known, rule 9 for IPv6 only and over the first 64 bits (`net/addrselect.go`).
pub fn go(addresses: &[IpAddr], net: &Net, trace: &mut Trace) -> Vec<IpAddr> {
    const SORT: Rule = rule("go.sort", "Go net/addrselect.go, RFC 6724 section 6");
    if addresses.len() < 2 {
        return addresses.to_vec();
    }
    let candidates = probe(addresses, net, trace, SORT);
    let order = |a: Candidate, b: Candidate| go_compare(a, b) != Ordering::Greater;
    let after: Vec<IpAddr> = merge_sort(&candidates, &order).iter().map(|c| c.dst).collect();
    note(addresses, &after, trace, SORT);
    after
}

fn go_policy(ip: IpAddr) -> (i32, i32) {
    let v6 = mapped(ip);
    let entry = RFC6724.iter().filter(|(p, bits, ..)| within(v6, *p, *bits)).max_by_key(|(_, bits, ..)| *bits);
    entry.map_or((0, 0), |(_, _, precedence, label)| (*precedence, *label))
}

fn go_scope(ip: IpAddr) -> i32 {
    match ip {
        IpAddr::V4(v4) if v4.is_loopback() || v4.is_link_local() => 2,
        IpAddr::V4(_) => 14,
        IpAddr::V6(v6) if v6.is_loopback() || v6.is_unicast_link_local() => 2,
        IpAddr::V6(v6) if v6.is_multicast() => i32::from(v6.octets()[1] & 0xf),
        IpAddr::V6(v6) if v6.octets()[0] == 0xfe && v6.octets()[1] & 0xc0 == 0xc0 => 5,
        IpAddr::V6(_) => 14,
    }
}

fn go_compare(a: Candidate, b: Candidate) -> Ordering {
    let (src_a, src_b) = match (a.src, b.src) {
        (None, None) => return Ordering::Equal,
        (Some(_), None) => return Ordering::Less,
        (None, Some(_)) => return Ordering::Greater,
        (Some(a), Some(b)) => (a, b),
    };
    let (scope_a, scope_b) = (go_scope(a.dst), go_scope(b.dst));
    let ((prec_a, label_a), (prec_b, label_b)) = (go_policy(a.dst), go_policy(b.dst));
    better(scope_a == go_scope(src_a), scope_b == go_scope(src_b))
        .then(better(label_a == go_policy(src_a).1, label_b == go_policy(src_b).1))
        .then(prec_b.cmp(&prec_a))
        .then(scope_a.cmp(&scope_b))
        .then_with(|| match (a.dst, b.dst) {
            (IpAddr::V6(_), IpAddr::V6(_)) => go_prefix(src_b, b.dst).cmp(&go_prefix(src_a, a.dst)),
            _ => Ordering::Equal,
        })
}

fn go_prefix(src: IpAddr, dst: IpAddr) -> u32 {
    match (src, dst) {
        (IpAddr::V6(a), IpAddr::V6(b)) => common(a.to_bits(), b.to_bits()).min(64),
        _ => 0,
    }
}

/// glibc (`nss/getaddrinfo.c`, `rfc3484_sort`). Lengths of IPv4 prefixes are known only when the machine has an IPv6
/// address beside loopback, since `__check_pf` keeps its list only then.
pub fn glibc(addresses: &[IpAddr], net: &Net, tables: &Tables, trace: &mut Trace) -> Vec<IpAddr> {
    const SORT: Rule = rule("glibc.sort", "glibc nss/getaddrinfo.c rfc3484_sort, gai.conf(5)");
    let candidates: Vec<(usize, Candidate)> = probe(addresses, net, trace, SORT).into_iter().enumerate().collect();
    let view = Glibc { net, tables };
    let order =
        |a: (usize, Candidate), b: (usize, Candidate)| view.compare(a.1, b.1).then(a.0.cmp(&b.0)) == Ordering::Less;
    let after: Vec<IpAddr> = merge_sort(&candidates, &order).iter().map(|(_, c)| c.dst).collect();
    note(addresses, &after, trace, SORT);
    after
}

struct Glibc<'a> {
    net: &'a Net,
    tables: &'a Tables,
}

impl Glibc<'_> {
    fn lookup(table: Option<&Vec<Entry>>, default: &[Entry], ip: IpAddr) -> i32 {
        let v6 = mapped(ip);
        let list = table.map_or(default, Vec::as_slice);
        list.iter().find(|(p, bits, _)| within(v6, *p, *bits)).map_or(0, |(_, _, value)| *value)
    }

    fn label(&self, ip: IpAddr) -> i32 {
        Self::lookup(self.tables.labels.as_ref(), &GLIBC_LABELS, ip)
    }

    fn precedence(&self, ip: IpAddr) -> i32 {
        Self::lookup(self.tables.precedences.as_ref(), &GLIBC_PRECEDENCES, ip)
    }

    fn scope(&self, ip: IpAddr) -> i32 {
        match ip {
            IpAddr::V4(v4) => {
                let list = self.tables.scopes.as_ref().map_or(GLIBC_SCOPES.as_slice(), Vec::as_slice);
                let fits = |(net, bits, _): &&(Ipv4Addr, u8, i32)| {
                    (v4.to_bits() ^ net.to_bits()).leading_zeros() >= u32::from(*bits)
                };
                list.iter().find(fits).map_or(14, |(_, _, scope)| *scope)
            }
            IpAddr::V6(v6) if v6.is_multicast() => i32::from(v6.octets()[1] & 0xf),
            IpAddr::V6(v6) if v6.is_unicast_link_local() || v6.is_loopback() => 2,
            IpAddr::V6(v6) if v6.octets()[0] == 0xfe && v6.octets()[1] & 0xc0 == 0xc0 => 5,
            IpAddr::V6(_) => 14,
        }
    }

    fn compare(&self, a: Candidate, b: Candidate) -> Ordering {
        let (scope_a, scope_b) = (self.scope(a.dst), self.scope(b.dst));
        let mut order = better(a.src.is_some(), b.src.is_some());
        if let (Some(src_a), Some(src_b)) = (a.src, b.src) {
            order = order
                .then(better(scope_a == self.scope(src_a), scope_b == self.scope(src_b)))
                .then(better(self.label(a.dst) == self.label(src_a), self.label(b.dst) == self.label(src_b)));
        }
        order = order.then(self.precedence(b.dst).cmp(&self.precedence(a.dst))).then(scope_a.cmp(&scope_b));
        order.then_with(|| self.longest_prefix(a, b))
    }

    fn longest_prefix(&self, a: Candidate, b: Candidate) -> Ordering {
        match (a.src, b.src, a.dst, b.dst) {
            (Some(src_a), Some(src_b), IpAddr::V4(dst_a), IpAddr::V4(dst_b)) => {
                self.same_subnet(src_b, dst_b).cmp(&self.same_subnet(src_a, dst_a))
            }
            (Some(src_a), Some(src_b), IpAddr::V6(dst_a), IpAddr::V6(dst_b)) => {
                let (xor_a, xor_b) =
                    (mapped(src_a).to_bits() ^ dst_a.to_bits(), mapped(src_b).to_bits() ^ dst_b.to_bits());
                // Words of 32 bits: the first in which either differs decides.
                let word = (xor_a | xor_b).leading_zeros() / 32;
                let bits = |xor: u128| ((xor << (word.min(3) * 32)) >> 96).leading_zeros().saturating_sub(96);
                if word > 3 { Ordering::Equal } else { bits(xor_b).cmp(&bits(xor_a)) }
            }
            _ => Ordering::Equal,
        }
    }

    /// Bits in common, if source and destination are in one subnet of the interface; else 0.
    fn same_subnet(&self, src: IpAddr, dst: Ipv4Addr) -> u32 {
        let IpAddr::V4(own) = src else { return 0 };
        // Without the list the length is 0, and a shift by 32 is one by 0 on the common processors: only equal addresses.
        let bits = if self.net.v6.is_some() { u32::from(self.net.prefix_of(src)) } else { 32 };
        let same = (own.to_bits() ^ dst.to_bits()).leading_zeros();
        if same >= bits { same } else { 0 }
    }
}

/// musl: one number per address (`src/network/lookup_name.c`), only if an IPv6 address is among them.
pub fn musl(addresses: &[IpAddr], net: &Net, trace: &mut Trace) -> Vec<IpAddr> {
    const SORT: Rule = rule("musl.sort", "musl src/network/lookup_name.c __lookup_name");
    if addresses.len() < 2 || addresses.iter().all(IpAddr::is_ipv4) {
        return addresses.to_vec();
    }
    let mut keyed: Vec<(i64, IpAddr)> = Vec::new();
    for (i, c) in probe(addresses, net, trace, SORT).into_iter().enumerate() {
        let (dst, (precedence, label)) = (mapped(c.dst), musl_policy(c.dst));
        let scope = musl_scope(dst);
        let mut key = i64::from(precedence) << 20 | i64::from(15 - scope) << 16 | (48 - i64::try_from(i).unwrap_or(48));
        if let Some(src) = c.src {
            let from = mapped(src);
            key |= 0x4000_0000;
            key |= if musl_scope(from) == scope { 0x2000_0000 } else { 0 };
            key |= if musl_policy(src).1 == label { 0x1000_0000 } else { 0 };
            key |= i64::from(common(from.to_bits(), dst.to_bits())) << 8;
        }
        keyed.push((key, c.dst));
    }
    sort_by_key(&mut keyed, |(key, _)| (i64::MAX - key) as u64);
    let after: Vec<IpAddr> = keyed.into_iter().map(|(_, ip)| ip).collect();
    note(addresses, &after, trace, SORT);
    after
}

fn musl_policy(ip: IpAddr) -> (i32, i32) {
    let v6 = mapped(ip);
    let (known, rest) = RFC6724.split_at(5);
    let entry = known.iter().find(|(p, bits, ..)| within(v6, *p, *bits)).or(rest.last());
    entry.map_or((40, 1), |(_, _, precedence, label)| (*precedence, *label))
}

fn musl_scope(v6: Ipv6Addr) -> i32 {
    match v6 {
        v6 if v6.is_multicast() => i32::from(v6.octets()[1] & 15),
        v6 if v6.is_unicast_link_local() || v6.is_loopback() => 2,
        v6 if v6.octets()[0] == 0xfe && v6.octets()[1] & 0xc0 == 0xc0 => 5,
        _ => 14,
    }
}
