package sys

import "golang.org/x/sys/unix"

// SetReceiveOffload makes the kernel hand over runs of datagrams of one length
// as one message (UDP_GRO, Linux 5.0).
func (s *Socket) SetReceiveOffload(on bool) error {
	return s.set("UDP_GRO", unix.SOL_UDP, unix.UDP_GRO, flag(on))
}

// ProbeSendOffload asks whether the kernel knows UDP_SEGMENT.
func (s *Socket) ProbeSendOffload() error {
	return s.set("UDP_SEGMENT", unix.SOL_UDP, unix.UDP_SEGMENT, 0)
}
