#!/bin/bash
# What close() puts on the wire: FIN or RST, and what the peer still gets. About 25 s.
set -eu
cd "$(dirname "$0")"

[ "$(id -u)" = 0 ] || { echo "needs root (network namespaces)"; exit 1; }
for t in ip ss nstat go; do
  command -v $t >/dev/null || { echo "missing: $t (apt install iproute2 golang)"; exit 1; }
done

A=lng-a B=lng-b PEER=10.22.0.9
BIN=$(mktemp -d)
PIDS=
cleanup() {
  for p in $PIDS; do kill $p 2>/dev/null || true; done
  ip netns del $A 2>/dev/null || true
  ip netns del $B 2>/dev/null || true
  rm -rf "$BIN"
}
trap cleanup EXIT

for p in reader closer upload reject; do CGO_ENABLED=0 GO111MODULE=off go build -o "$BIN/$p" $p.go; done

ip netns add $A; ip netns add $B
ip link add va netns $A type veth peer name vb netns $B
ip -n $A addr add 10.22.0.4/24 dev va; ip -n $B addr add $PEER/24 dev vb
for n in $A $B; do ip -n $n link set lo up; done
ip -n $A link set va up; ip -n $B link set vb up

in_a() { ip netns exec $A "$@"; }
start() { ip netns exec $B "$BIN/$@" & PIDS="$PIDS $!"; }
aborts() { ip netns exec $1 nstat -az TcpOutRsts TcpExtTCPAbortOnData TcpExtTCPAbortOnClose | tail -n +2 | xargs; }

start reader -addr $PEER:9000           # starts to read after 2.5 s
start reader -addr $PEER:9001 -hello    # the same, and says HELLO first
start reject -addr $PEER:9100           # answers 413 and closes at once
start reject -addr $PEER:9101 -drain    # answers 413, half-closes, reads the rest
sleep 0.5

for linger in -1 0 1 5; do
  echo "--- 200000 bytes, then Close; linger $linger"
  in_a "$BIN/closer" -linger $linger $PEER:9000 & c=$!
  sleep 0.5; in_a ss -Htan state fin-wait-1
  wait $c; sleep 2.7; aborts $A
done

echo "--- Close with 5 unread bytes in the receive buffer, linger untouched"
in_a "$BIN/closer" -bytes 5 -unread $PEER:9001
sleep 2.7; aborts $A

echo "--- 413 and Close with the upload unread"
in_a "$BIN/upload" http://$PEER:9100/
aborts $B
echo "--- 413, CloseWrite, read the rest, Close"
in_a "$BIN/upload" http://$PEER:9101/
aborts $B
