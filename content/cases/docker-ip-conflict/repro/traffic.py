#!/usr/bin/env python3
"""The ordinary outbound traffic of a container: a datagram to the gateway now and then.
usage: traffic.py GATEWAY MEAN_SECONDS"""
import random
import socket
import sys
import time

gateway, mean = sys.argv[1], float(sys.argv[2])
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
while True:
    try:
        sender.sendto(b"x", (gateway, 9))
    except OSError:
        pass  # the gateway answers that nobody listens there, which is fine
    time.sleep(random.uniform(0.4, 1.6) * mean)
