package filter

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"golang.org/x/net/bpf"

	"mcast/filter/internal/codegen"
	"mcast/filter/internal/flow"
	"mcast/filter/internal/syntax"
	"mcast/filter/internal/vm"
)

// Options say what an expression is compiled for. The zero value is for
// Ethernet frames from a file, with no name of a host looked up.
type Options struct {
	// LinkType is what the frames begin with. The zero value is Ethernet.
	LinkType LinkType

	// SnapLen is how many bytes of a frame the program keeps, at most.
	// It is what the program returns for a frame that it keeps. 0 means
	// 262144, which is tcpdump's limit, and so in practice all.
	SnapLen uint32

	// Live compiles for a packet socket of Linux, whose kernel has taken
	// the outermost VLAN tag out of the frame and knows the frame's
	// direction and interface. False compiles for frames as they are in
	// a file.
	Live bool

	// Netmask is the IPv4 network mask of the interface, for "ip
	// broadcast". The zero Addr means that it is not known: as in
	// tcpdump, only 255.255.255.255 and 0.0.0.0 are broadcast addresses
	// then.
	Netmask netip.Addr

	// Resolve finds the addresses of a host's name. Nil refuses names of
	// hosts.
	Resolve func(name string) ([]netip.Addr, error)

	// ResolveEther finds the Ethernet address of a host's name, for
	// "ether host NAME" and "gateway NAME". Nil refuses both.
	ResolveEther func(name string) ([6]byte, error)

	// InterfaceIndex finds the index of an interface, for "ifname NAME".
	// Nil refuses it.
	InterfaceIndex func(name string) (uint32, error)

	// Strict refuses what tcpdump's language does not have: group, mld,
	// rtp and ifname.
	Strict bool
}

// defaultSnapLen is tcpdump's (MAXIMUM_SNAPLEN).
const defaultSnapLen = 262144

// Program is a compiled expression, as [Compile] makes it. It does not change,
// and may be used by many goroutines at once.
type Program struct {
	linkType        LinkType
	instructions    []bpf.RawInstruction
	machine         *vm.Machine
	keeps, constant bool
}

// Compile turns an expression into a program. The empty expression keeps every
// frame.
//
// An expression that cannot be compiled gives an [*Error], which shows where;
// options that make no sense give another error. A program may be longer than
// the kernel takes: ask [Program.CheckKernel] before attaching it to a socket.
func Compile(expression string, o Options) (*Program, error) {
	p, _, err := compile(expression, o)
	return p, err
}

// compile returns the tree as well.
func compile(expression string, o Options) (*Program, syntax.Node, error) {
	link, ok := o.LinkType.link()
	switch {
	case !ok:
		return nil, nil, fmt.Errorf("filter: there is no %v", o.LinkType)
	case o.Live && (o.LinkType == LinuxSLL || o.LinkType == LinuxSLL2):
		return nil, nil, fmt.Errorf("filter: %v frames are made after the kernel's filter has run: compile without Live, and filter them in user space", o.LinkType)
	}
	target := codegen.Target{Link: link, Live: o.Live}
	if o.Netmask.IsValid() {
		if !o.Netmask.Unmap().Is4() {
			return nil, nil, fmt.Errorf("filter: the network mask %s is not an IPv4 address", o.Netmask)
		}
		mask := o.Netmask.Unmap().As4()
		target.Netmask = binary.BigEndian.Uint32(mask[:])
	}
	tree, err := parse(expression, o, target)
	if err != nil {
		return nil, nil, err
	}
	graph, err := codegen.Compile(tree, target)
	if err != nil {
		return nil, nil, newError(expression, err)
	}
	graph.Optimize()
	p := &Program{linkType: o.LinkType}
	p.keeps, p.constant = graph.Constant()
	if p.instructions, err = graph.Program(o.snapLen()); err != nil {
		return nil, nil, newError(expression, err)
	}
	if p.machine, err = vm.New(p.instructions); err != nil {
		return nil, nil, fmt.Errorf("filter %q: the program is not valid, which is a defect of this compiler: %w", expression, err)
	}
	return p, tree, nil
}

func (o Options) snapLen() uint32 {
	if o.SnapLen == 0 {
		return defaultSnapLen
	}
	return o.SnapLen
}

// parse reads an expression with the names that the options allow.
func parse(expression string, o Options, target codegen.Target) (syntax.Node, error) {
	so := syntax.Options{
		Strict:         o.Strict,
		Resolve:        o.Resolve,
		InterfaceIndex: o.InterfaceIndex,
		Check: func(n syntax.Node) error {
			_, err := codegen.Compile(n, target)
			return err
		},
	}
	if o.ResolveEther != nil {
		so.ResolveEther = func(name string) (syntax.MAC, error) {
			mac, err := o.ResolveEther(name)
			return syntax.MAC(mac), err
		}
	}
	tree, err := syntax.Parse(expression, so)
	if err != nil {
		return nil, newError(expression, err)
	}
	return tree, nil
}

// newError returns the error of a part of the compiler as an *Error.
func newError(expression string, err error) error {
	var e *syntax.Error
	switch {
	case errors.As(err, &e):
		return &Error{expression, e.Span.Start, e.Span.End, e.Problem, e.Hint, e.Err}
	case errors.Is(err, flow.ErrTooComplex), errors.Is(err, flow.ErrTooLarge):
		return &Error{Expression: expression, End: len(expression), Problem: err.Error()}
	}
	return fmt.Errorf("filter %q: %w", expression, err)
}

// Instructions returns the program for a classic BPF machine. What it returns
// for a frame is 0, or the snap length. A program compiled with Live has loads
// that only Linux answers (SKF_AD_OFF in linux/filter.h).
func (p *Program) Instructions() []bpf.RawInstruction {
	return append([]bpf.RawInstruction(nil), p.instructions...)
}

// LinkType returns what the program was compiled for. Frames of another link
// type are matched wrongly.
func (p *Program) LinkType() LinkType { return p.linkType }

// Constant tells whether the program treats all frames alike, as far as the
// compiler can see, and whether it keeps them: "ip and arp" keeps nothing. (tcpdump
// refuses such an expression.)
func (p *Program) Constant() (keeps, constant bool) { return p.keeps, p.constant }

// Meta is what the kernel knows of a frame beside its bytes. Programs that are
// compiled with Live ask for it.
type Meta struct {
	// VLAN says that the outermost VLAN tag was taken out of the frame.
	// TCI is that tag's priority, drop eligible indicator and VLAN number, TPID
	// its type, such as 0x8100.
	VLAN bool
	TCI  uint16
	TPID uint16

	// PacketType is how the frame came, as in sockaddr_ll (packet(7)): 4 is
	// outgoing.
	PacketType uint8

	// Interface is the index of the interface.
	Interface uint32
}

// Match tells whether the program keeps a frame. wireLength is the frame's
// length on the wire in bytes, at least len(frame); it is what "len" means. Match
// does not allocate.
//
// A program compiled with Live sees such a frame as incoming, untagged, on
// interface 0.
func (p *Program) Match(frame []byte, wireLength int) bool {
	return p.machine.Match(frame, wireLength, nil)
}

// MatchMeta is Match for programs that are compiled with Live. The frame must
// be as the kernel hands it out: without the tag that m tells. A nil m is an empty
// one.
func (p *Program) MatchMeta(frame []byte, wireLength int, m *Meta) bool {
	return p.machine.Match(frame, wireLength, (*vm.Meta)(m))
}
