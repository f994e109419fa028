package flow

// The dominator tree of a graph tells what every path to a place has in common.
// Its elements are the nodes, by their position in the order, and the branches
// that leave them: a node's parent is the last node or branch that every path
// to it passes, a branch's parent is the node that it leaves.
type dominators struct {
	order    []Node
	position []int32 // by Node
	parent   []int32 // by element; -1 at the root
	depth    []int32
	jump     []int32 // an ancestor farther up, so that a search is short
}

// branch returns the branch that leaves the node at a position.
func (d *dominators) branch(position int, yes bool) int32 {
	e := int32(len(d.order) + 2*position)
	if !yes {
		e++
	}
	return e
}

// leaves returns which node a branch leaves, and by which side; or false for an
// element that is a node.
func (d *dominators) leaves(e int32) (from Node, yes, ok bool) {
	b := int(e) - len(d.order)
	if b < 0 {
		return 0, false, false
	}
	return d.order[b/2], b%2 == 0, true
}

func (g *Graph) dominators() *dominators {
	order := g.order()
	d := &dominators{
		order:    order,
		position: make([]int32, len(g.nodes)),
		parent:   make([]int32, 3*len(order)),
		depth:    make([]int32, 3*len(order)),
		jump:     make([]int32, 3*len(order)),
	}
	const unreached = -2
	for i, id := range order {
		d.position[id] = int32(i)
		d.parent[i] = unreached
	}
	if len(order) == 0 {
		return d
	}
	d.parent[0] = -1
	for i, id := range order {
		if i > 0 {
			d.hang(int32(i), d.parent[i])
		}
		n := &g.nodes[id]
		d.leave(i, true, n.yes, unreached)
		if n.variable == noVariable {
			d.leave(i, false, n.no, unreached)
		}
	}
	return d
}

// leave adds a branch, and narrows down the parent of the node it leads to.
func (d *dominators) leave(from int, yes bool, to Node, unreached int32) {
	e := d.branch(from, yes)
	d.hang(e, int32(from))
	if to < ends {
		return
	}
	p := &d.parent[d.position[to]]
	if *p == unreached {
		*p = e
	} else {
		*p = d.common(*p, e)
	}
}

// hang places an element below its parent, which has its place.
func (d *dominators) hang(e, parent int32) {
	d.parent[e] = parent
	d.depth[e] = d.depth[parent] + 1
	j := d.jump[parent]
	if d.depth[parent]-d.depth[j] == d.depth[j]-d.depth[d.jump[j]] {
		d.jump[e] = d.jump[j]
	} else {
		d.jump[e] = parent
	}
}

// common returns the lowest element that is above, or is, both.
func (d *dominators) common(a, b int32) int32 {
	if d.depth[a] < d.depth[b] {
		a, b = b, a
	}
	for d.depth[a] > d.depth[b] {
		if d.depth[d.jump[a]] >= d.depth[b] {
			a = d.jump[a]
		} else {
			a = d.parent[a]
		}
	}
	for a != b {
		if d.jump[a] != d.jump[b] {
			a, b = d.jump[a], d.jump[b]
		} else {
			a, b = d.parent[a], d.parent[b]
		}
	}
	return a
}

// walk visits the tree, each element before those below it, and of those the
// later ones first. leave is called after those below it.
func (d *dominators) walk(enter, leave func(e int32)) {
	n := len(d.parent)
	if n == 0 {
		return
	}
	first, next := make([]int32, n), make([]int32, n)
	for i := range first {
		first[i] = -1
	}
	add := func(e int) {
		if p := d.parent[e]; d.depth[e] > 0 {
			next[e], first[p] = first[p], int32(e)
		}
	}
	// A node that both branches of its parent lead to is later than what is
	// on the branches.
	for e := len(d.order) - 1; e >= 0; e-- {
		add(e)
	}
	for e := n - 1; e >= len(d.order); e-- {
		add(e)
	}
	stack := []int32{0}
	for len(stack) > 0 {
		e := stack[len(stack)-1]
		if e < 0 {
			leave(^e)
			stack = stack[:len(stack)-1]
			continue
		}
		enter(e)
		stack[len(stack)-1] = ^e
		for c := first[e]; c >= 0; c = next[c] {
			stack = append(stack, c)
		}
	}
}
