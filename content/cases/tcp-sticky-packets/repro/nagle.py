#!/usr/bin/env python3
"""Three small writes at once. Each carries the time it was written, so the receiver can tell."""
import socket, sys, time

TCP, host, port = socket.IPPROTO_TCP, "10.10.2.2", 9200

if sys.argv[1] == "recv":
    s, _ = socket.create_server((host, port)).accept()
    start, out = None, []
    while True:
        s.setsockopt(TCP, socket.TCP_QUICKACK, 1)  # ACK at once, so that only Nagle is left to see
        data = s.recv(4096)
        if not data:
            break
        lines = data.decode().splitlines()
        start = start or float(lines[0].split()[0])
        names = "+".join(line.split()[1] for line in lines)
        out.append(f"{names} at {(time.monotonic() - start) * 1000:.0f} ms")
    print("  ".join(out))
else:
    c = socket.create_connection((host, port))
    if sys.argv[2] == "nodelay":
        c.setsockopt(TCP, socket.TCP_NODELAY, 1)
    if sys.argv[2] == "cork":  # set and never released
        c.setsockopt(TCP, socket.TCP_CORK, 1)
    time.sleep(0.3)
    for name in ("one", "two", "three"):
        c.send(f"{time.monotonic():.6f} {name}\n".encode())
    time.sleep(1.2)
    c.close()
