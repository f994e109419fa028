"""Capture on an interface, and print the payload of the first UDP datagram to a port.

usage: capture.py INTERFACE PORT
"""
import socket
import struct
import sys

ETH_P_IP = 0x0800
s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_IP))
s.bind((sys.argv[1], ETH_P_IP))
print("ready", flush=True)
while True:
    packet = s.recv(65536)
    header = (packet[0] & 15) * 4
    if packet[9] == socket.IPPROTO_UDP and struct.unpack("!H", packet[header + 2 : header + 4])[0] == int(sys.argv[2]):
        print(packet[header + 8 :].decode(), flush=True)
        break
