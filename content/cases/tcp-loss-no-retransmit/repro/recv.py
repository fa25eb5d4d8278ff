#!/usr/bin/env python3
"""Receives on 10.20.2.1:5001; prints how much, how fast, and the longest silence."""
import socket, time

l = socket.socket()
l.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
l.bind(("10.20.2.1", 5001))
l.listen()
c, _ = l.accept()
c.settimeout(70)
got, silence, start = 0, 0.0, time.monotonic()
last = start
while data := c.recv(1 << 20):
    now = time.monotonic()
    got, silence, last = got + len(data), max(silence, now - last), now
print(f"received {got} bytes in {last - start:.2f} s, longest silence {silence:.2f} s")
