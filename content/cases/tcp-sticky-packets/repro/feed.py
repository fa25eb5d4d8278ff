#!/usr/bin/env python3
"""Sender: JSON messages over one TCP connection, one send each."""
import argparse, json, socket, time
from framed import send_message

p = argparse.ArgumentParser()
p.add_argument("host")
p.add_argument("--count", type=int, default=200)
p.add_argument("--pause", type=float, default=0.0, help="seconds between two messages")
p.add_argument("--note", type=int, default=0, help="bytes of free text in each message")
p.add_argument("--framed", action="store_true", help="put the length before each message")
a = p.parse_args()

c = socket.create_connection((a.host, 9100))
c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # Nagle is off: it is not the cause
for i in range(a.count):
    order = {"order": 1000 + i, "amount": 12.5, "state": "paid"}
    if a.note:
        order["note"] = "x" * a.note
    body = json.dumps(order).encode()
    if a.framed:
        send_message(c, body)
    else:
        c.sendall(body)
    time.sleep(a.pause)
c.close()
