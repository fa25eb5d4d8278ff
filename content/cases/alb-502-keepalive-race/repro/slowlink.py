#!/usr/bin/env python3
"""A link with delay, made of two TUN devices, for kernels without sch_netem.
usage: slowlink.py NS_A NS_B ONE_WAY_MS     A is 10.78.0.1, B is 10.78.0.2"""
import ctypes, fcntl, heapq, os, select, struct, subprocess, sys, time

ns_a, ns_b, delay = sys.argv[1], sys.argv[2], float(sys.argv[3]) / 1000
libc = ctypes.CDLL(None)
home = os.open("/proc/self/ns/net", os.O_RDONLY)

def tun(ns, addr, peer):
    libc.setns(os.open("/run/netns/" + ns, os.O_RDONLY), 0x40000000)        # CLONE_NEWNET
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, 0x400454CA, struct.pack("16sH", b"slow0", 0x1001))      # TUNSETIFF: TUN, no header
    libc.setns(home, 0x40000000)
    for cmd in (f"addr add {addr}/32 peer {peer} dev slow0", "link set slow0 up", "link set lo up"):
        subprocess.check_call(["ip", "-n", ns, *cmd.split()])
    return fd

a = tun(ns_a, "10.78.0.1", "10.78.0.2")
b = tun(ns_b, "10.78.0.2", "10.78.0.1")
other, queue, n = {a: b, b: a}, [], 0
print("up", flush=True)
while True:
    wait = max(queue[0][0] - time.monotonic(), 0) if queue else 5
    for fd in select.select([a, b], [], [], wait)[0]:
        try:
            while True:
                packet = os.read(fd, 65536)
                n += 1
                heapq.heappush(queue, (time.monotonic() + delay, n, other[fd], packet))
        except BlockingIOError:
            pass
    while queue and queue[0][0] <= time.monotonic():
        _, _, fd, packet = heapq.heappop(queue)
        try:
            os.write(fd, packet)
        except OSError:
            pass
