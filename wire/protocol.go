package wire

// Protocol is what a layer of a frame is.
type Protocol uint8

// The protocols, from the outside in. Of some, only the name is known: PIMv1 and
// DVMRP are kinds of IGMP messages.
const (
	none Protocol = iota // nothing follows

	Ethernet
	LinuxSLL  // cooked capture of Linux, version 1
	LinuxSLL2 // cooked capture of Linux, version 2
	Loopback  // an address family in four bytes, as BSD's loopback has it
	Dot1Q     // a VLAN tag
	Dot1AD    // a service VLAN tag: QinQ
	LLC       // an IEEE 802.2 header, and SNAP
	ARP
	IPv4
	IPv6
	IPv6HopByHop
	IPv6Destination
	IPv6Routing
	IPv6Fragment
	UDP
	TCP
	ICMP
	ICMPv6
	IGMP
	MLD
	PIM
	VRRP
	HSRP
	RTP
	RTCP
	MPEGTS
	DNS
	MDNS
	LLMNR
	SSDP
	SAP
	SDP
	PTP
	VXLAN
	Payload // bytes that nothing is known of
	Padding // what a frame has behind the packet that it carries
)

// protocol is what there is to know of a protocol. To add one, write its decoder
// and its fields in a file of its own, and give it a line here.
type protocol struct {
	name   string                                    // in JSON and in the tree; it never changes
	decode func(p *Packet) Protocol                  // see Packet.next
	fields []field                                   // of the header
	say    func(p *Packet, l Layer, b []byte) []byte // appends what the line says of it; nil says nothing
	names  bool                                      // say tells the addresses of the packet too
}

// protocols are all of them, by Protocol.
var protocols = [...]protocol{
	Ethernet:        {name: "Ethernet", decode: decodeEthernet, fields: ethernetFields, say: sayEthernet},
	LinuxSLL:        {name: "SLL", decode: decodeSLL, fields: sllFields, say: sayCooked},
	LinuxSLL2:       {name: "SLL2", decode: decodeSLL2, fields: sll2Fields, say: sayCooked},
	Loopback:        {name: "Loopback", decode: decodeLoopback, fields: loopbackFields, say: sayLoopback},
	Dot1Q:           {name: "802.1Q", decode: decodeTag, fields: tagFields, say: sayTag},
	Dot1AD:          {name: "802.1ad", decode: decodeTag, fields: tagFields, say: sayTag},
	LLC:             {name: "LLC", decode: decodeLLC, fields: llcFields, say: sayLLC},
	ARP:             {name: "ARP", decode: decodeARP, fields: arpFields, say: sayARP},
	IPv4:            {name: "IPv4", decode: decodeIPv4, fields: ipv4Fields, say: sayIP},
	IPv6:            {name: "IPv6", decode: decodeIPv6, fields: ipv6Fields, say: sayIP},
	IPv6HopByHop:    {name: "IPv6HopByHop", decode: decodeIPv6Options, fields: ipv6OptionsFields},
	IPv6Destination: {name: "IPv6Destination", decode: decodeIPv6Options, fields: ipv6OptionsFields},
	IPv6Routing:     {name: "IPv6Routing", decode: decodeIPv6Routing, fields: ipv6RoutingFields},
	IPv6Fragment:    {name: "IPv6Fragment", decode: decodeIPv6Fragment, fields: ipv6FragmentFields, say: sayIPv6Fragment},
	UDP:             {name: "UDP", decode: decodeUDP, fields: udpFields, say: sayUDP, names: true},
	IGMP:            {name: "IGMP", decode: decodeIGMP, fields: igmpFields, say: sayIGMP, names: true},
	MLD:             {name: "MLD", decode: decodeMLD, fields: mldFields, say: sayMLD, names: true},
	PIM:             {name: "PIM", decode: decodePIM, fields: pimFields, say: sayPIM, names: true},
	VRRP:            {name: "VRRP", decode: decodeVRRP, fields: vrrpFields, say: sayVRRP, names: true},
	HSRP:            {name: "HSRP", decode: decodeHSRP, fields: hsrpFields, say: sayHSRP},
	TCP:             {name: "TCP", decode: decodeTCP, fields: tcpFields, say: sayTCP, names: true},
	ICMP:            {name: "ICMP", decode: decodeICMP, fields: icmpFields, say: sayICMP, names: true},
	ICMPv6:          {name: "ICMPv6", decode: decodeICMPv6, fields: icmpv6Fields, say: sayICMPv6, names: true},
	RTP:             {name: "RTP", decode: decodeRTP, fields: rtpFields, say: sayRTP},
	RTCP:            {name: "RTCP", decode: decodeRTCP, fields: rtcpFields, say: sayRTCP},
	MPEGTS:          {name: "MPEGTS", decode: decodeMPEGTS, fields: mpegtsFields, say: sayMPEGTS},
	DNS:             {name: "DNS", decode: decodeDNS, fields: dnsFields, say: sayDNS},
	MDNS:            {name: "MDNS", decode: decodeDNS, fields: dnsFields, say: sayDNS},
	LLMNR:           {name: "LLMNR", decode: decodeDNS, fields: llmnrFields, say: sayDNS},
	SSDP:            {name: "SSDP", decode: decodeSSDP, fields: ssdpFields, say: saySSDP},
	SAP:             {name: "SAP", decode: decodeSAP, fields: sapFields, say: saySAP},
	SDP:             {name: "SDP", decode: decodeSDP, fields: sdpFields, say: saySDP},
	PTP:             {name: "PTP", decode: decodePTP, fields: ptpFields, say: sayPTP},
	VXLAN:           {name: "VXLAN", decode: decodeVXLAN, fields: vxlanFields, say: sayVXLAN},
	Payload:         {name: "Payload", decode: decodeRest, fields: restFields, say: sayPayload},
	Padding:         {name: "Padding", decode: decodeRest, fields: restFields},
}

// String returns the name of a protocol, as JSON has it: "IPv4".
func (p Protocol) String() string {
	if int(p) < len(protocols) {
		return protocols[p].name
	}
	return ""
}
