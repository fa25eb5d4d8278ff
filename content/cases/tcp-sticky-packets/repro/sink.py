#!/usr/bin/env python3
"""Receiver. Without --framed it has the bug: it takes what one recv() returns for one message."""
import argparse, collections, json, socket, time
from framed import read_message

p = argparse.ArgumentParser()
p.add_argument("host")
p.add_argument("--work", type=float, default=0.001, help="seconds of work for each message")
p.add_argument("--framed", action="store_true", help="expect a length before each message")
a = p.parse_args()

l = socket.socket()
l.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
l.bind((a.host, 9100))
l.listen()
s, _ = l.accept()

seen = collections.Counter()
while data := read_message(s) if a.framed else s.recv(4096):
    try:
        json.loads(data)
        seen["parsed"] += 1
    except json.JSONDecodeError as e:
        if not seen[e.msg]:
            print(f"ERROR recv() gave {len(data)} bytes: JSONDecodeError: {e}")
        seen[e.msg] += 1
    time.sleep(a.work)
print(f"{sum(seen.values())} reads: {dict(seen)}")
