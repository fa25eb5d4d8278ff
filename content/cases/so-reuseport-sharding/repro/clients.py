"""clients.py N SECONDS: N connections at once, one request each; what became of them after SECONDS."""
import collections, socket, sys, time

count, wait = int(sys.argv[1]), float(sys.argv[2])
conns = []
for _ in range(count):
    s = socket.create_connection(("10.64.3.2", 8080), timeout=2)
    s.sendall(b"GET / HTTP/1.1\r\nHost: shard\r\nConnection: close\r\n\r\n")
    conns.append(s)
print(len(conns), "connected", flush=True)
time.sleep(wait)

result = collections.Counter()
for s in conns:
    s.settimeout(0.05)
    try:
        answer = b""
        while chunk := s.recv(4096):
            answer += chunk
        result["200 from " + answer.split()[-1].decode()] += 1
    except ConnectionResetError:
        result["connection reset by peer"] += 1
    except TimeoutError:
        result["no answer yet"] += 1
for what, times in sorted(result.items()):
    print(f"{times:4d} {what}")
