"""What one recv takes, what it says about the rest, and what the next recv returns."""
import socket

rx = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
rx.bind(("127.0.0.1", 0))
rx.settimeout(1)
tx = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for size in (2000, 3000, 100):
    tx.sendto(b"%-*d" % (size, size), rx.getsockname())

peeked = rx.recv_into(bytearray(1), 1, socket.MSG_PEEK | socket.MSG_TRUNC)
print("peek  first datagram is", peeked, "bytes long")
print("recv  1024 ->", len(rx.recv(1024)), "bytes of it, no error")
data, _, flags, _ = rx.recvmsg(1024)
print("recv  1024 ->", len(data), "bytes, starts with", data[:4], "flags", hex(flags))
data, _, flags, _ = rx.recvmsg(1024)
print("recv  1024 ->", len(data), "bytes, starts with", data[:4], "flags", hex(flags))
