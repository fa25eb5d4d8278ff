#!/bin/bash
# TCP keepalive in Go: which options are set, and who notices a dead peer when. About 35 s.
set -eu
cd "$(dirname "$0")"

[ "$(id -u)" = 0 ] || { echo "needs root (network namespaces, iptables)"; exit 1; }
for t in ip ss nstat iptables strace go; do
  command -v $t >/dev/null || { echo "missing: $t (apt install iproute2 iptables strace golang)"; exit 1; }
done

A=kpa-a B=kpa-b PEER=10.23.0.9:7600
BIN=$(mktemp -d)
PIDS=
cleanup() {
  for p in $PIDS; do kill -CONT $p 2>/dev/null || true; kill $p 2>/dev/null || true; done
  ip netns del $A 2>/dev/null || true
  ip netns del $B 2>/dev/null || true
  rm -rf "$BIN"
}
trap cleanup EXIT

for p in options watch hold; do CGO_ENABLED=0 GO111MODULE=off go build -o "$BIN/$p" $p.go; done

ip netns add $A; ip netns add $B
ip link add va netns $A type veth peer name vb netns $B
ip -n $A addr add 10.23.0.4/24 dev va; ip -n $B addr add 10.23.0.9/24 dev vb
for n in $A $B; do ip -n $n link set lo up; done
ip -n $A link set va up; ip -n $B link set vb up

in_a() { ip netns exec $A "$@"; }
watch() { ip netns exec $A "$BIN/watch" -name "$@" $PEER & PIDS="$PIDS $!"; }
cut_off() { ip netns exec $B iptables -I INPUT -j DROP; }
join_up() { ip netns exec $B iptables -F; }

echo "--- what $(go version | cut -d' ' -f3) sets"
in_a env GOMAXPROCS=1 strace -f -qq -e trace=setsockopt,write -e signal=none -o "$BIN/st" "$BIN/options" 2>/dev/null
grep -E 'KEEP|# ' "$BIN/st"

ip netns exec $B "$BIN/hold" $PEER & HOLD=$!; PIDS="$PIDS $HOLD"
sleep 0.5

echo "--- the peer is cut off: idle, with data in flight, with data in flight and TCP_USER_TIMEOUT"
watch idle     -idle 2 -interval 1 -count 3
watch write    -idle 2 -interval 1 -count 3 -write 1s; WRITE=$!
watch write-ut -idle 2 -interval 1 -count 3 -write 1s -user-timeout 4000
sleep 0.3; cut_off
sleep 14
in_a ss -Htno dport = :7600
in_a nstat -az TcpExtTCPKeepAlive TcpExtTCPAbortOnTimeout | tail -n +2
kill $WRITE; wait $WRITE 2>/dev/null || true; join_up
sleep 1

echo "--- the process hangs, its kernel does not"
watch hung -idle 2 -interval 1 -count 3
sleep 0.3; kill -STOP $HOLD
sleep 9
in_a ss -Htno state established dport = :7600
kill -CONT $HOLD

echo "--- the peer forgot the connection (as after a reboot)"
watch reboot -idle 2 -interval 1 -count 3
sleep 0.3
ip netns exec $B iptables -I OUTPUT -p tcp -j DROP
ip netns exec $B ss -K state established sport = :7600 >/dev/null 2>&1
join_up
sleep 3
