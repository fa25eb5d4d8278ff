#!/bin/bash
# A leftover REDIRECT in nat OUTPUT sends calls for the upstream to a local port.
# Two namespaces: the node 10.77.0.1 (with its own service on :80) and the upstream 10.77.0.2.
set -eu
cd "$(dirname "$0")"
. ./lab.sh # namespaces irh-node and irh-upstream; $NODE and $UPSTREAM run a command in them

say() { printf '\n# %s\n' "$*"; }
call() { $NODE curl -s http://10.77.0.2/v1/orders/42; }

# Kubernetes and Docker nodes track connections; this rule makes the namespace do so too.
$NODE iptables -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT

coproc HOLD { exec $NODE python3 hold.py 10.77.0.2 80; }
ask() { echo "$1" >&"${HOLD[1]}"; read -r line <&"${HOLD[0]}"; echo "$line"; }

say "before the rule"
call
ask old

say "the rule without a mask: -d 10.77.0.0 is one address, 10.77.0.0/32"
$NODE iptables -t nat -N SIDECAR_OUTBOUND
$NODE iptables -t nat -A OUTPUT -p tcp -j SIDECAR_OUTBOUND
$NODE iptables -t nat -A SIDECAR_OUTBOUND -p tcp -d 10.77.0.0 --dport 80 -j REDIRECT --to-ports 80
call

say "the same rule with /16"
$NODE iptables -t nat -F SIDECAR_OUTBOUND
$NODE iptables -t nat -A SIDECAR_OUTBOUND -p tcp -d 10.77.0.0/16 --dport 80 -j REDIRECT --to-ports 80
call
ask old
ask new

say "what the node shows: two sockets, both on this machine, except for 'old'"
$NODE ss -Htnp 'sport = :80 or dport = :80'
say "what the upstream shows: only 'old'"
$UPSTREAM ss -Htn 'sport = :80'
say "conntrack: the reply comes from 127.0.0.1"
$NODE conntrack -L -p tcp --state ESTABLISHED 2>/dev/null
say "one count per connection, not per packet"
$NODE iptables -t nat -vnL SIDECAR_OUTBOUND --line-numbers

say "rule deleted: kept connections stay where they are"
$NODE iptables -t nat -D SIDECAR_OUTBOUND 1
ask old
ask new
ask newest

say "conntrack entries of the hijacked flows deleted: the upstream answers RST"
$NODE conntrack -D -p tcp --dst-nat 127.0.0.1 2>/dev/null
ask old
ask new
ask newest

say "a node that tracks nothing yet: the rule breaks a connection that was open before it"
$NODE iptables -F INPUT
ask early
$NODE iptables -t nat -A SIDECAR_OUTBOUND -p tcp -d 10.77.0.0/16 --dport 80 -j REDIRECT --to-ports 80
ask early
