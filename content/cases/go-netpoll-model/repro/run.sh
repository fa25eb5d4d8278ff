#!/usr/bin/env bash
# A request that never returns, the goroutine behind it, and what waiting costs. Root, about 25 seconds.
set -eu
cd "$(dirname "$0")"
for tool in ip ss go python3 curl strace; do
  command -v "$tool" >/dev/null || { echo "install $tool (iproute2, golang, python3, curl, strace)"; exit 1; }
done

work=$(mktemp -d)
cleanup() {
  kill $(jobs -p) 2>/dev/null || true
  ip netns del gnm-a 2>/dev/null || true
  ip netns del gnm-b 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT

ip netns add gnm-a # the Go service
ip netns add gnm-b # its client, and its backend
ip link add gnma netns gnm-a type veth peer name gnmb netns gnm-b
ip -n gnm-a addr add 10.64.4.1/24 dev gnma
ip -n gnm-b addr add 10.64.4.2/24 dev gnmb
ip -n gnm-a link set gnma up
ip -n gnm-b link set gnmb up
ip -n gnm-a link set lo up
for program in service netpoll idle; do go build -trimpath -o "$work/$program" $program.go; done
in_a() { ip netns exec gnm-a "$@"; }
in_b() { ip netns exec gnm-b "$@"; }
ask() { in_b curl -sS "$@" || true; }
dump() { in_b curl -s 'http://10.64.4.1:8080/debug/pprof/goroutine?debug=2' | awk -v RS= '/main.ask/' | head -15; }
service() { ip netns exec gnm-a "$work/service" "$@" & pid=$!; sleep 0.7; }
stop() { kill "$pid"; wait "$pid" 2>/dev/null || true; }

ip netns exec gnm-b python3 backend.py 10.64.4.2 &
echo "== no deadline: the request hangs, the process does not"
service
ask -m 6 http://10.64.4.1:8080/ &
asking=$!
sleep 1
ask http://10.64.4.1:8080/ok
timeout 2 strace -p "$pid" || true
ps -L -o lwp,stat,wchan:22 -p "$pid"
in_a ss -tnpo 'dport = :9000'
dump
wait "$asking"
echo "== the client has left, its goroutine has not"
in_a ss -tn 'sport = :8080'
stop

echo "== with a deadline of 2 s"
service -deadline 2s
ask -w '%{http_code} after %{time_total} s\n' http://10.64.4.1:8080/
stop

echo "== the same deadline, but somebody called File().Fd()"
service -deadline 2s -fd
ask -m 5 http://10.64.4.1:8080/ &
asking=$!
sleep 3
dump
wait "$asking"
stop

echo "== how a read waits"
in_a strace -f -r -e trace=listen,connect,accept4,epoll_create1,epoll_ctl,epoll_pwait,read,write \
  -s 12 -o "$work/trace" "$work/netpoll"
sed -n '/listen/,$p' "$work/trace" | cut -c1-120

echo "== what waiting costs"
ulimit -n 8192
in_a "$work/idle" net 5000
in_a "$work/idle" http 5000
in_a "$work/idle" flock 200
