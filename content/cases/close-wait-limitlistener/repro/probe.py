# TCP health checks: connect and close, [N] times, until one does not get through.
import socket
import sys

n = 0
try:
    while n < int(sys.argv[1] if len(sys.argv) > 1 else 6000):
        socket.create_connection(("10.0.3.17", 8080), timeout=1).close()
        n += 1
except OSError as e:
    print(f"{n} probes connected, then: {e}")
