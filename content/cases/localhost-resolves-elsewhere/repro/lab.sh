# Sourced by run.sh: the application's host and the company's network, removed again at exit.
for tool in ip unshare dnsmasq dig curl getent python3 "$@"; do
    command -v "$tool" >/dev/null || {
        echo "missing: $tool (apt install iproute2 util-linux dnsmasq-base bind9-dnsutils curl python3 golang)" >&2
        exit 1
    }
done
[ "$(id -u)" = 0 ] || { echo "needs root, for the network namespaces" >&2; exit 1; }

dir=$(mktemp -d)
pids=()
cleanup() {
    kill "${pids[@]}" 2>/dev/null || true
    ip netns del lre-app 2>/dev/null || true
    ip netns del lre-corp 2>/dev/null || true
    rm -rf "$dir"
}
trap cleanup EXIT

# The application's host, and the company's network with a DNS server and a stranger.
ip netns add lre-app
ip netns add lre-corp
ip link add eth0 netns lre-app type veth peer name eth0 netns lre-corp
ip -n lre-app addr add 10.77.9.2/24 dev eth0
ip -n lre-corp addr add 10.77.9.53/24 dev eth0
ip -n lre-corp addr add 10.77.9.9/24 dev eth0
for ns in lre-app lre-corp; do
    ip -n $ns link set lo up
    ip -n $ns link set eth0 up
done
ip netns exec lre-app python3 server.py 127.0.0.1 8080 "the service on this host" & pids+=($!)
ip netns exec lre-corp python3 server.py 10.77.9.9 8080 "somebody else's host" & pids+=($!)
ip netns exec lre-corp dnsmasq --keep-in-foreground --no-resolv --no-hosts --user=root --pid-file= \
    --listen-address=10.77.9.53 --bind-interfaces --local=/localhost/ --address=/localhost/10.77.9.9 & pids+=($!)
sleep 1

# A container image from scratch: hosts and resolv.conf come from the runtime, nothing else.
mkdir -p "$dir/image/etc"
printf '127.0.0.1 localhost\n::1 localhost ip6-localhost\n' >"$dir/image/etc/hosts"
echo "nameserver 10.77.9.53" >"$dir/image/etc/resolv.conf"
nsswitch() { # "-" for no file
    if [ "$1" = - ]; then rm -f "$dir/image/etc/nsswitch.conf"; else echo "$1" >"$dir/image/etc/nsswitch.conf"; fi
}
