"""Receive multicast as any Python program would, and print each datagram as JSON.

usage: receive.py GROUP PORT INTERFACE COUNT [SOURCE]

INTERFACE is an address for an IPv4 group, a name for an IPv6 one. "ready" is
printed once the group is joined. With a count of more than 1000 one line at the
end has the number of datagrams and a digest of their lengths and payloads.
"""
import hashlib
import json
import socket
import struct
import sys

IP_PKTINFO, IP_RECVTTL, IP_ADD_SOURCE_MEMBERSHIP, SO_RCVBUFFORCE = 8, 12, 39, 33

group, port, interface, count = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
source = sys.argv[5] if len(sys.argv) > 5 else None
v6 = ":" in group
s = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
try:
    s.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 128 << 20)
except PermissionError:
    pass
s.bind((group, port))
if v6:
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT, 1)
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
    index = socket.if_nametoindex(interface)
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, socket.inet_pton(socket.AF_INET6, group) + struct.pack("@I", index))
else:
    s.setsockopt(socket.IPPROTO_IP, IP_RECVTTL, 1)
    s.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    request = socket.inet_aton(group) + socket.inet_aton(interface)
    if source:
        s.setsockopt(socket.IPPROTO_IP, IP_ADD_SOURCE_MEMBERSHIP, request + socket.inet_aton(source))
    else:
        s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request)
print("ready", flush=True)

if count > 1000:
    digest = hashlib.sha256()
    for _ in range(count):
        payload = s.recv(65536)
        digest.update(struct.pack(">I", len(payload)) + payload)
    print(json.dumps({"count": count, "digest": digest.hexdigest()}), flush=True)
    sys.exit()

for _ in range(count):
    payload, ancillary, _, sender = s.recvmsg(65536, 1024)
    seen = {"text": payload.decode(), "length": len(payload), "source": sender[0]}
    for level, kind, data in ancillary:
        if (level, kind) == (socket.IPPROTO_IP, socket.IP_TTL):
            seen["ttl"] = struct.unpack("@i", data)[0]
        elif (level, kind) == (socket.IPPROTO_IPV6, socket.IPV6_HOPLIMIT):
            seen["ttl"] = struct.unpack("@i", data)[0]
        elif (level, kind) == (socket.IPPROTO_IP, IP_PKTINFO):
            seen["interface"] = socket.if_indextoname(struct.unpack("@i", data[:4])[0])
        elif (level, kind) == (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO):
            seen["interface"] = socket.if_indextoname(struct.unpack("@I", data[16:20])[0])
    print(json.dumps(seen), flush=True)
