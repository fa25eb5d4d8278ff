#!/usr/bin/env python3
"""The bug: a client that believes Content-Length whatever the status says. usage: naive.py TIMEOUT PATH..."""
import socket
import sys
import time

timeout = float(sys.argv[1])
for path in sys.argv[2:]:
    conn = socket.create_connection(("10.79.0.2", 80))
    conn.settimeout(timeout)
    start = time.monotonic()
    conn.sendall(f"GET {path} HTTP/1.1\r\nHost: partner\r\n\r\n".encode())
    head, _, body = conn.recv(4096).partition(b"\r\n\r\n")
    first = time.monotonic() - start
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    length = int(fields.get(b"content-length", 0))      # should be: 0 if status is 1xx, 204 or 304
    end = "complete"
    try:
        while len(body) < length:
            chunk = conn.recv(4096)
            if not chunk:
                end = f"closed after {len(body)} of {length} body bytes"
                break
            body += chunk
    except TimeoutError:
        end = f"timed out with {len(body)} of {length} body bytes"
    conn.close()
    total = time.monotonic() - start
    print(f"{path}: {head.split()[1].decode()}, first byte {first:.3f} s, total {total:.3f} s, {end}")
