#!/usr/bin/env python3
"""Connects again and again, and notes which MAC the ARP table holds for the address.
usage: probe.py ADDRESS PORT COUNT SECONDS_BETWEEN    (. connected, R refused)"""
import collections
import socket
import sys
import time

address, port, count, pause = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
seen = collections.Counter()


def mac_of(address):
    with open("/proc/net/arp") as table:
        for fields in map(str.split, table):
            if fields[0] == address:
                return fields[3]
    return "no entry"


for _ in range(count):
    try:
        socket.create_connection((address, port), timeout=2).close()
        result, letter = "connected", "."
    except ConnectionRefusedError:
        result, letter = "refused", "R"
    except OSError as error:
        result, letter = str(error), "?"
    seen[result, mac_of(address)] += 1
    print(letter, end="", flush=True)
    time.sleep(pause)

print()
for (result, mac), times in sorted(seen.items()):
    print(f"{times:4}  {result:10} ARP table: {mac}")
