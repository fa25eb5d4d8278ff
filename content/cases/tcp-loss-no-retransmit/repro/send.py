#!/usr/bin/env python3
"""Sends 6 MiB to 10.20.2.1:5001.
auto    the kernel sizes the send buffer
small   SO_SNDBUF 8192 from the start, as some transfer programs do
shrink  a large buffer, reduced to the minimum after 3 MiB while the queue is full
"""
import socket, sys, time

how, total, sent = sys.argv[1], 6 << 20, 0
c = socket.socket()
if how == "small":
    c.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
if how == "shrink":
    c.setsockopt(socket.SOL_SOCKET, 32, 8 << 20)  # SO_SNDBUFFORCE
try:
    c.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"cubic")
except OSError:
    pass
c.connect(("10.20.2.1", 5001))
c.setblocking(False)
start = time.monotonic()
while sent < total and time.monotonic() - start < 60:
    try:
        sent += c.send(b"z" * min(65536, total - sent))
    except BlockingIOError:
        time.sleep(0.001)
    if how == "shrink" and sent > total // 2:
        c.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2304)
        how = "shrunk"
c.setblocking(True)
c.shutdown(socket.SHUT_WR)
c.settimeout(60)
c.recv(1)  # the receiver closes when it has everything
