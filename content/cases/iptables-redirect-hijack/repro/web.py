#!/usr/bin/env python3
"""A tiny HTTP service that says who it is and where the client wanted to go.
usage: web.py ADDRESS PORT NAME"""
import http.server
import json
import socket
import struct
import sys

ADDRESS, PORT, NAME = sys.argv[1], int(sys.argv[2]), sys.argv[3]
SO_ORIGINAL_DST = 80  # linux/netfilter_ipv4.h


def original_destination(connection):
    """The address the client asked for, from conntrack; None if this host does not track it."""
    try:
        raw = connection.getsockopt(socket.SOL_IP, SO_ORIGINAL_DST, 16)
    except OSError:
        return None
    port, address = struct.unpack_from("!2xH4s", raw)
    return f"{socket.inet_ntoa(address)}:{port}"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # keep-alive, so that a client can hold its connection

    def version_string(self):
        return NAME

    def do_GET(self):
        host, port = self.connection.getsockname()
        body = json.dumps({
            "service": NAME,
            "accepted_on": f"{host}:{port}",
            "original_dst": original_destination(self.connection),
        }).encode() + b"\n"
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


http.server.ThreadingHTTPServer((ADDRESS, PORT), Handler).serve_forever()
