#!/usr/bin/env bash
# Sticky packets in three parts: glued messages, the 40 ms stall, how long Nagle holds a write.
# ./run.sh [glue|stall|nagle]   (no argument: all three, about 20 s)
set -eu
cd "$(dirname "$0")"
[ "$(id -u)" = 0 ] || { echo "run as root (network namespaces)"; exit 1; }
for t in ip:iproute2 python3:python3 sysctl:procps; do
  command -v "${t%%:*}" >/dev/null || { echo "missing ${t%%:*}: apt install ${t##*:}"; exit 1; }
done
part=${1:-all} A=sticky-a B=sticky-b link=

stop_link() {
  [ -n "$link" ] || return 0
  kill "$link" 2>/dev/null; wait "$link" 2>/dev/null || true
  link=
}
cleanup() { stop_link; ip netns del $A 2>/dev/null || true; ip netns del $B 2>/dev/null || true; }
cleanup
trap cleanup EXIT
export PYTHONDONTWRITEBYTECODE=1
for ns in $A $B; do
  ip netns add $ns
  ip -n $ns link set lo up
  ip netns exec $ns sysctl -qw net.ipv4.tcp_no_metrics_save=1 # no RTT from earlier runs
done
ip link add v0 netns $A type veth peer name v0 netns $B
ip -n $A addr add 10.10.1.1/24 dev v0 && ip -n $A link set v0 up
ip -n $B addr add 10.10.1.2/24 dev v0 && ip -n $B link set v0 up

glue() { # what to print, "" or --framed, then arguments of feed.py
  local framed=$2
  echo "# $1" && shift 2
  ip netns exec $B python3 sink.py 10.10.1.2 $framed & sink=$!
  sleep 0.5
  ip netns exec $A python3 feed.py 10.10.1.2 $framed "$@"
  wait $sink
}
if [ $part = all ] || [ $part = glue ]; then
  glue "200 messages, 5 ms apart" "" --pause 0.005
  glue "200 messages, 0.5 ms apart" "" --pause 0.0005
  glue "200 messages of 6 KB, 5 ms apart" "" --pause 0.005 --note 6000
  glue "200 messages of 6 KB, no pause, with a length before each" --framed --note 6000
fi

if [ $part = all ] || [ $part = stall ]; then
  ip netns exec $A python3 wwr.py
fi

if [ $part = all ] || [ $part = nagle ]; then
  [ -e /dev/net/tun ] || { echo "missing /dev/net/tun (kernel module tun)"; exit 1; }
  for rtt in 20 200 600; do
    python3 link.py $A $B $((rtt / 2)) >/dev/null & link=$!
    sleep 0.6
    for mode in nagle nodelay cork; do
      [ "$mode $rtt" != "cork 600" ] || continue # longer than nagle.py waits
      printf 'RTT %-3s  %-7s  ' "$rtt" "$mode"
      ip netns exec $B python3 nagle.py recv & recv=$!
      sleep 0.3
      ip netns exec $A python3 nagle.py send $mode
      wait $recv
    done
    stop_link
  done
fi
