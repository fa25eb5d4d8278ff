#!/usr/bin/env python3
"""Keeps HTTP connections open and asks through them again.
usage: hold.py ADDRESS PORT    each line on stdin is the name of a connection:
a new name opens one, and every line sends one request through it."""
import http.client
import json
import sys

ADDRESS, PORT = sys.argv[1], int(sys.argv[2])
connections = {}


def ask(name):
    if name not in connections:
        connections[name] = http.client.HTTPConnection(ADDRESS, PORT, timeout=3)
        connections[name].connect()
        connections[name].auto_open = 0  # a lost connection stays lost, no silent second try
    connection = connections[name]
    if connection.sock is None:
        return "closed"
    host, port = connection.sock.getpeername()
    connection.request("GET", "/v1/orders/42")
    answer = json.load(connection.getresponse())["service"]
    return f"getpeername() = {host}:{port}, answered by {answer}"


for line in sys.stdin:
    name = line.strip()
    try:
        print(f"{name}: {ask(name)}", flush=True)
    except OSError as error:
        connections[name].close()
        print(f"{name}: {error}", flush=True)
