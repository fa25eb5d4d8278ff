"""Accepts, reads, never answers: a backend that hangs. Its kernel still acknowledges everything."""
import socket, sys

s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind((sys.argv[1], 9000))
s.listen()
held = []
while True:
    c, _ = s.accept()
    held.append(c)
    c.recv(64)
