package flow

import (
	"errors"
	"slices"

	"golang.org/x/net/bpf"

	"mcast/filter/internal/classic"
)

// ErrTooComplex says that an expression's numbers need more scratch memory than
// a program has.
var ErrTooComplex = errors.New("the arithmetic needs more scratch memory than is left: a program has 16 cells, of which each live VLAN tag takes one and each tunnel three")

// Program returns the graph as a program, which returns keep for the frames
// that are kept and 0 for the others.
func (g *Graph) Program(keep uint32) ([]bpf.RawInstruction, error) {
	order := g.order()
	blocks, err := g.blocks(order)
	if err != nil {
		return nil, err
	}
	same := g.sameBlocks(order, blocks)
	length := 0
	for i := range blocks {
		length += len(blocks[i].code) + 1
	}
	l := layout{reversed: make([]bpf.RawInstruction, 0, length+length/8+ends), keep: keep, at: make([]int, len(g.nodes)), ends: [ends]int{-1, -1}}
	root := same[g.root]
	needed := g.needed(root, order, same)
	if usesScratch(blocks) {
		l.endsLast = true
	}
	for e := range Node(ends) {
		if needed[e] && (l.endsLast || e == root) {
			l.end(e)
		}
	}
	for i := len(order) - 1; i >= 0; i-- {
		id := order[i]
		if !needed[id] {
			continue
		}
		n := &g.nodes[id]
		blk := &blocks[i]
		switch {
		case n.variable != noVariable:
			l.jumpTo(same[n.yes])
		default:
			yes, no := same[n.yes], same[n.no]
			if blk.swapped {
				yes, no = no, yes
			}
			l.branch(blk.jump, yes, no)
		}
		for j := len(blk.code) - 1; j >= 0; j-- {
			l.put(blk.code[j])
		}
		l.at[id] = len(l.reversed) - 1
	}
	slices.Reverse(l.reversed)
	return l.reversed, nil
}

// usesScratch tells whether the program reads scratch memory.
func usesScratch(blocks []block) bool {
	for _, blk := range blocks {
		for _, in := range blk.code {
			if in.Op == classic.LD|classic.MEM || in.Op == classic.LDX|classic.MEM {
				return true
			}
		}
	}
	return false
}
