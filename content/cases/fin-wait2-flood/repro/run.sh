#!/bin/bash
# FIN_WAIT2 flood: a Go client gives up after 200 ms, the handler needs 12 s.
# Three rounds: slow handler, handler that stops when the client is gone, HTTP/2. About 25 s.
set -eu
cd "$(dirname "$0")"

[ "$(id -u)" = 0 ] || { echo "needs root (network namespaces)"; exit 1; }
for t in ip ss nstat go; do
  command -v $t >/dev/null || { echo "missing: $t (apt install iproute2 golang)"; exit 1; }
done

CLI=fw2-cli SRV=fw2-srv A=10.21.0.9
BIN=$(mktemp -d)
SERVER= CALLER=
cleanup() {
  [ -z "$SERVER" ] || kill $SERVER 2>/dev/null || true
  [ -z "$CALLER" ] || kill $CALLER 2>/dev/null || true
  ip netns del $CLI 2>/dev/null || true
  ip netns del $SRV 2>/dev/null || true
  rm -rf "$BIN"
}
trap cleanup EXIT

for p in slow caller; do CGO_ENABLED=0 GO111MODULE=off go build -o "$BIN/$p" $p.go; done

ip netns add $CLI; ip netns add $SRV
ip link add c0 netns $CLI type veth peer name s0 netns $SRV
ip -n $CLI addr add 10.21.0.4/24 dev c0; ip -n $SRV addr add $A/24 dev s0
for n in $CLI $SRV; do ip -n $n link set lo up; done
ip -n $CLI link set c0 up; ip -n $SRV link set s0 up
# 5 s instead of the default 60 s, so that you need not wait a minute
ip netns exec $CLI sysctl -qw net.ipv4.tcp_fin_timeout=5

states() { # states PORT SECONDS-SINCE-START
  echo "$2 s  client: $(ip netns exec $CLI ss -Htan "dport = :$1" | awk '{print $1}' | sort | uniq -c | xargs)" \
       "| server: $(ip netns exec $SRV ss -Htan state connected "sport = :$1" | awk '{print $1}' | sort | uniq -c | xargs)"
}
round() { # round PORT SCHEME SERVER-FLAG...
  local url=$2://$A:$1/price
  ip netns exec $SRV "$BIN/slow" -addr $A:$1 -work 12s "${@:3}" 2>/dev/null & SERVER=$!
  sleep 0.5
  ip netns exec $CLI "$BIN/caller" -n 50 -stay 30s $url 2>"$BIN/log" & CALLER=$!
}
stop() { kill $SERVER $CALLER; wait $SERVER $CALLER 2>/dev/null || true; SERVER= CALLER=; }

echo "--- 1. the handler goes on working for 12 s"
round 8080 http
sleep 1;  head -1 "$BIN/log"; states 8080 1
ip netns exec $CLI ss -tanop state fin-wait-2 | head -2
ip netns exec $SRV ss -tanp state close-wait | head -2
sleep 7;  states 8080 8
sleep 5;  states 8080 13
ip netns exec $CLI nstat -az TcpOutRsts | tail -1
stop

echo "--- 2. the handler listens to r.Context()"
round 8081 http -cancel
sleep 1;  states 8081 1
stop

echo "--- 3. HTTP/2: fifty requests, one connection"
round 8082 https -h2
sleep 1;  states 8082 1
