#!/bin/bash
# Who on this machine has an IPv4 address? Looks into every network namespace that has a process.
# usage: owners.sh ADDRESS
set -eu
address=${1:?usage: owners.sh ADDRESS}
for pid in $(lsns -t net -n -o PID); do
    nsenter -t "$pid" -n ip -o -4 addr show 2>/dev/null | grep -q " $address/" || continue
    dev=$(nsenter -t "$pid" -n ip -o -4 addr show | awk -v a="$address/" 'index($4, a) == 1 { print $2 }')
    mac=$(nsenter -t "$pid" -n ip -o link show dev "$dev" | grep -o 'link/ether [^ ]*' | cut -d' ' -f2)
    echo "$address  $dev  $mac  pid $pid ($(cat "/proc/$pid/comm"))"
done
