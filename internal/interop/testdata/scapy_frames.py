# Prints frames that scapy makes, a line of hexadecimal each: of what a multicast
# network carries, tagged and untagged, right and with checksums that are wrong.
# The argument seeds what is random in them.
import logging
import random
import sys

logging.getLogger("scapy").setLevel(logging.CRITICAL)
from scapy.all import *
from scapy.contrib.igmp import IGMP
from scapy.contrib.igmpv3 import IGMPv3, IGMPv3gr, IGMPv3mq, IGMPv3mr
from scapy.contrib.pim import PIMv2Hdr, PIMv2Hello, PIMv2HelloHoldtime, PIMv2GroupAddrs, PIMv2JoinAddrs, PIMv2JoinPrune, PIMv2PruneAddrs
from scapy.layers.rtp import RTP
from scapy.layers.vxlan import VXLAN

r = random.Random(int(sys.argv[1]))


def group4():
    return "%d.%d.%d.%d" % (r.choice([224, 232, 233, 239]), r.randrange(1, 256), r.randrange(256), r.randrange(1, 255))


def host4():
    return "192.0.2.%d" % r.randrange(1, 255)


def group6():
    return "ff1%d::%x:%x" % (r.choice([2, 5, 8]), r.randrange(1, 1 << 16), r.randrange(1, 1 << 16))


def host6():
    return "2001:db8::%x" % r.randrange(1, 1 << 16)


def hosts4(n):
    return [host4() for _ in range(n)]


def ether(to=None):
    e = Ether(src="02:00:00:00:00:%02x" % r.randrange(256), dst=to or "01:00:5e:01:01:01")
    for _ in range(r.choice([0, 0, 1, 1, 2])):
        e = e / Dot1Q(vlan=r.randrange(4096), prio=r.randrange(8))
    return e


def udp4(payload, port=None):
    return IP(src=host4(), dst=group4(), ttl=r.randrange(1, 256), id=r.randrange(1 << 16)) / UDP(sport=r.randrange(20000, 30000), dport=port or r.randrange(40000, 50000)) / payload


def igmp4(message, to):
    return IP(src=host4(), dst=to, ttl=1, tos=0xC0, options=[IPOption_Router_Alert()]) / message


def mld(message, to):
    return IPv6(src="fe80::%x" % r.randrange(1, 1 << 16), dst=to, hlim=1) / IPv6ExtHdrHopByHop(options=[RouterAlert(), PadN(optdata=b"")]) / message


def noise(n):
    """Bytes that look like nothing: RTP is recognised by its first ones."""
    return Raw(bytes(1) + r.randbytes(n - 1))


def frames():
    yield udp4(noise(r.randrange(1, 200)))
    yield IPv6(src=host6(), dst=group6(), hlim=9) / UDP(sport=25000, dport=45000) / noise(30)
    g = group4()
    yield igmp4(IGMP(type=0x11, gaddr=r.choice(["0.0.0.0", g]), mrcode=r.randrange(1, 128)), "224.0.0.1")
    yield igmp4(IGMP(type=0x12, gaddr=g), g)
    yield igmp4(IGMP(type=0x16, gaddr=g), g)
    yield igmp4(IGMP(type=0x17, gaddr=g), "224.0.0.2")
    yield igmp4(IGMPv3(type=0x11, mrcode=100) / IGMPv3mq(gaddr=g, srcaddrs=hosts4(r.randrange(1, 5)), qrv=2, qqic=125), g)
    yield igmp4(IGMPv3(type=0x22) / IGMPv3mr(records=[IGMPv3gr(rtype=r.randrange(1, 7), maddr=group4(), srcaddrs=hosts4(r.randrange(4))) for _ in range(r.randrange(1, 5))]), "224.0.0.22")
    g = group6()
    yield mld(ICMPv6MLQuery(mladdr=r.choice(["::", g]), mrd=10000), "ff02::1")
    yield mld(ICMPv6MLReport(mladdr=g), g)
    yield mld(ICMPv6MLDone(mladdr=g), "ff02::2")
    yield mld(ICMPv6MLQuery2(mladdr=g, sources=[host6() for _ in range(r.randrange(3))], mrd=1000, QRV=2, QQIC=125), g)
    yield mld(ICMPv6MLReport2(records=[ICMPv6MLDMultAddrRec(rtype=r.randrange(1, 7), dst=group6(), sources=[host6() for _ in range(r.randrange(3))]) for _ in range(r.randrange(1, 4))]), "ff02::16")
    pim = IP(src=host4(), dst="224.0.0.13", ttl=1)
    yield pim / PIMv2Hdr(type=0) / PIMv2Hello(option=[PIMv2HelloHoldtime(holdtime=105)])
    yield pim / PIMv2Hdr(type=3) / PIMv2JoinPrune(
        up_neighbor_ip=host4(), holdtime=210,
        jp_ips=[PIMv2GroupAddrs(gaddr=group4(), join_ips=[PIMv2JoinAddrs(src_ip=a) for a in hosts4(2)], prune_ips=[PIMv2PruneAddrs(src_ip=host4())])])
    yield udp4(RTP(payload_type=r.choice([0, 8, 33, 96]), sequence=r.randrange(1 << 16), timestamp=r.randrange(1 << 32), sourcesync=r.randrange(1 << 32)) / Raw(bytes(160)), 5004)
    name = "host%d.example" % r.randrange(1000)
    yield IP(src=host4(), dst="224.0.0.251", ttl=255) / UDP(sport=5353, dport=5353) / DNS(id=0, qd=DNSQR(qname=name + ".local", qtype="PTR"))
    yield IP(src=host4(), dst=host4()) / UDP(sport=53, dport=26000) / DNS(id=7, qr=1, qd=DNSQR(qname=name), an=DNSRR(rrname=name, rdata=host4()))
    yield IP(src=host4(), dst=host4()) / UDP(sport=26001, dport=4789) / VXLAN(vni=r.randrange(1 << 24), flags=0x08) / Ether(src="02:00:00:00:00:01", dst="01:00:5e:01:01:01") / udp4(Raw(b"inside"))
    yield IP(src=host4(), dst=host4(), ttl=64) / TCP(sport=r.randrange(20000, 30000), dport=45001, flags=r.choice(["S", "SA", "PA"]), seq=5) / Raw(b"data")
    yield IP(src=host4(), dst=host4(), ttl=64) / ICMP(type=8, id=1, seq=r.randrange(100)) / Raw(b"ping")
    yield ARP(op=1, psrc=host4(), pdst=host4())
    part = fragment(udp4(noise(600)), 200)
    yield from part
    # wrong checksums
    p = udp4(Raw(b"wrong"))
    p[UDP].chksum = 0x1234
    yield p
    p = udp4(Raw(b"none"))
    p[UDP].chksum = 0
    yield p
    p = udp4(Raw(b"wrong outside"))
    p[IP].chksum = 0x1234
    yield p
    p = igmp4(IGMP(type=0x16, gaddr="239.1.1.1"), "239.1.1.1")
    p[IGMP].chksum = 0x1234
    yield p
    p = mld(ICMPv6MLReport(mladdr="ff15::1"), "ff15::1")
    p[ICMPv6MLReport].cksum = 0x1234
    yield p


for _ in range(int(sys.argv[2])):
    for f in frames():
        print(bytes(ether() / f).hex())
