#!/usr/bin/env python3
"""4 streams take turns, one message every 10 ms, over 1 or 4 connections; prints each stream's worst delay.
usage: streams.py receive CONNECTIONS      streams.py send CONNECTIONS"""
import selectors
import socket
import struct
import sys
import time

ADDRESS, COUNT, SIZE, EVERY, STREAMS = ("10.78.0.2", 7001), 20, 120, 0.010, 4
role, connections = sys.argv[1], int(sys.argv[2])

if role == "receive":
    listener = socket.create_server(ADDRESS)
    selector, buffers, worst, seen = selectors.DefaultSelector(), {}, [0.0] * STREAMS, 0
    for _ in range(connections):
        conn, _ = listener.accept()
        selector.register(conn, selectors.EVENT_READ)
        buffers[conn] = b""
    while seen < COUNT:
        for key, _ in selector.select():
            data = buffers[key.fileobj] + key.fileobj.recv(65536)
            now = time.time()
            while len(data) >= SIZE:
                number, sent = struct.unpack("!Id", data[:12])
                data = data[SIZE:]
                worst[number % STREAMS] = max(worst[number % STREAMS], (now - sent) * 1000)
                seen += 1
            buffers[key.fileobj] = data
    print(f"{connections} connection(s): worst delay", "  ".join(f"stream {s} {w:.1f} ms" for s, w in enumerate(worst)))
else:
    conns = [socket.create_connection(ADDRESS) for _ in range(connections)]
    for conn in conns:
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"cubic")
    for number in range(COUNT):
        body = struct.pack("!Id", number, time.time()) + b"MSG%02d" % number + b"." * (SIZE - 17)
        conns[number % connections].send(body)
        time.sleep(EVERY)
    time.sleep(1)
