#!/usr/bin/env python3
"""A server that answers exactly what it is told, right or wrong. usage: server.py ADDRESS PORT"""
import socket
import sys
import threading

ANSWERS = {
    b"/clean": b"HTTP/1.1 204 No Content\r\n\r\n",
    b"/cl0": b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
    b"/cl5": b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\nContent-Type: text/plain\r\n\r\n",
    b"/te": b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"/body": b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello",
    b"/304": b'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nETag: "a"\r\n\r\n',
    b"/200": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",          # control: the body never comes
}


def serve(conn):
    data = b""
    try:
        while chunk := conn.recv(4096):
            data += chunk
            while b"\r\n\r\n" in data:
                request, data = data.split(b"\r\n\r\n", 1)
                conn.sendall(ANSWERS.get(request.split()[1], ANSWERS[b"/clean"]))
    except ConnectionError:
        pass
    conn.close()


listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind((sys.argv[1], int(sys.argv[2])))
listener.listen(50)
while True:
    connection, _ = listener.accept()
    threading.Thread(target=serve, args=(connection,), daemon=True).start()
