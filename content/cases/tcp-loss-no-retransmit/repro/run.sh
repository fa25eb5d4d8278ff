#!/usr/bin/env bash
# A sends 6 MiB through R to B; B drops every 97th segment. Does A retransmit, and what does it count?
# ./run.sh [auto|small|shrink]   (no argument: all three)
set -eu
cd "$(dirname "$0")"
[ "$(id -u)" = 0 ] || { echo "run as root (network namespaces)"; exit 1; }
for t in ip:iproute2 tc:iproute2 nstat:iproute2 python3:python3 ethtool:ethtool iptables:iptables; do
  command -v "${t%%:*}" >/dev/null || { echo "missing ${t%%:*}: apt install ${t##*:}"; exit 1; }
done
A=loss-a R=loss-r B=loss-b tmp=$(mktemp -d)
export NSTAT_HISTORY=$tmp/nstat
cleanup() { for ns in $A $R $B; do ip netns del $ns 2>/dev/null || true; done; }
cleanup
trap 'cleanup; rm -rf "$tmp"' EXIT
for ns in $A $R $B; do ip netns add $ns && ip -n $ns link set lo up; done
ip link add a0 netns $A type veth peer name r0 netns $R
ip link add b0 netns $B type veth peer name r1 netns $R
ip -n $A addr add 10.20.1.1/24 dev a0 && ip -n $A link set a0 up
ip -n $R addr add 10.20.1.254/24 dev r0 && ip -n $R link set r0 up
ip -n $R addr add 10.20.2.254/24 dev r1 && ip -n $R link set r1 up
ip -n $B addr add 10.20.2.1/24 dev b0 && ip -n $B link set b0 up
ip -n $A route add default via 10.20.1.254
ip -n $B route add default via 10.20.2.254
ip netns exec $R sysctl -qw net.ipv4.ip_forward=1
ip netns exec $R sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
# R cuts the 64 KB blocks, so that A keeps them whole in its queue and B loses single segments
ip netns exec $R ethtool -K r1 tso off gso off >/dev/null
ip netns exec $B ethtool -K b0 gro off >/dev/null 2>&1 || true
# 80 Mbit/s from R to B, so that A's queue stands
ip netns exec $R tc qdisc add dev r1 root tbf rate 80mbit burst 64kb limit 8mb
loss() { ip netns exec $B iptables "$1" INPUT -p tcp --dport 5001 -m statistic --mode nth --every 97 --packet 50 -j DROP; }

for how in ${1:-auto small shrink}; do
  loss -A
  ip netns exec $B python3 recv.py >"$tmp/recv" 2>&1 & recv=$!
  sleep 0.5
  ip netns exec $A nstat -n
  ip netns exec $A python3 send.py "$how" >"$tmp/send" 2>&1 || true
  wait $recv || true
  echo "# $how: $(tail -1 "$tmp/recv")"
  ip netns exec $A nstat -z TcpRetransSegs TcpExtTCPFastRetrans TcpExtTCPSackRecovery \
    TcpExtTCPTimeouts TcpExtTCPWqueueTooBig | grep -v '^#'
  loss -D
done
