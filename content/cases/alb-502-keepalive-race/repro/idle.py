#!/usr/bin/env python3
"""How long does this server really keep an idle connection? usage: idle.py HOST PORT [GIVE_UP_SECONDS]"""
import socket
import sys
import time

host, port = sys.argv[1], int(sys.argv[2])
give_up = float(sys.argv[3]) if len(sys.argv) > 3 else 130
s = socket.create_connection((host, port), timeout=give_up)
s.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
answer = s.recv(65536)
start = time.monotonic()
for line in answer.split(b"\r\n"):
    if line.lower().startswith((b"http/", b"connection:", b"keep-alive:")):
        print(line.decode())
try:
    while s.recv(65536):
        start = time.monotonic()
    print(f"closed by the server after {time.monotonic() - start:.2f} s of silence")
except TimeoutError:
    print(f"still open after {give_up:.0f} s of silence")
