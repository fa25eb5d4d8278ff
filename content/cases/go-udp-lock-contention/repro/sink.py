"""A UDP socket nobody reads: the kernel drops what does not fit, so only the sender is measured."""
import socket, sys, time

s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 9999))
time.sleep(float(sys.argv[1]))
