package syntax

// EtherHost is "ether host".
type EtherHost struct {
	Span
	Direction Direction
	MAC       MAC
	Name      string // as written, if it was a name
}

// likeEther is the hint where an Ethernet address is missing.
const likeEther = "an Ethernet address is like 02:00:00:00:00:01"

// resolveEther returns the Ethernet address of a host.
func (p *parser) resolveEther(t token) MAC {
	hint := likeEther
	if p.before(t.Start).kind == gateway {
		hint = gatewayHint
	}
	if p.options.ResolveEther == nil {
		p.fail(t.Span, quoted(t.text)+" is no Ethernet address, and names of Ethernet hosts are not looked up here", hint)
	}
	m, err := p.options.ResolveEther(t.text)
	if err != nil {
		panic(&Error{
			Expression: p.expression, Span: t.Span, Err: err, Hint: hint,
			Problem: "no Ethernet address of a host called " + quoted(t.text) + " was found",
		})
	}
	if p.macs == nil {
		p.macs = map[string]MAC{}
	}
	p.macs[t.text] = m
	return m
}

func (n *EtherHost) after() qualifiers { return qualifiers{subject: aHost, protocol: Link} }

func (n *EtherHost) text() string {
	return "ether " + n.Direction.qualifier() + "host " + n.MAC.String()
}

func (n *EtherHost) meaning(*description) string {
	return "frames " + n.Direction.words() + " the Ethernet address " + withName(n.Name, n.MAC.String())
}
