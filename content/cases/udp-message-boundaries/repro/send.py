"""send.py SIZE...: one JSON event of exactly SIZE bytes per datagram, 100 ms apart."""
import json, socket, sys, time

s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 40000))
s.connect(("10.64.1.2", 9999))
for i, size in enumerate(map(int, sys.argv[1:]), 1):
    event = json.dumps({"id": i, "pad": ""}).encode()
    event = event[:-2] + b"x" * (size - len(event)) + event[-2:]
    try:
        print("send", size, "->", s.send(event))
    except OSError as e:
        print("send", size, "->", e)
    time.sleep(0.1)
