//! Which implementation, which version. What differs between versions is a question that a version answers here, with the
//! change it comes from; the rest of the engine never compares numbers.

use crate::json::write::quote;
use alloc::format;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

/// An implementation of name resolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Implementation {
    /// Go's net package.
    Go(Go),
    /// The GNU C library, and programs that call its `getaddrinfo`.
    Glibc(Glibc),
    /// musl libc.
    Musl(Musl),
}

/// A Go toolchain, how the program was built, and the go line of its go.mod.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Go {
    /// The `x` of Go 1.x.
    pub minor: u16,
    /// The third number.
    pub patch: u16,
    /// The program has cgo at hand, on this C library.
    pub cgo: Option<Glibc>,
    /// `go 1.x` in go.mod when it is older than the toolchain: it sets defaults of GODEBUG.
    pub go_line: Option<u16>,
}

/// glibc 2.x.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Glibc {
    /// The `x` of 2.x.
    pub minor: u16,
}

/// musl 1.2.x.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Musl {
    /// The `x` of 1.2.x.
    pub patch: u16,
}

impl Go {
    /// Without a hosts line DNS comes first on Linux (golang/go#35305, changed for 1.16 by CL 238629).
    pub fn dns_first_by_default(self) -> bool {
        self.minor < 16
    }

    /// One function for files, environment and cgo (`conf.go`, `lookupOrder`), which follows nsswitch.conf without cgo too.
    pub fn unified_order(self) -> bool {
        self.minor >= 21
    }

    /// `.local` goes to cgo whatever the sources are; later only with an mdns source.
    pub fn local_is_always_cgo(self) -> bool {
        self.minor < 23
    }

    /// The myhostname names are `gateway`; later `_gateway` and `_outbound`.
    pub fn old_gateway_name(self) -> bool {
        self.minor < 21
    }

    /// edns0, trust-ad and no-reload are known options.
    pub fn knows_newer_options(self) -> bool {
        self.minor >= 21
    }

    /// A suffix `.` in the search list is left out.
    pub fn skips_root_suffix(self) -> bool {
        self.minor >= 21
    }

    /// `files` alone without a hit is an error, not an empty list.
    pub fn empty_files_is_error(self) -> bool {
        self.minor >= 21
    }

    /// Leading zeros in IPv4 addresses are read as decimal (refused since 1.17, golang/go#30999).
    pub fn leading_zeros(self) -> bool {
        self.minor < 17
    }

    /// A zone stands behind the last `%` and may be empty (`splitHostZone`); since 1.21 `netip.ParseAddr` reads these.
    pub fn zone_behind_last_percent(self) -> bool {
        self.minor < 21
    }

    /// `.` is a domain name (golang/go#45715).
    pub fn root_is_name(self) -> bool {
        self.minor >= 17
    }

    /// A `.onion` name ends the list of names; later only the names under `.onion` are left out.
    pub fn onion_stops_search(self) -> bool {
        self.minor < 22
    }

    /// A rooted name of 254 bytes has no list of names (`nameList` had the test upside down).
    pub fn drops_longest_rooted(self) -> bool {
        self.minor < 21
    }

    /// A truncated answer over TCP is taken as it is (golang/go#64896).
    pub fn takes_truncated_tcp(self) -> bool {
        self.minor >= 23
    }

    /// An empty answer with additional records is no lame referral.
    pub fn additional_is_not_lame(self) -> bool {
        self.minor >= 23
    }

    /// `EAI_NODATA` of the C library is "no such host".
    pub fn cgo_nodata_is_notfound(self) -> bool {
        self.minor >= 21
    }

    /// The last of two settings in GODEBUG counts (`internal/godebug` of 1.20); before, the first.
    pub fn last_godebug_counts(self) -> bool {
        self.minor >= 20
    }

    /// EDNS(0) with 1232 bytes, since 1.19; a go line before 1.19 in go.mod switches it off from 1.21 on (`netedns0`).
    pub fn edns_by_default(self) -> bool {
        self.minor >= 19 && !(self.minor >= 21 && self.go_line.is_some_and(|line| line < 19))
    }

    /// `GODEBUG=netedns0` exists.
    pub fn has_netedns0(self) -> bool {
        self.minor >= 21
    }

    /// Lines of nsswitch.conf are read through a buffer of 64 KiB, as those of the other files.
    pub fn nsswitch_line_limit(self) -> bool {
        self.minor >= 21
    }
}

impl Glibc {
    /// nsswitch.conf is read by `nss_database.c`: no comments behind the line, a bad action voids the file.
    pub fn new_nsswitch(self) -> bool {
        self.minor >= 33
    }

    /// `SUCCESS=continue` discards what was found, and merge is refused.
    pub fn continue_discards(self) -> bool {
        self.minor >= 36
    }

    /// Blanks at the beginning of a last line without newline come back at its end: `nss_readline` moves the text without
    /// its terminator.
    pub fn repeats_indent(self) -> bool {
        self.minor >= 32
    }

