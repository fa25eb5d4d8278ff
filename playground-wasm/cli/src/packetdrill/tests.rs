//! Scripts of our own: what the runner accepts, what it refuses by name, and that a wrong expectation is noticed.

use super::{parse, run};

const OPEN: &str = "
    0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
   +0 bind(3, ..., ...) = 0
   +0 listen(3, 1) = 0
   +0 < S 0:0(0) win 32792 <mss 1000,sackOK,nop,nop,nop,wscale 7>
   +0 > S. 0:0(0) ack 1 <mss 1460,nop,nop,sackOK,nop,wscale 7>
 +.05 < . 1:1(0) ack 1 win 257
   +0 accept(3, ..., ...) = 4
";

fn play(rest: &str) -> Result<(), String> {
    run::play(&parse::parse(&format!("{OPEN}{rest}"))?)
}

#[test]
fn a_dialogue_passes() {
    let rest = "
   +0 write(4, ..., 2500) = 2500
   +0 > P. 1:2501(2500) ack 1
 +.05 < . 1:1(0) ack 2501 win 257
   +0 %{ assert tcpi_unacked == 0 and 10 <= tcpi_snd_cwnd <= 13, tcpi_snd_cwnd }%
   +0 < P. 1:101(100) ack 2501 win 257
   +0 > . 2501:2501(0) ack 101
   +0 read(4, ..., 1000) = 100
  +.1 < F. 101:101(0) ack 2501 win 257
 +.04 > . 2501:2501(0) ack 102
   +0 read(4, ..., 1000) = 0
   +0 close(4) = 0
   +0 > F. 2501:2501(0) ack 102
";
    assert_eq!(play(rest), Ok(()));
}

#[test]
fn what_differs_is_told_with_its_line() {
    let wrong = |rest: &str| play(rest).unwrap_err();
    assert!(wrong("+0 write(4, ..., 100) = 99\n").starts_with("line 9: returned 100"));
    assert!(wrong("+0 write(4, ..., 100) = 100\n+0 > P. 1:201(200) ack 1\n").contains("range differs"));
    assert!(wrong("+0 write(4, ..., 100) = 100\n+1 > P. 1:101(100) ack 1\n").contains("after its time"));
    assert!(wrong("+0 > . 1:1(0) ack 1\n").contains("no segment left"));
    assert!(wrong("+0 %{ assert tcpi_snd_cwnd == 11 }%\n").contains("tcpi_snd_cwnd = 10"));
}

#[test]
fn what_is_not_supported_is_refused_by_name() {
    let refused = |rest: &str, name: &str| {
        let why = play(rest).unwrap_err();
        assert!(why.contains(name), "{why}");
    };
    refused("+0 splice(4, NULL, 5, NULL, 10, 0) = 10\n", "splice");
    refused("+0 setsockopt(4, SOL_TCP, TCP_MD5SIG, [1], 4) = 0\n", "TCP_MD5SIG");
    refused("+0 `rm -rf x`\n", "not supported");
    refused("+0 `sysctl -q net.ipv4.tcp_sak=1`\n", "tcp_sak");
    refused("+0 < . 1:1(0) ack 1 win 257 <mptcp 1>\n", "mptcp");
    refused("+0 %{ assert tcpi_unacked in (0, 1) }%\n", "not supported in an assertion");
    refused("+0 < icmp unreachable\n", "ICMP");
}

/// Played by packetdrill against Linux 6.18.44 too, where they pass.
#[test]
fn linux_does_the_same() {
    let unsent = "
   +0 < F. 1:1(0) ack 9999 win 257
   +0 > . 1:1(0) ack 1
   +0 < . 1:1001(1000) ack 1 win 257
   +0 > . 1:1(0) ack 1001
";
    assert_eq!(play(unsent), Ok(()));
    let counted = "
   +0 write(4, ..., 3000) = 3000
   +0 > P. 1:3001(3000) ack 1
 +.01 < . 1:1(0) ack 1 win 257 <sack 1001:3001,nop,nop>
    * > . 1:1001(1000) ack 1
 +.01 < . 1:1(0) ack 3001 win 257
   +0 `nstat | grep TcpOutSegs | grep -q \" 4 \"`
   +0 `nstat | grep TcpRetransSegs | grep -q \" 1 \"`
";
    assert_eq!(play(counted), Ok(()));
}

#[test]
fn sending_is_stamped_once() {
    let rest = "
   +0 setsockopt(4, SOL_SOCKET, SO_TIMESTAMPING, [SOF_TIMESTAMPING_TX_ACK | SOF_TIMESTAMPING_OPT_ID], 4) = 0
   +0 write(4, ..., 500) = 500
   +0 > P. 1:501(500) ack 1
 +.05 < . 1:1(0) ack 501 win 257
   +0 recvmsg(4, {msg_iov(1)=[{...,0}], msg_control=[{cmsg_data={scm_sec=0,scm_nsec=100000000}},
              {cmsg_data={ee_info=SCM_TSTAMP_ACK, ee_data=499}}]}, MSG_ERRQUEUE) = 0
   +0 recvmsg(4, {msg_iov(1)=[{...,0}]}, MSG_ERRQUEUE) = -1 EAGAIN (Resource temporarily unavailable)
";
    assert_eq!(play(rest), Ok(()));
}

#[test]
fn no_text_makes_the_reader_panic() {
    let mut rng = netsim::rng::Rng::new(11, 1);
    for _ in 0..20_000 {
        let mut bytes = OPEN.as_bytes().to_vec();
        for _ in 0..rng.below(8) + 1 {
            let at = rng.below(bytes.len().max(1) as u64) as usize;
            match rng.below(3) {
                _ if bytes.is_empty() => {}
                0 => bytes[at] = b"<>[](){},.`%~+-0 9=\n"[rng.below(20) as usize],
                1 => {
                    bytes.remove(at);
                }
                _ => bytes.truncate(at),
            }
        }
        if let Ok(text) = String::from_utf8(bytes)
            && let Ok(script) = parse::parse(&text)
        {
            let _ = run::play(&script);
        }
    }
}
