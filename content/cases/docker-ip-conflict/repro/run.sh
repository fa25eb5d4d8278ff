#!/bin/bash
# Two containers with one IPv4 address on a bridge; only the first has a listener.
# usage: run.sh          each container has its own MAC (Docker 28 and later)
#        run.sh same     both have the MAC derived from the address (Docker 27 and earlier)
set -eu
cd "$(dirname "$0")"
. ./lab.sh # namespaces dic-host, dic-c1, dic-c2; $HOST, $C1 and $C2 run a command in them

say() { printf '\n# %s\n' "$*"; }

if "$ARPING" -V 2>&1 | grep -q iputils; then
    say "broadcast every probe, and count the MAC addresses that answer"
    $HOST "$ARPING" -b -I docker0 -c 3 10.77.1.10 || true
    say "exit status of arping -D (0: nobody answered)"
    try() { local text=$1 rc=0; shift; "$@" >/dev/null || rc=$?; echo "$text: $rc"; }
    try "from the host, free address   " $HOST "$ARPING" -D -I docker0 -c 2 10.77.1.99
    try "from the host, two owners     " $HOST "$ARPING" -D -I docker0 -c 2 10.77.1.10
    try "inside c1, two owners         " $C1 "$ARPING" -D -I eth0 -c 2 10.77.1.10
    ip -n dic-c2 link set eth0 down
    try "from the host, one owner      " $HOST "$ARPING" -D -I docker0 -c 2 10.77.1.10
    try "inside c1, one owner          " $C1 "$ARPING" -D -I eth0 -c 2 10.77.1.10
    ip -n dic-c2 link set eth0 up
    ip -n dic-host neigh flush all
else
    say "this arping is not the one of iputils: exit statuses skipped"
fi

say "100 attempts from the host while both containers send a little"
$C1 python3 traffic.py 10.77.1.1 1 & pids+=($!)
$C2 python3 traffic.py 10.77.1.1 1 & pids+=($!)
[ "${1:-}" = same ] && { timeout 60 $HOST bridge monitor fdb >"$fdb" 2>&1 & pids+=($!); }
$HOST python3 probe.py 10.77.1.10 8080 100 0.2

say "c1 (listens): accepted; c2 (does not): refused"
$C1 nstat -asz TcpPassiveOpens TcpOutRsts | grep Tcp
$C2 nstat -asz TcpPassiveOpens TcpOutRsts | grep Tcp
if [ "${1:-}" = same ]; then
    say "the bridge learned the MAC anew $(wc -l <"$fdb") times"
    head -n 4 "$fdb"
fi
say "owners of the address"
./owners.sh 10.77.1.10
