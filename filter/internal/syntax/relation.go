package syntax

import (
	"fmt"
	"slices"
	"strings"
)

// headerFields are the fields that people look at by their position.
var headerFields = [...]struct {
	of       Protocol
	at, size int
	name     string
}{
	{ARP, 6, 2, "the operation: 1 asks, 2 answers"},
	{Link, 0, 4, "the start of the destination address"},
	{Link, 12, 2, "the type"},
	{ICMP, 0, 1, "the type"},
	{ICMP, 1, 1, "the code"},
	{ICMP6, 0, 1, "the type"},
	{ICMP6, 1, 1, "the code"},
	{IGMP, 0, 1, "the type"},
	{IGMP, 4, 4, "the group"},
	{IP, 0, 1, "the version and the header length"},
	{IP, 1, 1, "the type of service"},
	{IP, 2, 2, "the length of the packet"},
	{IP, 4, 2, "the identification"},
	{IP, 6, 2, "the fragment flags and offset"},
	{IP, 8, 1, "the time to live"},
	{IP, 9, 1, "the protocol"},
	{IP, 12, 4, "the source address"},
	{IP, 16, 1, "the first byte of the destination address"},
	{IP, 16, 4, "the destination address"},
	{IP6, 4, 2, "the length of the payload"},
	{IP6, 6, 1, "the next header"},
	{IP6, 7, 1, "the hop limit"},
	{IP6, 24, 1, "the first byte of the destination address"},
	{TCP, 0, 2, "the source port"},
	{TCP, 2, 2, "the destination port"},
	{TCP, 13, 1, "the flags"},
	{TCP, 14, 2, "the window"},
	{UDP, 0, 2, "the source port"},
	{UDP, 2, 2, "the destination port"},
	{UDP, 4, 2, "the length"},
	{UDP, 8, 1, "the first byte of the data"},
}

// mostExplained is how many parts of a comparison are explained.
const mostExplained = 8

// relation returns what a comparison means: itself, and what the bytes are that
// it reads.
func (d *description) relation(n *Relation) string {
	var loads []string
	explain := func(l *Load) {
		d.mention(noRoom)
		if protocolInfos[l.Protocol].bytes == ipv4Bytes {
			d.mention(ipv4Only)
		}
		if text := l.meaning(); len(loads) < mostExplained && !slices.Contains(loads, text) {
			loads = append(loads, text)
		}
	}
	eachLoad(n.X, explain)
	eachLoad(n.Y, explain)
	words := "frames in which " + primitiveText(n)
	if len(loads) > 0 {
		words += ", where " + strings.Join(loads, ", ")
	}
	return words
}

// eachLoad calls f for the parts of a value that read from the frame, from left
// to right.
func eachLoad(a Arith, f func(*Load)) {
	switch a := a.(type) {
	case *Load:
		eachLoad(a.Index, f)
		f(a)
	case *Binary:
		eachLoad(a.X, f)
		eachLoad(a.Y, f)
	case *Negation:
		eachLoad(a.X, f)
	}
}

// meaning returns which bytes are read.
func (l *Load) meaning() string {
	header := " of the " + strings.ToUpper(l.Protocol.String()) + " header"
	switch l.Protocol {
	case Link:
		header = " of the frame"
	case IP:
		header = " of the IPv4 header"
	case IP6:
		header = " of the IPv6 header"
	case ICMP6:
		header = " of the ICMPv6 message"
	}
	at, ok := l.Index.(*Number)
	switch {
	case !ok && l.Size == 1:
		return fmt.Sprintf("%s[…] is a byte%s, or behind it", l.Protocol, header)
	case !ok:
		return fmt.Sprintf("%s[…%s is %d bytes%s, or behind it", l.Protocol, l.closing(), l.Size, header)
	}
	words := fmt.Sprintf("%s[%d%s is byte %d%s", l.Protocol, at.Value, l.closing(), at.Value, header)
	if l.Size > 1 {
		last := uint64(at.Value) + uint64(l.Size) - 1
		words = fmt.Sprintf("%s[%d%s is bytes %d to %d%s", l.Protocol, at.Value, l.closing(), at.Value, last, header)
	}
	for _, f := range headerFields {
		if f.of == l.Protocol && uint32(f.at) == at.Value && f.size == l.Size {
			return words + " (" + f.name + ")"
		}
	}
	return words
}
