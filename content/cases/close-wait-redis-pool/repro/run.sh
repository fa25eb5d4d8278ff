#!/usr/bin/env bash
# Redis stops answering; five ways for a service to wait for it.
# Needs root. About 75 seconds. Makes two network namespaces and removes them at the end.
set -eu
cd "$(dirname "$0")"

for tool in ip ss strace curl python3 redis-server redis-cli go; do
  command -v $tool >/dev/null || { echo "missing: $tool (Debian: iproute2 strace curl python3 redis golang)"; exit 1; }
done
python3 -c 'import asyncio; asyncio.timeout' 2>/dev/null || { echo "load.py needs Python 3.11 or later"; exit 1; }
[ "$(id -u)" = 0 ] || { echo "run as root: network namespaces and strace need it"; exit 1; }

tmp=$(mktemp -d); client="ip netns exec pcrp-client"; app="ip netns exec pcrp-app"; pids=
clean() {
  kill -CONT $pids 2>/dev/null || true; kill $pids 2>/dev/null || true; wait 2>/dev/null || true
  ip netns del pcrp-client 2>/dev/null || true; ip netns del pcrp-app 2>/dev/null || true; rm -rf "$tmp"
}
trap clean EXIT

# redigo: Debian's golang-github-gomodule-redigo-dev if it is there, else a download
if [ -d /usr/share/gocode/src/github.com/gomodule/redigo ]; then
  GO111MODULE=off GOPATH=/usr/share/gocode go build -o "$tmp/server" server.go
else
  cp server.go "$tmp"; (cd "$tmp"; go mod init lab; go mod tidy; go build -o server .) 2>/dev/null
fi

# the service on one side; its clients (10.0.9.4) and Redis (10.0.5.9) on the other
ip netns add pcrp-client; ip netns add pcrp-app
ip link add c0 netns pcrp-client type veth peer name a0 netns pcrp-app
ip -n pcrp-client addr add 10.0.9.4/16 dev c0; ip -n pcrp-client addr add 10.0.5.9/16 dev c0
ip -n pcrp-app addr add 10.0.3.17/16 dev a0
ip -n pcrp-client link set lo up; ip -n pcrp-app link set lo up
ip -n pcrp-client link set c0 up; ip -n pcrp-app link set a0 up
$client redis-server --port 6379 --bind 10.0.5.9 --save '' --protected-mode no >/dev/null & redis=$!; pids=$redis
sleep 1; $client redis-cli -h 10.0.5.9 set k v >/dev/null

dump() { $app curl -s -m 1 "http://127.0.0.1:6060/debug/pprof/goroutine?debug=$1"; }
count() { # one line: goroutines, CLOSE-WAIT on :9000, connections to Redis
  printf '%-6s %10s %10s %10s\n' "$1" "$(dump 1 | sed -n '1s/.*total //p')" \
    "$($app ss -tanH state close-wait 'sport = :9000' | wc -l)" \
    "$($app ss -tnH state established 'dport = :6379' | wc -l)"
}

for mode in none timeout handler request bounded; do
  echo "== $mode"
  $app "$tmp/server" $mode 2>/dev/null & server=$!; pids="$redis $server"; sleep 0.6
  $client python3 load.py 20 1                      # healthy, fills the pool
  kill -STOP $redis                                 # its kernel still answers, the process does not
  $client python3 load.py 40 6 & load=$!
  echo "time   goroutines CLOSE-WAIT      redis"
  for i in 1 2 3 4 5 6; do sleep 1; count "$i s"; done
  wait $load
  if [ $mode = none ]; then
    $app ss -tanp 'sport = :9000' | head -4
    dump 1 | grep -A3 '^[0-9]* @' | head -4
    timeout 3 $app strace -f -e trace=read,close,accept4 -p $server -o "$tmp/trace" 2>/dev/null & sleep 1
    $client python3 load.py 1 1 >/dev/null; wait $! || true
    grep ' read(' "$tmp/trace"
  fi
  sleep 2; count 9+
  kill -CONT $redis; sleep 1; count back
  kill $server; wait $server 2>/dev/null || true
done
