# Sourced by run.sh: a host with a bridge, and two containers with one address; removed at exit.
ARPING=${ARPING:-arping}
for tool in ip bridge nstat lsns nsenter python3 "$ARPING"; do
    command -v "$tool" >/dev/null || {
        echo "missing: $tool (apt install iproute2 iputils-arping util-linux python3)" >&2
        exit 1
    }
done
[ "$(id -u)" = 0 ] || { echo "needs root, for the network namespaces" >&2; exit 1; }

if [ "${1:-}" = same ]; then
    mac1=02:42:0a:4d:01:0a mac2=02:42:0a:4d:01:0a # 0a:4d:01:0a is 10.77.1.10
else
    mac1=02:00:00:00:00:c1 mac2=02:00:00:00:00:c2
fi

HOST="ip netns exec dic-host" C1="ip netns exec dic-c1" C2="ip netns exec dic-c2"
pids=()
fdb=$(mktemp)
cleanup() {
    kill "${pids[@]}" 2>/dev/null || true
    for ns in dic-host dic-c1 dic-c2; do ip netns del $ns 2>/dev/null || true; done
    rm -f "$fdb"
}
trap cleanup EXIT

for ns in dic-host dic-c1 dic-c2; do
    ip netns add $ns
    ip -n $ns link set lo up
done
ip -n dic-host link add docker0 type bridge
ip -n dic-host addr add 10.77.1.1/24 dev docker0
ip -n dic-host link set docker0 up
add_container() { # NAMESPACE VETH MAC
    ip link add "$2" netns dic-host type veth peer name eth0 netns "$1"
    ip -n dic-host link set "$2" master docker0 up
    ip -n "$1" link set eth0 address "$3" up
    ip -n "$1" addr add 10.77.1.10/24 dev eth0
    # 2 s instead of 30 s, so that what takes minutes is seen in seconds
    ip netns exec "$1" sysctl -qw net.ipv4.neigh.eth0.base_reachable_time_ms=2000 \
        net.ipv4.neigh.eth0.delay_first_probe_time=1
}
add_container dic-c1 veth-c1 $mac1
add_container dic-c2 veth-c2 $mac2

$C1 python3 -m http.server 8080 >/dev/null 2>&1 & pids+=($!)
sleep 1
