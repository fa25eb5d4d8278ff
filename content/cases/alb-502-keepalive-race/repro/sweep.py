#!/usr/bin/env python3
"""Answer, GAP milliseconds of silence, next request on the same pooled connection.
usage: sweep.py METHOD GAP..."""
import http.client
import sys
import time


def call(method):
    c = http.client.HTTPConnection("127.0.0.1", 8000, timeout=5)
    c.request(method, "/pay", b"x=1" if method == "POST" else None)
    status = c.getresponse().status
    c.close()
    return status


method, gaps = sys.argv[1], [int(g) for g in sys.argv[2:]]
for gap in gaps:
    call(method)                       # puts a fresh connection into the pool, or renews the one there
    time.sleep(gap / 1000)
    print(f"idle {gap} ms: {method} {call(method)}", flush=True)
    time.sleep(0.2)
