#!/usr/bin/env python3
"""Sends messages (4-byte length, 65-byte body) to 127.0.0.1:9300 in one of several ways."""
import random, socket, sys, time

how = sys.argv[1]
c = socket.create_connection(("127.0.0.1", 9300))
c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def frame(body):
    return len(body).to_bytes(4, "big") + body


def message(i):
    return frame(b"m%04d" % i + bytes([97 + i % 26]) * 60)


data = b"".join(map(message, range(100)))
if how == "single":  # as one tests by hand
    for i in range(100):
        c.sendall(message(i))
        time.sleep(0.01)
elif how == "brisk":
    for i in range(100):
        c.sendall(message(i))
        time.sleep(0.001)
elif how == "burst":  # as load arrives: one write, 100 messages
    c.sendall(data)
elif how == "split":  # 1 to 11 bytes at a time
    r = random.Random(7)
    while data:
        n = r.randint(1, 11)
        c.sendall(data[:n])
        data = data[n:]
        time.sleep(0.0005)
elif how == "late":  # three at once, a second of silence, one more
    c.sendall(message(0) + message(1) + message(2))
    time.sleep(1)
    c.sendall(message(3))
elif how == "beat":  # an empty message, as heartbeats often are, between two others
    c.sendall(message(0) + frame(b"") + message(1) + message(2))
elif how == "http":  # a client that speaks another protocol
    c.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1:9300\r\n\r\n")
elif how == "liar":  # announces 65 bytes, sends 5
    c.sendall((65).to_bytes(4, "big") + b"m0000")
time.sleep(0.3)
c.close()
