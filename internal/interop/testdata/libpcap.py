"""Compile filter expressions with libpcap, and run programs on frames with it.

usage: libpcap.py

Requests come on standard input and answers go to standard output until the input
ends. A request is a number of bytes and then as many; all numbers are 32 bits wide
and little-endian, and a text or a program is a number of bytes and then these.

    F n {wire length, frame}*n              these are the frames from now on
        -> n
    C kind, linktype, swapped, snaplen, netmask, optimise, run, interface, n {expression}*n
        -> {refused, program or reason, matches}*n
    R n {program}*n
        -> {matches}*n

matches is a byte for each frame: 1 if the program keeps it. It is empty unless
"run" is 1 and the expression was not refused. The kind is "file", for which
libpcap opens an empty capture file of the link type, "live", for which it opens
the interface, or "dead", for which it knows a link type and nothing else.

libpcap's optimiser can loop for ever, and so can its programs for "protochain".
The alarm then ends this process. What it knew by then it has said, and so whoever
asked sees which expression it was.
"""
import ctypes
import itertools
import signal
import struct
import sys
import tempfile

PATIENCE = 3  # seconds for one expression or program

pcap = ctypes.CDLL("libpcap.so.0.8")
pcap.pcap_open_offline.restype = ctypes.c_void_p
pcap.pcap_open_dead.restype = ctypes.c_void_p
pcap.pcap_create.restype = ctypes.c_void_p
pcap.pcap_geterr.restype = ctypes.c_char_p


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_uint), ("instructions", ctypes.c_void_p)]


def unpack(data):
    """Return a function that takes the next number, and one for the next text."""
    at = 0

    def number():
        nonlocal at
        at += 4
        return struct.unpack_from("<I", data, at - 4)[0]

    def text():
        nonlocal at
        n = number()
        at += n
        return data[at - n : at]

    return number, text


def say(*parts):
    for part in parts:
        if isinstance(part, int):
            part = struct.pack("<I", part)
        else:
            part = struct.pack("<I", len(part)) + part
        sys.stdout.buffer.write(part)


handles = {}


def handle(kind, linktype, swapped, snaplen, interface):
    """Return what pcap_compile wants for a target."""
    key = kind, linktype, swapped, snaplen, interface
    if key in handles:
        return handles[key]
    errors = ctypes.create_string_buffer(256)
    if kind == b"dead":
        p = pcap.pcap_open_dead(linktype, snaplen)
    elif kind == b"file":
        with tempfile.NamedTemporaryFile() as f:
            f.write(struct.pack(">IHHiIII" if swapped else "<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, snaplen, linktype))
            f.flush()
            p = pcap.pcap_open_offline(f.name.encode(), errors)
    else:
        p = pcap.pcap_create(interface, errors)
        if p:
            # Nobody reads from it: the ring may be small.
            pcap.pcap_set_buffer_size(ctypes.c_void_p(p), 65536)
            pcap.pcap_set_snaplen(ctypes.c_void_p(p), snaplen)
            if status := pcap.pcap_activate(ctypes.c_void_p(p)):
                sys.exit(f"libpcap.py: {interface.decode()}: status {status}: {pcap.pcap_geterr(ctypes.c_void_p(p)).decode()}")
    if not p:
        sys.exit(f"libpcap.py: {kind.decode()} {linktype} {interface.decode()}: {errors.value.decode()}")
    handles[key] = ctypes.c_void_p(p)
    return handles[key]


class Frames:
    def __init__(self, number, text):
        self.count = number()
        # Objects that are ready for a call, so that running makes none.
        self.wire, self.captured, self.addresses, self.buffers = [], [], [], []
        for _ in range(self.count):
            self.wire.append(number())
            frame = text()
            self.buffers.append(ctypes.create_string_buffer(frame, len(frame)))
            self.addresses.append(ctypes.c_void_p(ctypes.addressof(self.buffers[-1])))
            self.captured.append(len(frame))

    def matches(self, instructions):
        kept = map(pcap.bpf_filter, itertools.repeat(ctypes.c_void_p(instructions)), self.addresses, self.wire, self.captured)
        return bytes(map(bool, kept))


frames = Frames(lambda: 0, None)


def compile_all(number, text):
    target = text(), number(), number(), number()
    netmask, optimise, run = number(), number(), number()
    p = handle(*target, text())
    for _ in range(number()):
        expression, program = text(), Program()
        signal.setitimer(signal.ITIMER_REAL, PATIENCE)
        failed = pcap.pcap_compile(p, ctypes.byref(program), expression, optimise, ctypes.c_uint(netmask))
        if failed:
            say(1, pcap.pcap_geterr(p), b"")
        else:
            say(0, ctypes.string_at(program.instructions, program.length * 8))
            say(frames.matches(program.instructions) if run else b"")
            pcap.pcap_freecode(ctypes.byref(program))
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.stdout.buffer.flush()


def run_all(number, text):
    for _ in range(number()):
        program = text()
        buffer = ctypes.create_string_buffer(program, len(program))
        signal.setitimer(signal.ITIMER_REAL, PATIENCE)
        say(frames.matches(ctypes.addressof(buffer)))
        signal.setitimer(signal.ITIMER_REAL, 0)


while header := sys.stdin.buffer.read(4):
    request = sys.stdin.buffer.read(struct.unpack("<I", header)[0])
    number, text = unpack(request[1:])
    match request[:1]:
        case b"F":
            frames = Frames(number, text)
            say(frames.count)
        case b"C":
            compile_all(number, text)
        case b"R":
            run_all(number, text)
    sys.stdout.buffer.flush()
