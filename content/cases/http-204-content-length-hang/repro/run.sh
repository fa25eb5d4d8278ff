#!/usr/bin/env bash
# A 204 that announces a body which never comes, and who waits for it. Root, about 15 s.
# KEEP=directory keeps the capture there. OLDCURL=program also runs oldcurl.c built with an old libcurl.
set -eu
cd "$(dirname "$(readlink -f "$0")")"
for p in python3 node curl tcpdump ip ss; do
  command -v $p >/dev/null || { echo "missing: $p (Debian: python3 nodejs curl tcpdump iproute2)"; exit 1; }
done
W=$(mktemp -d); PIDS=""
clean() { for p in $PIDS; do kill "$p" 2>/dev/null || :; done; sleep 0.3
          ip netns del h204-client 2>/dev/null || :; ip netns del h204-server 2>/dev/null || :; rm -rf "$W"; }
trap clean EXIT
ip netns add h204-client; ip netns add h204-server
ip link add h204 netns h204-client type veth peer name h204 netns h204-server
ip -n h204-client addr add 10.79.0.1/24 dev h204; ip -n h204-server addr add 10.79.0.2/24 dev h204
for n in h204-client h204-server; do
  ip -n $n link set h204 up; ip netns exec $n sysctl -qw net.ipv4.tcp_timestamps=0    # shorter tcpdump lines
done
C="ip netns exec h204-client"; S="ip netns exec h204-server"
$S python3 server.py 10.79.0.2 80 & PIDS="$PIDS $!"; sleep 1
U=http://10.79.0.2

echo "== 1. two partners, both answer 204"
for p in clean cl5; do $C curl -si $U/$p | tr -d '\r'; done
echo "== 2. a client that trusts Content-Length"
$C python3 naive.py 5 /clean /cl0 /304
$C tcpdump -n -U --immediate-mode -i h204 -w "$W/hang.pcap" 'tcp port 80' 2>/dev/null & DUMP=$!; sleep 0.7
$C python3 naive.py 5 /cl5 & sleep 2
$C ss -tno 'dport = :80'; $S ss -tno 'sport = :80'
wait $!; sleep 0.3; kill $DUMP
tcpdump -n -r "$W/hang.pcap" 2>/dev/null
echo "== 3. curl; /200 is the control: 200 with Content-Length 5 and no body"
for p in clean cl5 te 304 200; do
  $C curl -so /dev/null -m 2 -w "/$p: %{http_code}, first byte %{time_starttransfer} s, total %{time_total} s, exit %{exitcode} %{errormsg}\n" $U/$p || :
done
[ -z "${OLDCURL:-}" ] || $C "$OLDCURL" $U/clean $U/cl5 $U/te $U/304
echo "== 4. Python's http.client"
$C python3 stdlib.py 2 /cl5 /te
echo "== 5. a 204 that really sends 5 bytes, on a keep-alive connection"
$C node desync.js /clean /cl5 /body /clean
[ -z "${KEEP:-}" ] || cp "$W"/hang.pcap "$KEEP"
