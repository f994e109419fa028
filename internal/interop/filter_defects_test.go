//go:build interop && linux

package interop

import (
	"regexp"
	"slices"
	"strings"

	"mcast/filter"
)

// Where libpcap 1.10.3 makes a program that does not do what its manual says,
// optimised or not, there is another expression of which it does. What we make of
// the one is then compared with what libpcap makes of the other.

const (
	// gen_byteop makes "and #1; jeq #0" without a load before it: what is
	// tested is what another condition has left in the accumulator, or 0.
	//	$ tcpdump -d 'byte 0 & 1'
	//	tcpdump: expression rejects all packets
	unloadedByte = `libpcap forgets to load the octet for "byte" with & or |`
)

var byteBits = regexp.MustCompile(`\bbyte (\S+) ([&|]) (\S+)`)

// displaced are live expressions in which libpcap adds to the number of what it
// asks the kernel for how far "pppoes" or "geneve" has moved the link-layer header.
//
//	"pppoes and ifindex 7" asks for SKF_AD_HATYPE (28) and not for SKF_AD_IFINDEX (8)
var displaced = regexp.MustCompile(`(pppoes|geneve).*(inbound|outbound|ifindex)`)

// misplacedISO is a defect of libpcap: "geneve" leaves off_nl_nosnap, where ISO begins
// behind an 802.2 header, as what the tunnel is carried by has it. It is right only
// for an Ethernet frame without "mpls" or "pppoes".
//
//	$ tcpdump -y IPV4 -d 'geneve and clnp' ends with ldb [x + 0], and for EN10MB with ldb [x + 3]
const misplacedISO = "libpcap looks for ISO in a tunnel where it is outside"

var isoInTunnel = regexp.MustCompile(`geneve.*\b(iso|clnp|es-?is|is-?is|l1|l2|iih|lsp|snp|csnp|psnp)\b`)

// isMisplacedISO tells whether an expression meets that.
func isMisplacedISO(link filter.LinkType, text string) bool {
	return isoInTunnel.MatchString(text) && (link != filter.Ethernet || strings.Contains(text, "mpls") || strings.Contains(text, "pppoes"))
}

// repaired returns the expression that libpcap should be asked instead of x, and
// why, or x itself.
func (x *tree) repaired() (*tree, string) {
	why := ""
	y := *x
	y.kids = slices.Clone(x.kids)
	for i, k := range x.kids {
		if x.kind > primitive {
			break
		}
		var w string
		if y.kids[i], w = k.repaired(); w != "" {
			why = w
		}
	}
	switch x.kind {
	case primitive, sequence:
		if y = *x; byteBits.MatchString(x.String()) {
			return verbatim(byteBits.ReplaceAllString(x.String(), "ether[$1] $2 $3 != 0"))[0], unloadedByte
		}
	}
	return &y, why
}

// leave is a reason why libpcap refuses what we compile, or the other way round,
// and both are right in their way.
type leave struct {
	name string
	text string // part of the reason that is given
}

// theyMayRefuse are libpcap's reasons that need not be ours.
var theyMayRefuse = []leave{
	{"it keeps nothing, which we let compile", "expression rejects all packets"},
	{"libpcap's registers have run out", "too many registers"},
	// libpcap looks at the first instruction of the divisor's code, which for
	// ether[0] loads the index 0.
	{"libpcap takes an index for a divisor", "division by zero"},
	{"libpcap takes an index for a divisor", "modulus by zero"},
	{"libpcap takes an index for a shift", "shift by more than 31 bits"},
	// The jumps of a live "vlan 0" go to an instruction that its optimiser drops.
	{"libpcap's jumps get lost", "no destination found for block-local relative jump"},
	{"libpcap has no protochain in Geneve", "'protochain' not supported with variable length headers"},
}

// weMayRefuse are our reasons that need not be libpcap's.
var weMayRefuse = []leave{
	// libpcap finds it as well, but not where the outcome does not matter.
	{"libpcap overlooks a divisor that is 0", "division by zero"},
	{"libpcap overlooks a divisor that is 0", "modulus by zero"},
	{"libpcap overlooks a shift that is too far", "cannot be shifted by more than 31"},
	// sscanf and "& NODEMASK": 1.2.3 is 1.2 to libpcap, and 64.1024 is 0.0.
	{"libpcap takes any DECnet address", "is no DECnet address"},
	{"libpcap takes any DECnet address", "DECnet addresses end at 63.1023"},
	{"libpcap takes any DECnet address", "DECnet addresses have no mask"},
}

// selfContradiction is what frames show that the same program without the
// optimiser treats otherwise. An example that needs no arithmetic, live:
//
//	"ip and vlan 4095" jumps over the load of the tag, because an instruction
//	before it was dropped, and compares something else with 4095
const selfContradiction = "libpcap's optimiser changes what an expression keeps"

func mayRefuse(leaves []leave, reason string) string {
	for _, l := range leaves {
		if strings.Contains(reason, l.text) {
			return l.name
		}
	}
	return ""
}
