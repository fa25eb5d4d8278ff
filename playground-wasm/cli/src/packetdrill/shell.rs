//! The few commands that scripts run: settings of the kernel, a full queue, a route. Any other is refused.

use std::collections::BTreeMap;

use netsim::host::Host;
use netsim::tcp::segment::HEADERS;

/// Settings that the scripts' common file makes before each of them.
const DEFAULTS: [(&str, &str); 14] = [
    ("tcp_rmem", "4096 540000 15728640"),
    ("tcp_wmem", "4096 262144 4194304"),
    ("tcp_timestamps", "1"),
    ("tcp_syn_retries", "5"),
    ("tcp_synack_retries", "5"),
    ("tcp_frto", "2"),
    ("tcp_sack", "1"),
    ("tcp_dsack", "1"),
    ("tcp_reordering", "3"),
    ("tcp_congestion_control", "cubic"),
    ("tcp_slow_start_after_idle", "0"),
    ("tcp_early_retrans", "4"),
    ("tcp_ecn", "0"),
    ("tcp_syncookies", "1"),
];

/// Files of zeroes that scripts make, by path: their sizes.
pub type Files = BTreeMap<String, u32>;

/// Runs commands on a host.
pub fn run(host: &mut Host, files: &mut Files, commands: &str) -> Result<(), String> {
    let joined = commands.replace("\\\n", " ");
    for start in ["nstat | grep ", "nstat -s | grep "] {
        if let Some(rest) = joined.trim().strip_prefix(start) {
            return counter(host, rest);
        }
    }
    for command in joined.split(['\n', ';']).flat_map(|c| c.split("&&")) {
        let words: Vec<&str> = command.split_whitespace().collect();
        one(host, files, &words).map_err(|e| format!("`{}`: {e}", words.join(" ")))?;
    }
    Ok(())
}

/// `NAME | grep -q " N "`: a counter must have that value.
fn counter(host: &Host, rest: &str) -> Result<(), String> {
    let (name, value) = rest.split_once("| grep -q").ok_or(format!("`nstat | grep {rest}` is not supported"))?;
    let want: u64 = value.trim().trim_matches('"').trim().parse().map_err(|_| format!("{value} is no count"))?;
    let got = host.stats.iter().find(|s| s.0 == name.trim()).map_or(0, |s| s.1);
    if got == want { Ok(()) } else { Err(format!("{} is {got}", name.trim())) }
}

/// `$((32*1024*1024))`, as scripts write sizes.
fn product(text: &str) -> Option<u64> {
    text.split('*').map(|n| n.trim().parse::<u64>().ok()).try_fold(1u64, |p, n| p.checked_mul(n?))
}

fn set(host: &mut Host, name: &str, value: &str) -> Result<(), String> {
    let mut value = value.to_owned();
    while let Some((before, rest)) = value.clone().split_once("$((") {
        let (inner, after) = rest.split_once("))").ok_or("$(( without ))")?;
        let n = product(inner).ok_or(format!("$(({inner})) is not supported"))?;
        value = format!("{before}{n}{after}");
    }
    let value = value.as_str();
    let name = name.trim_start_matches("/proc/sys/").replace('/', ".");
    let name = if name.starts_with("net.") { name } else { format!("net.ipv4.{name}") };
    host.sys.set(&name, value.trim_matches('"')).map_err(|e| format!("{name}: {e:?}"))
}

fn one(host: &mut Host, files: &mut Files, words: &[&str]) -> Result<(), String> {
    match words {
        [] => Ok(()),
        [w, ..] if w.ends_with("defaults.sh") => DEFAULTS.iter().try_for_each(|(n, v)| set(host, n, v)),
        [w, rest @ ..] if w.ends_with("set_sysctls.py") => assignments(host, rest),
        ["sysctl", rest @ ..] => assignments(host, rest),
        // Settings go back to what they were after a script; a script begins with a new host.
        [w] if w.contains("sysctl_restore") => Ok(()),
        ["ip", "tcp_metrics", "flush", ..] | ["ethtool", "-K", ..] => Ok(()),
        ["tc", "qdisc", "delete" | "del", ..] => Ok(()),
        ["tc", "qdisc", "add" | "replace", "dev", "tun0", "root", "pfifo", rest @ ..] => {
            host.congested = rest == ["limit", "0"];
            Ok(())
        }
        ["ip", "route", "change" | "replace", rest @ ..] => route(host, rest),
        ["grep", ..] | ["nstat", "-n"] => Ok(()),
        ["/bin/rm" | "rm", "-f", path] => {
            files.remove(*path);
            Ok(())
        }
        ["/bin/dd" | "dd", rest @ ..] => zeroes(files, rest),
        // Both tests of HyStart, as they are.
        ["echo", "3", ">", "/sys/module/tcp_cubic/parameters/hystart_detect"] => Ok(()),
        _ => Err("this command is not supported".to_owned()),
    }
}

fn assignments(host: &mut Host, words: &[&str]) -> Result<(), String> {
    let text = words.join(" ");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        rest = rest.trim_start();
        if rest.starts_with('-') || rest.starts_with('>') || rest.starts_with("2>") {
            rest = rest.split_once(' ').map_or("", |x| x.1);
            continue;
        }
        let Some((name, value)) = rest.split_once('=') else { break };
        let (value, after) = match value.strip_prefix('"') {
            Some(v) => v.split_once('"').unwrap_or((v, "")),
            None => value.split_once(' ').unwrap_or((value, "")),
        };
        set(host, name.trim(), value)?;
        rest = after;
    }
    Ok(())
}

fn route(host: &mut Host, words: &[&str]) -> Result<(), String> {
    let mut words = words.iter();
    let mut advmss = None;
    while let Some(w) = words.next() {
        let mut number = || {
            let mut n = words.next();
            if n == Some(&"lock") {
                n = words.next();
            }
            n.and_then(|n| n.parse::<u32>().ok()).ok_or(format!("{w} needs a number"))
        };
        match *w {
            "initcwnd" => host.init_cwnd = number()?.max(1),
            "mtu" => host.mtu = number()?.clamp(68, 65_535),
            "advmss" => advmss = Some(number()?),
            "via" | "dev" => {
                words.next();
            }
            w if w.contains('.') => {}
            w => return Err(format!("{w} of a route is not supported")),
        }
    }
    match advmss {
        Some(n) if n + HEADERS != host.mtu => Err(format!("advmss {n} with an MTU of {} is not supported", host.mtu)),
        Some(_) | None => Ok(()),
    }
}

/// `dd bs=… count=… if=/dev/zero of=…`.
fn zeroes(files: &mut Files, words: &[&str]) -> Result<(), String> {
    let (mut size, mut count, mut from, mut to) = (512u32, 0u32, "", "");
    for word in words {
        let (name, value) = word.split_once('=').ok_or(format!("{word} of dd is not supported"))?;
        let number = || value.parse::<u32>().map_err(|_| format!("{word} of dd is not supported"));
        match name {
            "bs" => size = number()?,
            "count" => count = number()?,
            "if" => from = value,
            "of" => to = value,
            "status" => {}
            _ => return Err(format!("{word} of dd is not supported")),
        }
    }
    if from != "/dev/zero" {
        return Err(format!("dd from {from} is not supported"));
    }
    files.insert(to.to_owned(), size.checked_mul(count).ok_or("a file too large")?);
    Ok(())
}
