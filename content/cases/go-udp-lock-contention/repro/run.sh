#!/usr/bin/env bash
# One net.Conn against a pool. Root, 2 or more idle cores, about 20 seconds; nothing leaves loopback.
set -eu
cd "$(dirname "$0")"
for tool in ip go python3; do
  command -v "$tool" >/dev/null || { echo "install $tool (iproute2, golang, python3)"; exit 1; }
done

work=$(mktemp -d)
sink=
cleanup() {
  [ -z "$sink" ] || kill "$sink" 2>/dev/null || true
  ip netns del gul 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT
ip netns add gul
ip -n gul link set lo up
go build -trimpath -o "$work/blast" blast.go
cd "$work"
in_ns() { ip netns exec gul nice "$@"; }
ip netns exec gul python3 "$OLDPWD/sink.py" 120 &
sink=$!
sleep 0.5

echo "== more goroutines on one conn, then more conns"
for run in "1 1" "1 10" "1 100" "1 500" "2 500" "8 500" "64 500"; do
  set -- $run
  in_ns ./blast -conns "$1" -goroutines "$2"
done
echo "== two Go locks, one kernel socket"
in_ns ./blast -conns 2 -goroutines 500 -share

echo "== where 500 goroutines stand, and what each profile sees"
in_ns ./blast -goroutines 500 -profile goroutine | head -9
in_ns ./blast -goroutines 500 -profile block
in_ns ./blast -goroutines 500 -profile mutex

if command -v strace >/dev/null; then
  for conns in 1 8; do
    echo "== system calls of 100 goroutines, conns=$conns"
    in_ns strace -f -c -o "$work/calls" ./blast -conns $conns -goroutines 100 -d 2s
    head -7 "$work/calls"
  done
fi

echo "== many datagrams per system call"
in_ns ./blast -gso 16
if [ -d /usr/share/gocode/src/golang.org/x/net/ipv4 ]; then # apt install golang-golang-x-net-dev
  GO111MODULE=off GOPATH=/usr/share/gocode go build -o batch "$OLDPWD/batch.go"
  in_ns ./batch
fi
