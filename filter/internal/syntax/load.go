package syntax

import (
	"fmt"
	"strconv"
	"strings"
)

// Load is PROTOCOL[INDEX:SIZE]; Size is 1, 2 or 4.
type Load struct {
	Span
	Protocol Protocol
	Index    Arith
	Size     int
}

// load reads PROTOCOL[INDEX:SIZE].
func (p *parser) load() value {
	word := p.take()
	of := Protocol(word.value)
	if protocols[of].bytes == noBytes {
		p.fail(word.Span, "the bytes of "+quoted(word.text)+" cannot be told", "ip[…], ip6[…] or ether[…] count from the start of an outer header")
	}
	bracket := p.take()
	p.enter(bracket)
	index := p.arithmetic(p.value(), loosest)
	p.leave()
	size := 1
	if p.accept(colon) {
		size = p.loadSize()
	}
	if t := p.peek(); t.kind != rightBracket {
		p.unclosedBracket(bracket, t)
	}
	p.take()
	return value{Arith: &Load{p.from(word.Start), of, index.Arith, size}, height: index.height + 1}
}

// loadSize reads how many bytes to load.
func (p *parser) loadSize() int {
	t := p.peek()
	if t.kind != number {
		p.unexpected(t, "how many bytes (1, 2 or 4) is expected after the colon", "")
	}
	if t.value != 1 && t.value != 2 && t.value != 4 {
		p.fail(t.Span, "only 1, 2 or 4 bytes can be read at once, not "+t.text, "")
	}
	p.take()
	return int(t.value)
}

// closing returns how PROTOCOL[INDEX:SIZE] ends.
func (l *Load) closing() string {
	if l.Size == 1 {
		return "]"
	}
	return ":" + strconv.Itoa(l.Size) + "]"
}

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
