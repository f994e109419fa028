package syntax

import "net/netip"

// Span is a part of an expression: the bytes from Start up to, not including,
// End.
type Span struct{ Start, End int }

// Where returns the span itself, so that every node that embeds one has it.
func (s Span) Where() Span { return s }

// Node is a condition: a primitive, or a combination of conditions.
//
// Names are resolved and qualifiers are spelled out in it; what depends on
// the link type is not yet checked. Order matters: vlan, mpls, pppoes and
// geneve change where everything to their right in the expression looks,
// whatever and, or, not and parentheses say.
type Node interface {
	Where() Span
}

type (
	// And holds if all of its conditions hold. It has at least two, and
	// none of them is an And.
	And struct {
		Span
		List []Node
	}

	// Or holds if one of its conditions holds. It has at least two, and
	// none of them is an Or.
	Or struct {
		Span
		List []Node
	}

	// Not holds if X does not.
	Not struct {
		Span
		X Node
	}
)

// Direction says which of source and destination a primitive is about.
type Direction uint8

// The directions.
const (
	AnyDirection Direction = iota // "src or dst", and also when nothing is said
	Source
	Destination
	BothDirections // "src and dst"
)

// MAC is an Ethernet address.
type MAC [6]byte

// Net is an address and which of its bits count. Addr is IPv4 or IPv6, never
// IPv4 mapped into IPv6; Mask is of the same length. Bits of Addr that do
// not count are zero.
type Net struct {
	Addr, Mask netip.Addr
}

// Primitives.
type (
	// Proto is a protocol's name alone: "udp".
	Proto struct {
		Span
		Protocol Protocol
	}

	// Host is "host", "net", or nothing, with IP addresses. Protocol is
	// NoProtocol, IP, IP6, ARP or RARP. Of several addresses, which are
	// those of one name, any will do.
	Host struct {
		Span
		Protocol  Protocol
		Direction Direction
		IsNet     bool // "net" was written
		Nets      []Net
		Name      string // as written, if it was a name
	}

	// EtherHost is "ether host".
	EtherHost struct {
		Span
		Direction Direction
		MAC       MAC
		Name      string // as written, if it was a name
	}

	// DECnetHost is "decnet host AREA.NODE".
	DECnetHost struct {
		Span
		Direction Direction
		Address   uint16
	}

	// Gateway is "gateway NAME": the Ethernet address is that host's, and
	// no IP address is. Protocol is NoProtocol, IP, ARP or RARP.
	Gateway struct {
		Span
		Protocol Protocol
		Name     string
		MAC      MAC
		Addrs    []netip.Addr
	}

	// Port is "port" and "portrange". Low <= High. TCP, UDP and SCTP say
	// which protocols are meant; at least one is.
	Port struct {
		Span
		Direction      Direction
		IsRange        bool // "portrange" was written
		Low, High      uint16
		TCP, UDP, SCTP bool
	}

	// ProtoNumber is "proto": Protocol is NoProtocol (IPv4 and IPv6), IP,
	// IP6, Link, ISO or ISIS, and Number the value of its field.
	ProtoNumber struct {
		Span
		Protocol Protocol
		Number   uint32
	}

	// ProtoChain is "protochain"; Protocol is NoProtocol, IP or IP6.
	ProtoChain struct {
		Span
		Protocol Protocol
		Number   uint32
	}

	// Broadcast is "broadcast"; Protocol is Link or IP. Other protocols do
	// not parse.
	Broadcast struct {
		Span
		Protocol Protocol
	}

	// Multicast is "multicast"; Protocol is Link, IP or IP6.
	Multicast struct {
		Span
		Protocol Protocol
	}

	// Length is "less N" (at most N bytes) and "greater N" (at least N).
	Length struct {
		Span
		Greater bool
		Bytes   uint32
	}

	// Byte is "byte OFFSET OP VALUE", about the byte at Offset of the
	// link-layer header. Op is one of '=', '<', '>', '&' and '|'.
	Byte struct {
		Span
		Offset uint32
		Op     byte
		Value  uint32
	}

	// Outbound is "outbound", or "inbound" if Inbound is true.
	Outbound struct {
		Span
		Inbound bool
	}

	// Interface is "ifindex NUMBER" and "ifname NAME".
	Interface struct {
		Span
		Index uint32
		Name  string // "" for ifindex
	}

	// VLAN is "vlan" with an ID (at most 4095) or, if Has is false, any.
	VLAN struct {
		Span
		Has bool
		ID  uint32
	}

	// MPLS is "mpls" with a label (at most 0xfffff) or, if Has is false,
	// any.
	MPLS struct {
		Span
		Has   bool
		Label uint32
	}

	// PPPoED is "pppoed": PPPoE discovery.
	PPPoED struct{ Span }

	// PPPoES is "pppoes", with a session (at most 65535) or, if Has is
	// false, any.
	PPPoES struct {
		Span
		Has     bool
		Session uint32
	}

	// Geneve is "geneve", with a virtual network identifier (at most
	// 0xffffff) or, if Has is false, any.
	Geneve struct {
		Span
		Has bool
		VNI uint32
	}

	// LLC is "llc": frames with an 802.2 header, of which the control
	// byte and Mask are Value. With Mask 0, any.
	LLC struct {
		Span
		Kind        string // as written: "", "i", "s", "rr" …
		Value, Mask uint8
	}

	// Relation is a comparison of two numbers, which are 32 bits wide and
	// have no sign. Op is one of "=", "!=", "<", "<=", ">", ">=".
	Relation struct {
		Span
		Op   string
		X, Y Arith
	}

	// Group is the extension "group ADDRESS[/LENGTH]": addressed to that
	// group, or IGMP or MLD that speaks of it.
	Group struct {
		Span
		Net Net
	}

	// Word is an extension that is short for an expression of the
	// language: "mld", "rtp". X is that expression.
	Word struct {
		Span
		Word string
		X    Node
	}
)

