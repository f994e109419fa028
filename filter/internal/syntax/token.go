package syntax

// kind is what a token is for the parser. Keywords that the grammar treats
// alike share one.
type kind uint8

const (
	end          kind = iota // of the expression
	bad                      // no token; value is the index of its problem
	number                   // value is the number; tcp-syn and its like too
	name                     // a name of a host, a port, …; text is without the escape
	ipv4                     // two to four decimal numbers with dots
	ipv6                     // an IPv6 address
	mac                      // an Ethernet address
	arcnet                   // an ARCnet address: $ff
	operator                 // + - * / % & | ^ << >>
	comparison               // = != < <= > >=
	leftParen                // (
	rightParen               // )
	leftBracket              // [
	rightBracket             // ]
	colon                    // :

	// Keywords.
	and
	or
	not
	protocol // value is the Protocol
	word     // that a primitive begins with
	source
	destination
	host
	net
	mask
	port
	portRange
	proto
	protoChain
	gateway
	frameLength
	ruleNumber // rnr: of llc, and of PF
	foreign    // of a kind of capture that is not compiled; value is the family
)

// token is a word of an expression, or a sign.
type token struct {
	Span
	kind    kind
	escaped bool   // a name that was written with a backslash
	value   uint32 // see the kinds
	text    string // as written; of an escaped name, what follows the backslash
}

// is tells whether a token is the sign or the keyword text.
func (t token) is(k kind, text string) bool { return t.kind == k && t.text == text }

// isKeyword tells whether a token is a word that has a meaning of its own, so
// that nothing else can be called so without a backslash.
func (t token) isKeyword() bool { return t.kind >= and }
