package mcast

import (
	"iter"
	"net/netip"
	"time"
)

// MaxPayload is the length of the longest UDP payload: over IPv4, 65,535 bytes
// less the IP and UDP headers. IPv6 takes 20 more, jumbograms aside.
const MaxPayload = 65535 - 20 - 8

// BufferSize is a length of buffer that holds whatever ReadBatch may receive.
const BufferSize = 65535

// A Message is what one receive hands over: a datagram, or, where the kernel
// joins them (UDP GRO, Linux 5.0), a run of datagrams of equal length, of
// which the last may be shorter. The datagrams of a run come from one source,
// to one group, by one interface, with one hop limit and traffic class.
//
// What a system other than Linux does not tell of a datagram is 0: on Windows
// hop limit and traffic class, elsewhere the IPv4 traffic class. Time is then
// when mcast received it.
//
// The caller sets Buffer, of BufferSize bytes, or shorter when the receiver's
// Offload is off; ReadBatch fills the rest. The payload stays good until the
// caller hands the buffer to ReadBatch again. Who only counts leaves Buffer nil:
// everything but the payload is told, and the kernel copies nothing.
type Message struct {
	Buffer []byte // the caller's; ReadBatch may exchange the buffers of a batch among its messages

	N            int            // bytes of payload, in Buffer unless that is nil
	Size         int            // length of each datagram of a run but the last; N for a single datagram
	Source       netip.AddrPort // without zone
	Group        netip.AddrPort // destination address and port
	Interface    int            // index of the interface it arrived on; Receiver.InterfaceName has its name
	HopLimit     int            // IPv4 TTL or IPv6 hop limit on arrival
	TrafficClass int            // IPv4 TOS or IPv6 traffic class: DSCP in the upper six bits, ECN in the lower two
	Time         time.Time      // when the kernel received it
	Truncated    bool           // Buffer was too short: the rest of the payload is lost
}

// Len returns the number of datagrams in the message, at least 1.
func (m *Message) Len() int {
	if m.N <= m.Size || m.Size <= 0 {
		return 1 // an empty datagram is one too
	}
	return (m.N + m.Size - 1) / m.Size
}

// Datagram returns the payload of the i-th datagram. It is a part of Buffer, and
// nil if that is.
func (m *Message) Datagram(i int) []byte {
	if m.Buffer == nil {
		return nil
	}
	if m.Size <= 0 {
		return m.Buffer[:m.N]
	}
	return m.Buffer[i*m.Size : min((i+1)*m.Size, m.N)]
}

// Bytes returns the number of bytes of payload in the first n datagrams.
func (m *Message) Bytes(n int) int { return min(n*m.Size, m.N) }

// Datagrams returns the payloads in the order in which they came.
func (m *Message) Datagrams() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for i := range m.Len() {
			if !yield(m.Datagram(i)) {
				return
			}
		}
	}
}

// NewMessages returns n messages with buffers of BufferSize bytes.
func NewMessages(n int) []Message {
	messages := make([]Message, n)
	memory := make([]byte, n*BufferSize)
	for i := range messages {
		messages[i].Buffer = memory[i*BufferSize : (i+1)*BufferSize : (i+1)*BufferSize]
	}
	return messages
}

// A Datagram is one received datagram, copied for the caller.
type Datagram struct {
	Payload      []byte
	Source       netip.AddrPort // without zone
	Group        netip.AddrPort // destination address and port
	Interface    string         // name of the interface it arrived on
	HopLimit     int            // IPv4 TTL or IPv6 hop limit on arrival
	TrafficClass int            // IPv4 TOS or IPv6 traffic class
	Time         time.Time      // when the kernel received it
}
