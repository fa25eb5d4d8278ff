#!/usr/bin/env python3
"""An HTTP service that says who it is.  usage: server.py ADDRESS PORT NAME"""
import http.server
import sys

address, port, name = sys.argv[1], int(sys.argv[2]), sys.argv[3]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"{name}\n".encode())

    def log_message(self, *args):
        pass


http.server.ThreadingHTTPServer((address, port), Handler).serve_forever()
