package flow

import (
	"golang.org/x/net/bpf"

	"mcast/filter/internal/classic"
)

// layout writes a program from its end to its beginning, so that it is known
// how far each jump goes.
type layout struct {
	keep     uint32
	reversed []bpf.RawInstruction
	at       []int     // where a node begins, by Node: an index into reversed
	ends     [ends]int // where the program last returned for an end, or -1
	detours  map[Node]int

	// endsLast keeps returns at the program's end. The kernel, when it looks
	// whether scratch memory was written before it is read, takes what
	// follows a return to be reached from there (check_load_and_stores,
	// Linux 6.18).
	endsLast bool
}

func (l *layout) put(i bpf.RawInstruction) { l.reversed = append(l.reversed, i) }

// end writes an end of the program here.
func (l *layout) end(e Node) {
	k := uint32(0)
	if e == Accept {
		k = l.keep
	}
	l.put(bpf.RawInstruction{Op: classic.RET, K: k})
	l.ends[e] = len(l.reversed) - 1
}

// place returns where a node is, or -1 for an end that is not there yet.
func (l *layout) place(n Node) int {
	if n < ends {
		return l.ends[n]
	}
	return l.at[n]
}

// jumpTo writes what is needed for the next instruction to be that of n.
func (l *layout) jumpTo(n Node) {
	here := len(l.reversed)
	at := l.place(n)
	switch {
	case at >= 0 && at == here-1:
	case n < ends && !l.endsLast:
		l.end(n)
	default:
		l.put(bpf.RawInstruction{Op: classic.JMP | classic.JA, K: uint32(here - 1 - at)})
	}
}

// branch writes a conditional jump, and before it (so, after it in the
// program) what its short reach needs.
func (l *layout) branch(jump bpf.RawInstruction, yes, no Node) {
	const reach = 255
	// An end that is too far, or not there, is written anew; a node that is
	// too far gets a jump. Either may push the other out of reach.
	for {
		missing := false
		for _, n := range [2]Node{no, yes} {
			if l.target(n, reach) >= 0 {
				continue
			}
			missing = true
			if n < ends && !l.endsLast {
				l.end(n)
				continue
			}
			here := len(l.reversed)
			l.put(bpf.RawInstruction{Op: classic.JMP | classic.JA, K: uint32(here - 1 - l.place(n))})
			if l.detours == nil {
				l.detours = map[Node]int{}
			}
			l.detours[n] = here
		}
		if !missing {
			break
		}
	}
	here := len(l.reversed)
	jump.Jt = uint8(here - 1 - l.target(yes, reach))
	jump.Jf = uint8(here - 1 - l.target(no, reach))
	l.put(jump)
}

// target returns where to jump to for n, at most reach away, or -1.
func (l *layout) target(n Node, reach int) int {
	here := len(l.reversed)
	if at := l.place(n); at >= 0 && here-1-at <= reach {
		return at
	}
	if at, ok := l.detours[n]; ok && here-1-at <= reach {
		return at
	}
	return -1
}
