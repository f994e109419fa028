package wire

import "encoding/binary"

// Ports of the protocols above UDP (IANA, Service Name and Transport Protocol
// Port Number Registry). Linux put VXLAN on 8472 before it had a number.
const (
	portDNS       = 53
	portPTPEvent  = 319
	portPTP       = 320
	portSSDP      = 1900
	portHSRP      = 1985
	portHSRP6     = 2029
	portVXLAN     = 4789
	portRTP       = 5004
	portRTCP      = 5005
	portMDNS      = 5353
	portLLMNR     = 5355
	portVXLANThen = 8472
	portSAP       = 9875

	highestPort = portSAP
)

// overUDP tells what a UDP datagram, which is the layer at work, carries: by its
// ports, or by what it looks like. Most datagrams are none of what is known, so
// the first byte decides what is looked at further.
func (p *Packet) overUDP() Protocol {
	l := p.last()
	body, length := p.Data[l.Payload:l.End], l.End-l.Payload+l.Missing
	if len(body) == 0 {
		return Payload
	}
	source, destination := binary.BigEndian.Uint16(p.Data[l.Start:]), binary.BigEndian.Uint16(p.Data[l.Start+2:])
	if min(source, destination) <= highestPort {
		if is := byPort(destination, body); is != none {
			return is
		}
		if source != portVXLAN && source != portVXLANThen { // which are of one side only
			if is := byPort(source, body); is != none {
				return is
			}
		}
	}
	switch c := body[0]; {
	case c>>6 == 2:
		switch {
		case min(source, destination) < 1024:
		case looksRTCP(body, length):
			return RTCP
		case looksRTP(body, length, destination):
			return RTP
		}
	case c == syncByte:
		if looksMPEGTS(body, length) {
			return MPEGTS
		}
	case c == 'N' || c == 'M' || c == 'H':
		if looksSSDP(body) {
			return SSDP
		}
	}
	return Payload
}

// byPort returns the protocol that has a port of its own, if what is sent to it
// or from it may be that; a beginning that cannot be it is left to looks.
func byPort(port uint16, body []byte) Protocol {
	switch port {
	case portDNS:
		if mayBeDNS(body) {
			return DNS
		}
	case portMDNS:
		if mayBeDNS(body) {
			return MDNS
		}
	case portLLMNR:
		if mayBeDNS(body) {
			return LLMNR
		}
	case portPTPEvent, portPTP:
		if mayBePTP(body) {
			return PTP
		}
	case portSSDP:
		if looksSSDP(body) {
			return SSDP
		}
	case portHSRP, portHSRP6:
		if mayBeHSRP(body) {
			return HSRP
		}
	case portSAP:
		if body[0]>>5 <= 1 {
			return SAP
		}
	case portVXLAN:
		return VXLAN
	case portVXLANThen:
		if mayBeVXLAN(body) {
			return VXLAN
		}
	case portRTP:
		if mayBeRTP(body) {
			return RTP
		}
	case portRTCP:
		if mayBeRTCP(body) {
			return RTCP
		}
	}
	return none
}
