#!/usr/bin/env bash
# Several listeners on one port: who gets what, and what a dying one takes with it. Root, about 15 seconds.
set -eu
cd "$(dirname "$0")"
for tool in ip ss nstat go python3; do
  command -v "$tool" >/dev/null || { echo "install $tool (iproute2, golang, python3)"; exit 1; }
done

work=$(mktemp -d)
export NSTAT_HISTORY=$work/nstat
cleanup() {
  kill $(jobs -p) 2>/dev/null || true
  ip netns del srp-c 2>/dev/null || true
  ip netns del srp-s 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT

ip netns add srp-c
ip netns add srp-s
ip link add srpc netns srp-c type veth peer name srps netns srp-s
ip -n srp-c addr add 10.64.3.1/24 dev srpc
ip -n srp-s addr add 10.64.3.2/24 dev srps
ip -n srp-c link set srpc up
ip -n srp-s link set srps up
ip -n srp-s link set lo up
go build -o "$work/server" server.go
in_s() { ip netns exec srp-s "$@"; }
in_c() { ip netns exec srp-c "$@"; }
start() { ip netns exec srp-s "$work/server" -name "$1" & pid=$!; }
stop() { kill "$@"; wait "$@" 2>/dev/null || true; }

echo "== one old process among three"
start v1; a=$pid
start v2; b=$pid
start v2; c=$pid
sleep 0.7
in_c python3 clients.py 300 1
stop "$a" "$b" "$c"

for migrate in 0 1; do
  echo "== v1 hangs, then dies; tcp_migrate_req=$migrate"
  in_s sysctl -qw net.ipv4.tcp_migrate_req=$migrate # Linux 5.14
  in_s nstat -n # count from here
  start v1; a=$pid
  start v2; b=$pid
  sleep 0.7
  kill -STOP "$a"
  in_c python3 clients.py 50 2 & clients=$!
  sleep 1
  in_s ss -ltn 'sport = :8080'
  kill -KILL "$a"
  wait "$a" 2>/dev/null || true
  wait "$clients"
  in_s nstat -z | grep -E 'TcpEstabResets|MigrateReq'
  stop "$b"
done

echo "== who may join: the first without the option"
in_s python3 bind.py 0 1 &
sleep 0.4
in_s python3 bind.py 1 || true
wait $!
echo "== who may join: the first belongs to uid 65534, the second to root"
in_s python3 bind.py 1 1 65534 &
sleep 0.4
in_s python3 bind.py 1 || true
wait $!

echo "== how the hash spreads"
ulimit -n 8192
in_s python3 spread.py
