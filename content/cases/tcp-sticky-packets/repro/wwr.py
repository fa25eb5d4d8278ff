#!/usr/bin/env python3
"""Write, write, read: how long one request takes, in three ways. Loopback is enough."""
import socket, statistics, threading, time

TCP = socket.IPPROTO_TCP


def serve(l, quickack):
    s, _ = l.accept()
    while True:
        got = 0
        while got < 200:  # a request is 100 bytes of header and 100 of body
            if quickack:  # not sticky: the kernel may leave this mode at any time
                s.setsockopt(TCP, socket.TCP_QUICKACK, 1)
            data = s.recv(4096)
            if not data:
                return
            got += len(data)
        s.send(b"r" * 10)


def measure(name, nodelay=0, quickack=0, joined=False):
    l = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=serve, args=(l, quickack), daemon=True).start()
    c = socket.create_connection(l.getsockname())
    c.setsockopt(TCP, socket.TCP_NODELAY, nodelay)
    took = []
    for _ in range(40):
        t = time.monotonic()
        if joined:
            c.send(b"h" * 100 + b"b" * 100)
        else:
            c.send(b"h" * 100)
            c.send(b"b" * 100)
        c.recv(100)
        took.append((time.monotonic() - t) * 1000)
    c.close()
    print(f"{name:<34} median {statistics.median(took):6.2f} ms   max {max(took):6.2f} ms")


measure("2 writes, Nagle on (default)")
measure("2 writes, client TCP_NODELAY", nodelay=1)
measure("2 writes, server TCP_QUICKACK", quickack=1)
measure("1 write,  Nagle on (default)", joined=True)