    /// `options no-aaaa`.
    pub fn has_no_aaaa(self) -> bool {
        self.minor >= 36
    }

    /// `options strict-error`, and `-option` to take one back.
    pub fn has_strict_error(self) -> bool {
        self.minor >= 41
    }

    /// After an error in single-request mode it waits for an answer to a question that was never sent (bug 30081, fixed in
    /// 2.38 and on the stable branches of 2.36 and 2.37 that distributions ship).
    pub fn waits_after_single_error(self) -> bool {
        self.minor < 36
    }

    /// A CNAME that leads nowhere is TRYAGAIN for the calls with one family (`getanswer_r` rewritten in 2.37).
    pub fn dangling_is_tryagain(self) -> bool {
        self.minor >= 37
    }
}

impl Musl {
    /// Truncated answers are asked again over TCP (51d4669f).
    pub fn has_tcp(self) -> bool {
        self.patch >= 4
    }

    /// `EAI_NODATA` is told apart from `EAI_NONAME` (85050ac5).
    pub fn has_nodata(self) -> bool {
        self.patch >= 4
    }

    /// AAAA answers stand before A answers ahead of sorting.
    pub fn six_first(self) -> bool {
        self.patch >= 4
    }

    /// A query name that cannot be encoded counts as not found; before, it ended the search, and `name..` went out garbled.
    pub fn checks_query_name(self) -> bool {
        self.patch >= 4
    }

    /// `attempts:0` divides by zero.
    pub fn dies_of_no_attempts(self) -> bool {
        self.patch < 6
    }
}

/// A version that this engine does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownVersion(pub String);

impl fmt::Display for UnknownVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut named = String::new();
        quote(&mut named, &self.0);
        write!(
            f,
            "{named}: write go-1.24.4, go-cgo-1.24.4, go-1.24.4+mod1.18, glibc-2.36 or musl-1.2.5 (Go 1.15 and later, glibc 2.31 \
             and later, musl 1.2.2 and later)"
        )
    }
}

/// The implementations whose behaviour was recorded.
pub const RECORDED: [&str; 18] = [
    "glibc-2.31",
    "glibc-2.36",
    "glibc-2.41",
    "musl-1.2.2",
    "musl-1.2.3",
    "musl-1.2.5",
    "musl-1.2.6",
    "go-1.15.15",
    "go-1.19.8",
    "go-1.21.13",
    "go-1.22.12",
    "go-1.24.4",
    "go-1.24.4+mod1.18",
    "go-1.27.3",
    "go-cgo-1.15.15",
    "go-cgo-1.19.8",
    "go-cgo-1.21.13",
    "go-cgo-1.27.3",
];

fn numbers<const N: usize>(text: &str) -> Option<[u16; N]> {
    let mut out = [0; N];
    let mut parts = text.split('.');
    for (i, slot) in out.iter_mut().enumerate() {
        match parts.next() {
            Some(part) => *slot = part.parse().ok()?,
            None if i >= 2 => {}
            None => return None,
        }
    }
    parts.next().is_none().then_some(out)
}

impl FromStr for Implementation {
    type Err = UnknownVersion;

    fn from_str(text: &str) -> Result<Self, UnknownVersion> {
        parse(text).ok_or_else(|| UnknownVersion(text.into()))
    }
}

fn parse(text: &str) -> Option<Implementation> {
    if let Some(rest) = text.strip_prefix("glibc-") {
        let [major, minor] = numbers(rest)?;
        return (major == 2 && minor >= 31).then_some(Implementation::Glibc(Glibc { minor }));
    }
    if let Some(rest) = text.strip_prefix("musl-") {
        let [major, minor, patch] = numbers(rest)?;
        return (major == 1 && minor == 2 && patch >= 2).then_some(Implementation::Musl(Musl { patch }));
    }
    let rest = text.strip_prefix("go-")?;
    let (cgo, rest) = match rest.strip_prefix("cgo-") {
        Some(rest) => (Some(Glibc { minor: 36 }), rest),
        None => (None, rest),
    };
    let (version, go_line) = match rest.split_once('+') {
        Some((version, line)) => {
            let [major, minor] = numbers(line.strip_prefix("mod")?)?;
            (version, (major == 1).then_some(minor))
        }
        None => (rest, None),
    };
    let [major, minor, patch] = numbers(version)?;
    (major == 1 && minor >= 15).then_some(Implementation::Go(Go { minor, patch, cgo, go_line }))
}

impl fmt::Display for Implementation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Implementation::Glibc(v) => write!(f, "glibc-2.{}", v.minor),
            Implementation::Musl(v) => write!(f, "musl-1.2.{}", v.patch),
            Implementation::Go(v) => {
                let line = v.go_line.map(|line| format!("+mod1.{line}")).unwrap_or_default();
                write!(f, "go-{}1.{}.{}{line}", if v.cgo.is_some() { "cgo-" } else { "" }, v.minor, v.patch)
            }
        }
    }
}
