# Prints for each frame, given as a line of hexadecimal, a line of JSON: scapy's
# summary and hexdump. Names of ports are off and UDP and TCP carry Raw.
import json
import logging
import sys

logging.getLogger("scapy").setLevel(logging.CRITICAL)
from scapy.all import TCP, UDP, Ether, conf, hexdump
from scapy.layers.inet import TCPerror, UDPerror

conf.noenum.add(UDP.sport, UDP.dport, TCP.sport, TCP.dport)
for layer in (UDP, TCP, UDPerror, TCPerror):
    layer.payload_guess = []

for line in sys.stdin:
    frame = bytes.fromhex(line)
    print(json.dumps({"summary": Ether(frame).summary(), "hexdump": hexdump(frame, dump=True)}))
