#!/usr/bin/env python3
"""The same questions with Python's own http.client. usage: stdlib.py TIMEOUT PATH..."""
import http.client
import platform
import sys
import time

timeout = float(sys.argv[1])
for path in sys.argv[2:]:
    conn = http.client.HTTPConnection("10.79.0.2", 80, timeout=timeout)
    start = time.monotonic()
    conn.request("GET", path)
    response = conn.getresponse()
    headers = time.monotonic() - start
    try:
        end = f"body {response.read()}"
    except TimeoutError as e:
        end = repr(e)
    total = time.monotonic() - start
    conn.close()
    print(f"Python {platform.python_version()} {path}: {response.status}, headers {headers:.3f} s, total {total:.3f} s, {end}")
