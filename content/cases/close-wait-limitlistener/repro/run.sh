#!/usr/bin/env bash
# A LimitListener whose slots are held by idle keep-alive connections: CLOSE-WAIT without a pid.
# Needs root. About 35 seconds. Makes two network namespaces and removes them at the end.
set -eu
cd "$(dirname "$0")"

for tool in ip ss nstat strace curl nginx python3 go; do
  command -v $tool >/dev/null || { echo "missing: $tool (Debian: iproute2 strace curl nginx python3 golang)"; exit 1; }
done
[ "$(id -u)" = 0 ] || { echo "run as root: network namespaces and strace need it"; exit 1; }

tmp=$(mktemp -d); lb="ip netns exec pcll-lb"; app="ip netns exec pcll-app"; pids=
clean() {
  kill $pids 2>/dev/null || true; wait 2>/dev/null || true
  ip netns del pcll-lb 2>/dev/null || true; ip netns del pcll-app 2>/dev/null || true; rm -rf "$tmp"
}
trap clean EXIT

# golang.org/x/net: Debian's golang-golang-x-net-dev if it is there, else a download
if [ -d /usr/share/gocode/src/golang.org/x/net/netutil ]; then
  GO111MODULE=off GOPATH=/usr/share/gocode go build -o "$tmp/server" server.go
else
  cp server.go "$tmp"; (cd "$tmp"; go mod init lab; go mod tidy; go build -o server .) 2>/dev/null
fi
cp nginx.conf "$tmp"

# two hosts, one cable; the accept queue of the server holds 512 + 1
ip netns add pcll-lb; ip netns add pcll-app
ip link add lb0 netns pcll-lb type veth peer name app0 netns pcll-app
ip -n pcll-lb addr add 10.0.9.4/16 dev lb0; ip -n pcll-app addr add 10.0.3.17/16 dev app0
ip -n pcll-lb link set lo up; ip -n pcll-app link set lo up
ip -n pcll-lb link set lb0 up; ip -n pcll-app link set app0 up
$app sysctl -qw net.core.somaxconn=512
$lb sysctl -qw net.ipv4.tcp_fin_timeout=3        # 60 by default; shorter so that ports are free again soon

serve() { $app "$tmp/server" "$@" 2>"$tmp/server.log" & server=$!; pids="$pids $server"; sleep 0.5; }
burst() { # burst N NAME: N requests at once through nginx, their status codes on one line
  local waits= i
  for i in $(seq "$1"); do
    $lb curl -s -o /dev/null -w '%{http_code} ' "http://127.0.0.1/api?$2=$i" & waits="$waits $!"
  done
  wait $waits; echo
}
direct() { $lb curl -sS -m "$1" -w 'connect %{time_connect} s, total %{time_total} s\n' "${@:3}" "http://10.0.3.17:8080/api?$2" 2>&1 || true; }
queue() { $app ss -ltnH 'sport = :8080'; echo "CLOSE-WAIT: $($app ss -tanH state close-wait 'sport = :8080' | wc -l)"; }

serve -limit 4
$lb nginx -p "$tmp" -e error.log -c "$tmp/nginx.conf" -g 'daemon off;' & pids="$pids $!"
sleep 0.5

echo "== 1. four requests leave four idle connections in nginx: all slots taken"
burst 4 warm
echo "== 2. twenty TCP probes, then eight requests at once, then one past nginx"
$lb python3 probe.py 20; burst 8 order; direct 5 direct
queue
$app ss -tane state close-wait 2>/dev/null | head -4
port=$($app ss -tanH state close-wait 'sport = :8080' | awk '$1 > 70 {print $4; exit}'); port=${port##*:}
echo "== 3. nobody calls accept4, in any thread (3 s); where is the accept loop?"
timeout 3 $app strace -f -e trace=accept4 -p $server 2>&1 | grep -c 'accept4(' || true
$app curl -s 'http://127.0.0.1:6060/debug/pprof/goroutine?debug=2' | grep -B1 -A3 'limitListener).acquire'
sleep 2
echo "== 4. a new connection from port $port, for which the server still has a CLOSE-WAIT"
$app nstat -n; direct 2 reuse --local-port "$port"; $app nstat | grep -E 'ChallengeACK|SYNChallenge'
echo "== 5. more probes, until the queue is full"
$app nstat -n; $lb python3 probe.py; queue; $app nstat | grep -E 'ListenOverflows|ListenDrops'; direct 3 late
echo "== 6. one slot becomes free: the queue drains, and requests of clients long gone are served"
one=$($lb ss -tanH state established 'dport = :8080' | awk 'NR == 1 {print $3}'); one=${one##*:}
before=$(wc -l <"$tmp/server.log")
$lb ss -K -t state established "sport = :$one" >/dev/null 2>&1 || true
sleep 1; queue; tail -n +$((before + 1)) "$tmp/server.log"
kill $server; wait $server 2>/dev/null || true
echo "== 7. the same start with IdleTimeout 2 s: after 3 s"
serve -limit 4 -idle 2s -header 2s
burst 4 warm; $lb python3 probe.py 20; sleep 3; queue; direct 3 fixed
