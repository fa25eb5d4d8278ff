#!/usr/bin/env bash
# 502 when the target closes an idle keep-alive connection first. Root, about 60 s.
# nginx plays the load balancer (idle 60 s), Node the target (closes after 2 s), 20 ms each way between them.
# KEEP=directory keeps the logs and captures there.
set -eu
cd "$(dirname "$(readlink -f "$0")")"
for p in nginx node tcpdump python3 ip nstat iptables curl; do
  command -v $p >/dev/null || { echo "missing: $p (Debian: nginx-light nodejs tcpdump python3 iproute2 iptables curl)"; exit 1; }
done
[ -c /dev/net/tun ] || { echo "missing: /dev/net/tun (modprobe tun)"; exit 1; }

W=$(mktemp -d); chmod 755 "$W"; PIDS=""
clean() { for p in $PIDS; do kill "$p" 2>/dev/null || :; done; sleep 0.3
          ip netns del alb502-lb 2>/dev/null || :; ip netns del alb502-app 2>/dev/null || :; rm -rf "$W"; }
trap clean EXIT
for n in alb502-lb alb502-app; do
  ip netns add $n; ip netns exec $n sysctl -qw net.ipv4.tcp_timestamps=0    # shorter tcpdump lines
done
LB="ip netns exec alb502-lb"; APP="ip netns exec alb502-app"
python3 slowlink.py alb502-lb alb502-app 20 >/dev/null & PIDS="$PIDS $!"; sleep 1
$APP node app.js 10.78.0.2 1000 >"$W/app.log" & PIDS="$PIDS $!"

echo "== 0. how long Node keeps an idle connection when nobody sets it"
$APP node app.js 127.0.0.1 >/dev/null & PIDS="$PIDS $!"; sleep 1
$APP python3 idle.py 127.0.0.1 3000

lb() {    # start nginx with this idle time for pooled connections
  sed "s/keepalive_timeout 60s/keepalive_timeout $1/" lb.conf >"$W/lb.conf"
  $LB nginx -p "$W" -e error.log -c lb.conf & NGINX=$!; PIDS="$PIDS $NGINX"; sleep 1
}

echo "== 1. load balancer idle 60 s, target closes 2 s after its answer: POST"
lb 60s
$LB tcpdump -i slow0 -n -U -w "$W/lb.pcap" -c 400 'tcp port 3000' 2>/dev/null & PIDS="$PIDS $!"
$APP tcpdump -i slow0 -n -U -w "$W/app.pcap" -c 400 'tcp port 3000' 2>/dev/null & PIDS="$PIDS $!"; sleep 0.7
$LB python3 sweep.py POST 1940 1950 1960 1970 1980 1990 2000 2010 2020
echo "== 2. the same moments with GET"
$LB python3 sweep.py GET 1975 1990
grep -v upstream_status=200 "$W/access.log"
grep -oE '\*[0-9]+ .* from upstream,' "$W/error.log"
echo "requests the load balancer sent: $(wc -l <"$W/access.log"), that the target logged: $(wc -l <"$W/app.log")"
$APP nstat -az TcpExtTCPAbortOnData

echo "== 3. the FIN is late (dropped at the load balancer for 0.1 s): another error text"
$LB curl -s -o /dev/null -d x=1 http://127.0.0.1:8000/pay
$LB iptables -A INPUT -p tcp --sport 3000 --tcp-flags FIN FIN -j DROP
sleep 2.05
$LB curl -s -o /dev/null -w 'POST %{http_code}\n' -d x=1 http://127.0.0.1:8000/pay
$LB iptables -F INPUT
tail -1 "$W/error.log"
kill $NGINX; sleep 0.5

echo "== 4. the fix: the load balancer gives up first (1.5 s < 2 s)"
lb 1500ms
$LB python3 sweep.py POST 1480 1490 1500 1510 1960 1980 2000 2020
[ -z "${KEEP:-}" ] || cp "$W"/*.log "$W"/*.pcap "$KEEP"
