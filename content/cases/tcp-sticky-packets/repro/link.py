#!/usr/bin/env python3
"""A slow link in user space: a TUN device in each of two namespaces, delay in between."""
import ctypes, fcntl, heapq, os, select, struct, subprocess, sys, time

ns_a, ns_b, one_way_ms = sys.argv[1], sys.argv[2], float(sys.argv[3])
libc = ctypes.CDLL(None, use_errno=True)
home = os.open("/proc/self/ns/net", os.O_RDONLY)


def tun(ns, addr, peer):
    assert libc.setns(os.open(f"/run/netns/{ns}", os.O_RDONLY), 0x40000000) == 0
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, 0x400454CA, struct.pack("16sH", b"tun0", 0x1001))  # TUNSETIFF
    libc.setns(home, 0x40000000)
    for cmd in (f"addr add {addr}/32 peer {peer} dev tun0", "link set tun0 mtu 1500 up"):
        subprocess.check_call(["ip", "-n", ns, *cmd.split()])
    return fd


a, b = tun(ns_a, "10.10.2.1", "10.10.2.2"), tun(ns_b, "10.10.2.2", "10.10.2.1")
other, queue, n = {a: b, b: a}, [], 0
print("link up", flush=True)
while True:
    wait = queue[0][0] - time.monotonic() if queue else 5
    for fd in select.select([a, b], [], [], max(wait, 0))[0]:
        packet = os.read(fd, 65536)
        heapq.heappush(queue, (time.monotonic() + one_way_ms / 1000, n, other[fd], packet))
        n += 1
    while queue and queue[0][0] <= time.monotonic():
        _, _, fd, packet = heapq.heappop(queue)
        os.write(fd, packet)
