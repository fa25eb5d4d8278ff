"""How a hash spreads: many connections, few connections, and UDP peers when the group changes."""
import socket

def listeners(n, kind):
    out = []
    for _ in range(n):
        s = socket.socket(socket.AF_INET, kind)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        s.bind(("127.0.0.1", 8082))
        s.setblocking(False)
        if kind == socket.SOCK_STREAM:
            s.listen(4096)
        out.append(s)
    return out

def accepted(s):
    n = 0
    try:
        while True:
            s.accept()[0].close()
            n += 1
    except BlockingIOError:
        return n

for count in (3000, 6, 6, 6):
    group = listeners(3, socket.SOCK_STREAM)
    clients = [socket.create_connection(("127.0.0.1", 8082)) for _ in range(count)]
    print(f"{count:4d} TCP connections over 3 listeners:", [accepted(s) for s in group])
    for s in clients + group:
        s.close()

def where(group, peers):
    """Which socket of the group each peer's datagram reaches."""
    for p in peers:
        p.sendto(b"x", ("127.0.0.1", 8082))
    at = {}
    for i, s in enumerate(group):
        try:
            while True:
                at[s.recvfrom(1)[1]] = i
        except BlockingIOError:
            pass
    return at

group = listeners(3, socket.SOCK_DGRAM)
peers = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(300)]
before = where(group, peers)
group += listeners(1, socket.SOCK_DGRAM)
after = where(group, peers)
print("300 UDP peers, a 4th socket joins:", sum(before[p] != after[p] for p in before), "moved")
before = after
group[0].close()
live = group[1:]
after = {p: i + 1 for p, i in where(live, peers).items()}
print("300 UDP peers, the 1st of 4 closes:",
      sum(before[p] != 0 and before[p] != after[p] for p in before), "moved that did not have to")
