#!/usr/bin/env bash
# One lost TCP segment holds up every message behind it. Root, about 35 s.
# KEEP=directory keeps the captures there.
set -eu
cd "$(dirname "$(readlink -f "$0")")"
for p in python3 ip iptables tcpdump nstat ss; do
  command -v $p >/dev/null || { echo "missing: $p (Debian: python3 iproute2 iptables tcpdump)"; exit 1; }
done
[ -c /dev/net/tun ] || { echo "missing: /dev/net/tun (modprobe tun)"; exit 1; }
W=$(mktemp -d); LINK=""; A="ip netns exec hol-a"; B="ip netns exec hol-b"
down() { [ -z "$LINK" ] || kill $LINK 2>/dev/null || :; LINK=""; sleep 0.3
         ip netns del hol-a 2>/dev/null || :; ip netns del hol-b 2>/dev/null || :; }
trap 'down; rm -rf "$W"' EXIT

up() {     # two hosts, this many milliseconds each way
  for n in hol-a hol-b; do
    ip netns add $n; ip netns exec $n sysctl -qw net.ipv4.tcp_timestamps=0     # shorter tcpdump lines
  done
  python3 slowlink.py hol-a hol-b $1 >/dev/null & LINK=$!; sleep 1
}
lose() {   # the receiving host drops the first COPIES packets that carry this message
  $B iptables -F INPUT
  [ $2 = 0 ] || $B iptables -A INPUT -m string --algo bm --string "$1" -m quota --quota $(($2 * ${3:-160})) -j DROP
}
SS_B="ss -tinmH state established 'sport = :7000' | grep -oE '^[0-9]+|skmem:\(r[0-9]+|rcv_ooopack:[0-9]+'"
SS_A="ss -tinH 'dport = :7000' | grep -oE '\b(cwnd|unacked|retrans|lost|sacked|notsent):[0-9/]+'"
run() {    # name, tcp or udp
  echo "== $1"
  $A tcpdump -n -U -i slow0 -w "$W/$1.pcap" 'port 7000' 2>/dev/null & local dump=$!; sleep 0.6
  NSTAT_HISTORY=$W/a $A nstat >/dev/null; NSTAT_HISTORY=$W/b $B nstat >/dev/null
  $B python3 hol.py receive $2 ${3:+"$SS_B >$W/ss-b"} & local receive=$!; sleep 0.4
  $A python3 hol.py send $2 ${3:+"$SS_A >$W/ss-a"} & local send=$!
  wait $receive $send; sleep 0.2; kill $dump
  NSTAT_HISTORY=$W/a $A nstat | grep -E 'RetransSegs|FastRetrans|SackRecovery |LostRetransmit|Timeouts|LossProbes' || :
  NSTAT_HISTORY=$W/b $B nstat | grep OFOQueue || :
  if [ -n "${3:-}" ]; then      # what ss saw in the middle of the stall
    echo "-- receiver at 120 ms"; cat "$W/ss-b"; echo "-- sender at 120 ms"; cat "$W/ss-a"
  fi
}
streams() { $B python3 streams.py receive $1 & local receive=$!; sleep 0.4; $A python3 streams.py send $1; wait $receive; }

up 20
lose x 0;           run none tcp
lose MSG05 1;       run one-lost tcp
lose MSG05 2;       run two-lost tcp look
lose MSG05 1 148;   run udp udp
lose MSG19 1;       run tail-lost tcp
echo "== streams"
lose MSG05 1;       streams 1
lose MSG05 1;       streams 4
down; up 0
lose MSG05 2;       run near-two-lost tcp look
lose MSG19 1;       run near-tail-lost tcp
if $A sysctl -qw net.ipv4.tcp_rto_min_us=20000 2>/dev/null; then      # Linux 6.11 and later
  lose MSG05 2;     run near-two-lost-rto-min-20ms tcp
  lose MSG19 1;     run near-tail-lost-rto-min-20ms tcp
fi
[ -z "${KEEP:-}" ] || cp "$W"/*.pcap "$KEEP"
