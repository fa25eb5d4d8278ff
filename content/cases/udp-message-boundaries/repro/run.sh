#!/usr/bin/env bash
# Cuts a datagram with a short read buffer, then loses one fragment. Root, about 10 seconds.
set -eu
cd "$(dirname "$0")"
for tool in ip go python3 iptables nstat; do
  command -v "$tool" >/dev/null || { echo "install $tool (iproute2, golang, python3, iptables)"; exit 1; }
done

work=$(mktemp -d)
export NSTAT_HISTORY=$work/nstat
pid=
cleanup() {
  [ -z "$pid" ] || kill "$pid" 2>/dev/null || true
  ip netns del umb-c 2>/dev/null || true
  ip netns del umb-s 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT

ip netns add umb-c
ip netns add umb-s
ip link add umbc netns umb-c type veth peer name umbs netns umb-s
ip -n umb-c addr add 10.64.1.1/24 dev umbc
ip -n umb-s addr add 10.64.1.2/24 dev umbs
ip -n umb-c link set umbc up
ip -n umb-s link set umbs up
go build -o "$work/collector" collector.go

# show TITLE SECONDS COLLECTOR-FLAGS... -- SIZES...
show() {
  local title=$1 wait=$2 flags=()
  shift 2
  while [ "$1" != -- ]; do flags+=("$1"); shift; done
  shift
  echo "== $title"
  ip netns exec umb-s "$work/collector" "${flags[@]}" > "$work/log" &
  pid=$!
  sleep 0.5
  ip netns exec umb-c python3 send.py "$@"
  sleep "$wait"
  kill "$pid"
  wait "$pid" 2>/dev/null || true
  pid=
  cat "$work/log"
}
counters() { ip netns exec umb-s nstat -z 'Udp*' 'IpReasm*' | grep -E 'UdpIn|UdpRcv|IpReasm'; } # since the last nstat

show "1024-byte buffer: the second event is cut, err is nil" 0.3 -buf 1024 -- 600 2000 100
counters
show "same buffer, ReadMsgUDP looks at MSG_TRUNC" 0.3 -buf 1024 -flags -- 600 2000 100
show "65535-byte buffer; the largest IPv4 payload is 65507" 0.3 -buf 65535 -- 2000 65507 65508

ip netns exec umb-s sysctl -qw net.ipv4.ipfrag_time=2
ip netns exec umb-s iptables -t raw -A PREROUTING -f -j DROP   # every fragment but the first
ip netns exec umb-s nstat -n # count from here
show "big buffer, but one of two fragments is lost" 3 -buf 65535 -- 600 2000 100
counters

echo "== what recv says when it cuts"
python3 peek.py
