"""Send multicast as any Python program would.

usage: send.py GROUP PORT INTERFACE [SOURCE] <PAYLOADS

Each line of standard input is a datagram. INTERFACE is an address for an IPv4
group, a name for an IPv6 one.
"""
import socket
import struct
import sys

group, port, interface = sys.argv[1], int(sys.argv[2]), sys.argv[3]
v6 = ":" in group
s = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET, socket.SOCK_DGRAM)
if len(sys.argv) > 4:
    s.bind((sys.argv[4], 0))
if v6:
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, struct.pack("@I", socket.if_nametoindex(interface)))
else:
    s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(interface))
s.connect((group, port))
for line in sys.stdin.buffer.read().splitlines():
    s.send(line)
