package sys

import (
	"encoding/binary"
	"errors"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ProbeSuperframes asks whether this kernel describes frames of UDP segmentation
// offload to a packet socket with SetOffloadHeader. Kernels before 6.2 do not
// know how, and drop such frames in place of handing them over: with these the option must
// not be set.
//
// It sends one such frame over loopback, from a private port to itself, and looks
// what a packet socket is given. Where loopback is down, a kernel that has PACKET_VNET_HDR_SZ, which is
// younger (6.5), is believed. It needs CAP_NET_RAW.
func ProbeSuperframes() bool {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	if unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_VNET_HDR, 1) != nil {
		return false
	}
	works, err := trySuperframe(&PacketSocket{fd: fd})
	if err != nil {
		return unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_VNET_HDR_SZ, vnetHeader) == nil
	}
	return works
}

// trySuperframe says what a packet socket hands over of a superframe; an error is
// that none could be sent.
func trySuperframe(packet *PacketSocket) (works bool, err error) {
	s, err := OpenUDP(IPv4)
	if err != nil {
		return false, err
	}
	defer s.Close()
	local := [4]byte{127, 0, 0, 1}
	if err := unix.Bind(s.fd, &unix.SockaddrInet4{Addr: local}); err != nil {
		return false, err
	}
	own, err := s.LocalAddr()
	if err != nil {
		return false, err
	}
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return false, err
	}
	if err := unix.IoctlIfreq(s.fd, unix.SIOCGIFINDEX, lo); err != nil {
		return false, err
	}
	if err := packet.Attach(udpTo(own.Port())); err != nil {
		return false, err
	}
	if err := packet.Bind(int(lo.Uint32())); err != nil {
		return false, err
	}
	c := segmentControl{size: 4}
	c.header.Level, c.header.Type = unix.SOL_UDP, unix.UDP_SEGMENT
	c.header.SetLen(unix.CmsgLen(2))
	control := unsafe.Slice((*byte)(unsafe.Pointer(&c)), unix.CmsgSpace(2))
	if _, err := unix.SendmsgN(s.fd, []byte("12345678"), control, &unix.SockaddrInet4{Port: int(own.Port()), Addr: local}, 0); err != nil {
		return false, os.NewSyscallError("sendmsg", err)
	}
	// A packet socket is given its copy in the course of sending: it is there,
	// or never will be.
	var b [128]byte
	n, _, err := unix.Recvfrom(packet.fd, b[:], 0)
	switch {
	case err == unix.EINVAL: // "I cannot describe it"
		return false, nil
	case err != nil:
		return false, err
	case n < vnetHeader+42+8:
		return false, errors.New("the frame was segmented on its way")
	}
	return b[1] == OffloadUDP && binary.NativeEndian.Uint16(b[4:]) == 4, nil
}

// udpTo keeps UDP over IPv4 over Ethernet to a port.
func udpTo(port uint16) []Instruction {
	return []Instruction{
		{Op: 0x28, K: 12}, {Op: 0x15, K: unix.ETH_P_IP, Jf: 6},
		{Op: 0x30, K: 23}, {Op: 0x15, K: unix.IPPROTO_UDP, Jf: 4},
		{Op: 0xb1, K: 14}, // X = length of the IPv4 header
		{Op: 0x48, K: 16}, {Op: 0x15, K: uint32(port), Jf: 1},
		{Op: 0x06, K: 65535}, {Op: 0x06},
	}
}
