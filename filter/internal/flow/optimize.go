package flow

import "slices"

// Optimize shortens the graph. Each round shows what the next can shorten; the
// effort is bounded, so that no expression takes long.
func (g *Graph) Optimize() { g.optimize(4_000_000) }

func (g *Graph) optimize(effort int) {
	g.shorten(&effort)
	g.byContent = make(map[node]Node, len(g.nodes))
	g.rebuild()
	g.shorten(&effort)
	g.dropAssignments()
}

// shorten goes on until nothing more is found.
func (g *Graph) shorten(effort *int) {
	for *effort > 0 {
		shorter := g.thread(effort)
		sorted := g.sortChains()
		if !shorter && !sorted {
			return
		}
		*effort -= 40 * len(g.nodes)
	}
}

// thread does jump threading: it leads each branch past the tests whose outcome is
// known on every path to it, and tells whether that changed anything.
//
// What is later in the graph is done first, so that a branch that leads past
// one test takes the next ones in a leap.
func (g *Graph) thread(effort *int) bool {
	d := g.dominators()
	if g.facts == nil { // a walk leaves them as it found them
		g.facts = newFacts(g.b)
	}
	f := g.facts
	type branches struct{ yes, no Node }
	to := make([]branches, len(g.nodes))
	for _, id := range d.order {
		to[id] = branches{g.nodes[id].yes, g.nodes[id].no}
	}
	changed := false
	marks := make([]int, 0, 64)
	d.walk(func(e int32) {
		marks = append(marks, f.mark())
		if from, yes, ok := d.leaves(e); ok && g.nodes[from].variable == noVariable {
			f.learn(g.nodes[from].test, yes)
		}
	}, func(e int32) {
		if from, yes, ok := d.leaves(e); ok {
			target := &to[from].no
			if yes {
				target = &to[from].yes
			}
			for *effort > 0 && *target >= ends && g.nodes[*target].variable == noVariable {
				*effort--
				o := f.outcome(g.nodes[*target].test)
				if o == unknown {
					break
				}
				changed = true
				if o == always {
					*target = to[*target].yes
				} else {
					*target = to[*target].no
				}
			}
		}
		f.back(marks[len(marks)-1])
		marks = marks[:len(marks)-1]
	})
	if !changed {
		return false
	}
	for _, id := range d.order {
		g.nodes[id].yes, g.nodes[id].no = to[id].yes, to[id].no
	}
	g.rebuild()
	return true
}

// sortChains brings tests of one value together, so that it is read once. It
// may do so where tests follow each other only because none of them led
// elsewhere, all to the same place: their order does not matter then.
func (g *Graph) sortChains() bool {
	order := g.order()
	arrivals := make([]int32, len(g.nodes))
	for _, id := range order {
		arrivals[g.nodes[id].yes]++
		if g.nodes[id].variable == noVariable {
			arrivals[g.nodes[id].no]++
		}
	}
	arrivals[g.root]++
	seen := make([]bool, len(g.nodes))
	changed := false
	var chain, best []Node
	for _, id := range order {
		if seen[id] || g.nodes[id].variable != noVariable {
			continue
		}
		best = best[:0]
		for _, exit := range [2]Node{g.nodes[id].yes, g.nodes[id].no} {
			chain = g.chain(chain[:0], id, exit, arrivals)
			if len(chain) > len(best) {
				best = append(best[:0], chain...)
			}
		}
		if len(best) < 3 {
			continue
		}
		for _, n := range best[:len(best)-1] {
			seen[n] = true
		}
		changed = g.group(best) || changed
	}
	if changed {
		g.rebuild()
	}
	return changed
}

// chain appends id and the tests after it that have exit in common.
func (g *Graph) chain(chain []Node, id, exit Node, arrivals []int32) []Node {
	for {
		n := &g.nodes[id]
		if n.variable != noVariable {
			return chain
		}
		next := n.no
		switch exit {
		case n.yes:
		case n.no:
			next = n.yes
		default:
			return chain
		}
		if len(chain) > 0 && arrivals[id] != 1 {
			return chain
		}
		chain = append(chain, id)
		if next < ends || next == exit {
			return chain
		}
		id = next
	}
}

// group sorts the tests of a chain so that those of one value stand together,
// where the first of them stood.
func (g *Graph) group(chain []Node) bool {
	first := make(map[Value]int, len(chain))
	ranks := make([]int, len(chain))
	sorted := true
	for i, id := range chain {
		ranks[i] = i
		t := g.nodes[id].test
		// A test that comes earlier than it stood must not read anything
		// new.
		if _, constant := g.b.constant(t.Y); !constant {
			continue
		}
		at, ok := first[t.X]
		if !ok {
			first[t.X] = i
			continue
		}
		ranks[i] = at
		sorted = sorted && ranks[i] == ranks[i-1]
	}
	if sorted {
		return false
	}
	// Every test of the chain, and to which side it exits.
	exit := g.exitOf(chain)
	type step struct {
		test      Test
		exitOnYes bool
		rank      int
	}
	steps := make([]step, len(chain))
	after := Reject // where the last one leads to
	for i, id := range chain {
		n := &g.nodes[id]
		steps[i] = step{n.test, n.yes == exit, ranks[i]}
		after = n.yes
		if steps[i].exitOnYes {
			after = n.no
		}
	}
	slices.SortStableFunc(steps, func(a, b step) int { return a.rank - b.rank })
	for i, s := range steps {
		next := after
		if i+1 < len(chain) {
			next = chain[i+1]
		}
		n := &g.nodes[chain[i]]
		n.test = s.test
		n.yes, n.no = next, exit
		if s.exitOnYes {
			n.yes, n.no = exit, next
		}
	}
	return true
}

// exitOf returns the place that the tests of a chain have in common.
func (g *Graph) exitOf(chain []Node) Node {
	a, b := &g.nodes[chain[0]], chain[1]
	if a.yes == b {
		return a.no
	}
	return a.yes
}

// dropAssignments leaves out assignments to variables that nobody reads
// afterwards.
func (g *Graph) dropAssignments() {
	order := g.order()
	uses := make([]bool, len(g.nodes)) // here or later
	changed := false
	became := make([]Node, len(g.nodes))
	for i := range became {
		became[i] = Node(i)
	}
	for i := len(order) - 1; i >= 0; i-- {
		id := order[i]
		n := &g.nodes[id]
		n.yes, n.no = became[n.yes], became[n.no]
		later := uses[n.yes] || uses[n.no]
		if n.variable != noVariable && !later {
			became[id] = n.yes
			changed = true
			continue
		}
		uses[id] = later || g.b.known[n.test.X].usesVariable || n.variable == noVariable && g.b.known[n.test.Y].usesVariable
	}
	if changed {
		g.root = became[g.root]
		g.rebuild()
	}
}
