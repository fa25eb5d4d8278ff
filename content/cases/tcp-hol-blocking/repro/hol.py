#!/usr/bin/env python3
"""20 messages of 120 bytes, one every 10 ms; the receiver prints every recv() it made.
usage: hol.py receive|send tcp|udp [COMMAND]      COMMAND runs about 100 ms after the first message"""
import os
import socket
import struct
import sys
import threading
import time

ADDRESS, COUNT, SIZE, EVERY = ("10.78.0.2", 7000), 20, 120, 0.010
role, proto, look = sys.argv[1], sys.argv[2], (sys.argv + [""])[3]
sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM if proto == "tcp" else socket.SOCK_DGRAM)

if role == "receive":
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(ADDRESS)
    if proto == "tcp":
        sock.listen()
        sock, _ = sock.accept()
    sock.settimeout(2)
    data, first, seen = b"", 0, 0
    try:
        while seen < COUNT:
            chunk = sock.recv(65536)
            now = time.time()
            data += chunk
            got = []                                     # (number, age in ms) of each whole message
            while len(data) >= SIZE:
                number, sent = struct.unpack("!Id", data[:12])
                data = data[SIZE:]
                if look and not first:
                    threading.Timer(0.1, os.system, [look]).start()
                first = first or sent
                got.append((number, (now - sent) * 1000))
            seen += len(got)
            if got:
                (a, old), (b, new) = got[0], got[-1]
                what = f"message {a}: {old:.1f} ms" if a == b else f"messages {a} to {b}: {old:.1f} to {new:.1f} ms"
                print(f"{(now - first) * 1000:6.1f} ms  recv() = {len(chunk):4}  {what} old")
    except TimeoutError:
        print(f"           {COUNT - seen} message never came")
else:
    sock.connect(ADDRESS)
    if proto == "tcp":
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"cubic")
    if look:
        threading.Timer(0.12, os.system, [look]).start()
    for number in range(COUNT):
        sock.send(struct.pack("!Id", number, time.time()) + b"MSG%02d" % number + b"." * (SIZE - 17))
        time.sleep(EVERY)
    time.sleep(1)
