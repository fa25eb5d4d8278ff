//! Made-up output of tools: as long and as wide as real evidence, with a line that carries the fault.

use super::random::Random;

/// One shown output.
pub struct Evidence {
    /// Its key in case.toml and its file name.
    pub key: &'static str,
    /// `command = "…"` or `label = "…"`.
    pub source: String,
    /// What the machine is said to have printed.
    pub lines: Vec<String>,
    /// The line that carries the fault, from 1.
    pub hit: usize,
    /// Words of that line.
    pub mark: String,
}

/// One of each kind, in the order in which a case shows them.
pub fn all(random: &mut Random) -> Vec<Evidence> {
    vec![sockets(random), counters(random), packets(random), log(random), calls(random), timing(random)]
}

fn address(random: &mut Random) -> String {
    format!(
        "10.{}.{}.{}:{}",
        random.between(0, 31),
        random.between(0, 255),
        random.between(2, 254),
        random.between(1_024, 60_999)
    )
}

fn sockets(random: &mut Random) -> Evidence {
    const STATES: &[&str] = &["ESTAB", "CLOSE-WAIT", "FIN-WAIT-2", "TIME-WAIT", "SYN-SENT", "LAST-ACK"];
    let port = random.between(1_024, 9_999);
    let mut lines = vec!["State      Recv-Q Send-Q        Local Address:Port         Peer Address:Port".to_owned()];
    for _ in 0..random.between(8, 16) {
        let (state, here, there) = (random.one(STATES), address(random), address(random));
        lines.push(format!(
            "{state:<10} {:<6} {:<6} {here:>25} {there:>25}",
            random.between(0, 999),
            random.between(0, 99)
        ));
    }
    let hit = random.between(2, lines.len());
    let mark = lines[hit - 1].split(' ').next().unwrap_or_default().to_owned();
    Evidence { key: "sockets", source: format!("command = \"ss -tan 'sport = :{port}'\""), lines, hit, mark }
}

fn counters(random: &mut Random) -> Evidence {
    const NAMES: &[&str] = &[
        "TcpExtListenOverflows",
        "TcpExtListenDrops",
        "TcpExtTCPTimeouts",
        "TcpRetransSegs",
        "TcpExtTCPAbortOnData",
        "TcpExtTCPBacklogDrop",
        "TcpExtTCPChallengeACK",
        "UdpRcvbufErrors",
        "TcpAttemptFails",
        "TcpEstabResets",
    ];
    let places = random.places(5, NAMES.len());
    let mut line = |place: &usize| format!("{:<32} {:<16} 0.0", NAMES[*place], random.between(1, 99_999));
    let lines: Vec<String> = places.iter().map(&mut line).collect();
    let mark = NAMES[places[0]].to_owned();
    Evidence { key: "counters", source: "command = \"nstat\"".to_owned(), lines, hit: 1, mark }
}

fn packets(random: &mut Random) -> Evidence {
    const FLAGS: &[&str] = &["[S]", "[S.]", "[.]", "[P.]", "[F.]", "[R]", "[R.]"];
    let (client, server) = (address(random).replace(':', "."), address(random).replace(':', "."));
    let mut clock = 0;
    let mut lines = Vec::new();
    for at in 0..random.between(8, 14) {
        clock += random.between(30, 900_000);
        let (from, to) = if at % 2 == 0 { (&client, &server) } else { (&server, &client) };
        let time = format!("00:00:{:02}.{:06}", clock / 1_000_000, clock % 1_000_000);
        let (flags, seq) = (random.one(FLAGS), random.between(1, 9_999));
        lines.push(format!(
            "{time} {from} > {to}: Flags {flags}, seq {seq}, win {}, length {}",
            random.between(0, 502),
            random.between(0, 1_460)
        ));
    }
    let hit = lines.len();
    let last = &lines[hit - 1];
    let mark = last[last.find('[').unwrap_or(0)..].split(',').next().unwrap_or_default().to_owned();
    Evidence { key: "packets", source: "command = \"tcpdump -nn -ttttt -r main.pcap\"".to_owned(), lines, hit, mark }
}

fn log(random: &mut Random) -> Evidence {
    const FAULTS: &[&str] =
        &["upstream timed out", "connection reset by peer", "no live upstreams", "upstream prematurely closed"];
    let mut lines = Vec::new();
    for _ in 0..random.between(4, 9) {
        let (clock, fault) = (
            format!("{:02}:{:02}:{:02}", random.between(0, 23), random.between(0, 59), random.between(0, 59)),
            random.one(FAULTS),
        );
        lines.push(format!(
            "{clock} [error] {}: {fault}, upstream: {}, request {}",
            random.between(100, 9_999),
            address(random),
            random.between(1, 99_999)
        ));
    }
    let hit = random.between(1, lines.len());
    let mark = FAULTS.iter().find(|fault| lines[hit - 1].contains(**fault)).copied().unwrap_or("error").to_owned();
    Evidence { key: "log", source: "label = \"nginx error.log\"".to_owned(), lines, hit, mark }
}

fn calls(random: &mut Random) -> Evidence {
    const CALLS: &[&str] = &[
        "accept4(3, NULL, NULL, SOCK_CLOEXEC)",
        "epoll_wait(4, [], 128, 500)",
        "read(7, \\\"\\\", 4096)",
        "close(7)",
        "write(7, 0x7f, 512)",
    ];
    const RESULTS: &[&str] = &["0", "-1 EAGAIN", "-1 ECONNRESET", "-1 EPIPE", "512"];
    let mut lines = Vec::new();
    for _ in 0..random.between(6, 12) {
        let pid = random.between(1_000, 32_000);
        lines.push(format!(
            "[pid {pid}] {:<40} = {} <{}.{:06}>",
            random.one(CALLS),
            random.one(RESULTS),
            random.between(0, 4),
            random.between(0, 999_999)
        ));
    }
    let hit = random.between(1, lines.len());
    let mark = lines[hit - 1].rsplit("= ").next().unwrap_or_default().to_owned();
    Evidence {
        key: "calls",
        source: format!("command = \"strace -f -T -p {}\"", random.between(1_000, 32_000)),
        lines,
        hit,
        mark,
    }
}

fn timing(random: &mut Random) -> Evidence {
    let mut lines = Vec::new();
    for _ in 0..random.between(2, 5) {
        lines.push(format!(
            "connect 0.{:06} s, first byte {}.{:03} s, total {}.{:03} s",
            random.between(100, 9_999),
            random.between(0, 9),
            random.between(0, 999),
            random.between(10, 60),
            random.between(0, 999)
        ));
    }
    let mark = lines[0].split("total ").nth(1).unwrap_or_default().to_owned();
    Evidence {
        key: "timing",
        source: "command = \"curl -s -o /dev/null -w '%{time_total} s\\\\n' http://10.0.3.17/\"".to_owned(),
        lines,
        hit: 1,
        mark,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_stand_in_their_line() {
        for case in 0..200 {
            for evidence in all(&mut Random::of_case(1, case)) {
                let line = &evidence.lines[evidence.hit - 1];
                assert!(
                    !evidence.mark.is_empty() && line.contains(&evidence.mark),
                    "{}: `{}` in `{line}`",
                    evidence.key,
                    evidence.mark
                );
                assert!(evidence.lines.iter().all(|line| line.len() <= 110), "{:?}", evidence.lines);
            }
        }
    }
}
