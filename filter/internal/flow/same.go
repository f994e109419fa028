package flow

import "encoding/binary"

// sameBlocks finds nodes whose instructions are the same and lead to the same,
// though they may test different values, which are at hand in the same
// registers. It returns, by Node, the one to take.
func (g *Graph) sameBlocks(order []Node, blocks []block) []Node {
	same := make([]Node, len(g.nodes))
	same[Reject], same[Accept] = Reject, Accept
	byContent := make(map[string]Node, len(order))
	var key []byte
	for i := len(order) - 1; i >= 0; i-- {
		id := order[i]
		n := &g.nodes[id]
		yes, no := same[n.yes], same[n.no]
		if blocks[i].swapped {
			yes, no = no, yes
		}
		key = key[:0]
		for _, in := range blocks[i].code {
			key = binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint16(key, in.Op), in.K)
		}
		key = binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint16(key, blocks[i].jump.Op), blocks[i].jump.K)
		key = binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(key, uint32(yes)), uint32(no))
		if n.variable == noVariable && yes == no && len(blocks[i].code) == 0 {
			same[id] = yes
		} else if other, ok := byContent[string(key)]; ok {
			same[id] = other
		} else {
			byContent[string(key)] = id
			same[id] = id
		}
	}
	return same
}

// needed tells, by Node, which are reached when each stands for those that are
// the same.
func (g *Graph) needed(root Node, order, same []Node) []bool {
	needed := make([]bool, len(g.nodes))
	needed[root] = true
	for _, id := range order {
		if needed[id] {
			needed[same[g.nodes[id].yes]] = true
			if g.nodes[id].variable == noVariable {
				needed[same[g.nodes[id].no]] = true
			}
		}
	}
	return needed
}