// Arith is a number that is computed from a frame.
type Arith interface {
	Where() Span
}

type (
	// Number is a constant.
	Number struct {
		Span
		Value uint32
		Name  string // as written, if it was a name such as tcp-syn
	}

	// FrameLength is "len": the length of the frame on the wire, in bytes.
	FrameLength struct{ Span }

	// Load is PROTOCOL[INDEX:SIZE]; Size is 1, 2 or 4.
	Load struct {
		Span
		Protocol Protocol
		Index    Arith
		Size     int
	}

	// Binary is a computation of two numbers. Op is one of "+", "-", "*",
	// "/", "%", "&", "|", "^", "<<", ">>".
	Binary struct {
		Span
		Op   string
		X, Y Arith
	}

	// Negation is "-X".
	Negation struct {
		Span
		X Arith
	}
)

// Options say what the words of an expression may mean.
type Options struct {
	// Strict refuses what tcpdump does not have: group, mld, rtp, ifname.
	Strict bool

	// Resolve finds the addresses of a host's name; nil refuses names.
	Resolve func(name string) ([]netip.Addr, error)

	// ResolveEther finds the Ethernet address of a host's name; nil
	// refuses such names.
	ResolveEther func(name string) (MAC, error)

	// InterfaceIndex finds the index of an interface; nil refuses ifname.
	InterfaceIndex func(name string) (uint32, error)

	// Check tells why a condition that an error proposes cannot be
	// compiled, so that the proposal is not made; nil allows all.
	Check func(Node) error
}

// Error says what is wrong with an expression, and where.
type Error struct {
	Expression string
	Span       Span   // what is wrong; empty at the end of the expression if something is missing
	Problem    string // what it is: `no protocol, port or address is called "prot"`
	Hint       string // what may have been meant, see proposal, or what to do; "" if nothing is near
	Err        error  // from Resolve, ResolveEther or InterfaceIndex, or nil
}
