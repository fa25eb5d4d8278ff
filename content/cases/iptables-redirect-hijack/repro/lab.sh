# Sourced by run.sh: two namespaces joined by a veth pair, removed again at exit.
for tool in ip iptables conntrack ss curl python3; do
    command -v "$tool" >/dev/null || {
        echo "missing: $tool (apt install iproute2 iptables conntrack curl python3)" >&2
        exit 1
    }
done
[ "$(id -u)" = 0 ] || { echo "needs root, for the network namespaces" >&2; exit 1; }

NODE="ip netns exec irh-node" UPSTREAM="ip netns exec irh-upstream"
pids=()
cleanup() {
    kill "${pids[@]}" 2>/dev/null || true
    ip netns del irh-node 2>/dev/null || true
    ip netns del irh-upstream 2>/dev/null || true
}
trap cleanup EXIT

ip netns add irh-node
ip netns add irh-upstream
ip link add eth0 netns irh-node type veth peer name eth0 netns irh-upstream
ip -n irh-node addr add 10.77.0.1/24 dev eth0
ip -n irh-upstream addr add 10.77.0.2/24 dev eth0
for ns in irh-node irh-upstream; do
    ip -n $ns link set lo up
    ip -n $ns link set eth0 up
done
$NODE python3 web.py 0.0.0.0 80 node-agent & pids+=($!)
$UPSTREAM python3 web.py 0.0.0.0 80 orders & pids+=($!)
sleep 1
