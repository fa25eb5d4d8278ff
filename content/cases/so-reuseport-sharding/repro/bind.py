"""bind.py OPTION [SECONDS [UID]]: listen on 127.0.0.1:8081 with (1) or without (0) SO_REUSEPORT, as UID."""
import os, socket, sys, time

if len(sys.argv) > 3:
    os.setuid(int(sys.argv[3]))
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, int(sys.argv[1]))
who = f"uid {os.geteuid():5d} SO_REUSEPORT={sys.argv[1]}"
try:
    s.bind(("127.0.0.1", 8081))
    s.listen()
except OSError as e:
    sys.exit(f"{who}: {e}")
print(who + ": listening", flush=True)
time.sleep(float(sys.argv[2]) if len(sys.argv) > 2 else 0)
