package flow

import "fmt"

// Node is a place in a graph: a test, an assignment, or one of the two ends.
type Node int32

// The ends of every graph.
const (
	Reject Node = iota // the frame is not kept
	Accept             // it is
	ends   = 2
)

// noVariable marks a node that is a test.
const noVariable Variable = -1

// node is a test, after which the frame goes to yes or to no; or, if variable
// is not noVariable, an assignment of test.X, after which it goes to yes.
type node struct {
	test     Test
	variable Variable
	yes, no  Node
}

// Graph is a condition as tests that lead to other tests and at last to an end.
// It has no cycles.
type Graph struct {
	b     *Builder
	nodes []node
	root  Node

	// Nodes that do the same become one when this is not nil. That is for
	// the end: more is known of where a node is reached by one path only.
	facts     *facts // for thread
	spare     []node // for rebuild
	byContent map[node]Node
}

// ErrTooLarge says that an expression has more tests than are compiled.
var ErrTooLarge = fmt.Errorf("the expression has more than %d tests: split it", MostTests)

// Bounds of what is compiled, so that no expression takes long.
const (
	MostTests     = 45_000
	mostVariables = 1 << 12
)

// Graph returns the graph of a condition.
func (b *Builder) Graph(c Cond) (*Graph, error) {
	g := &Graph{b: b, nodes: make([]node, ends)}
	g.root = g.add(c, Accept, Reject)
	if len(g.nodes) > MostTests || b.TooLarge() {
		return nil, ErrTooLarge
	}
	return g, nil
}

// TooLarge tells whether what was made so far is more than Graph takes.
func (b *Builder) TooLarge() bool {
	return len(b.variables) > mostVariables || len(b.values) > 4*MostTests
}

// add adds a condition that leads to yes or to no, and returns where it begins.
func (g *Graph) add(c Cond, yes, no Node) Node {
	if len(g.nodes) > MostTests {
		return yes
	}
	switch c.kind {
	case condFalse:
		return no
	case condTrue:
		return yes
	case condTest:
		return g.addTest(c.test, yes, no)
	case condAssign:
		return g.put(node{test: c.test, variable: c.variable, yes: yes, no: Reject})
	case condNot:
		return g.add(c.parts[0], no, yes)
	case condAll:
		for i := len(c.parts) - 1; i >= 0; i-- {
			yes = g.add(c.parts[i], yes, no)
		}
		return yes
	case condAny:
		for i := len(c.parts) - 1; i >= 0; i-- {
			no = g.add(c.parts[i], yes, no)
		}
		return no
	}
	panic("flow: no such condition")
}

func (g *Graph) addTest(t Test, yes, no Node) Node {
	t, negated, known := g.b.simplify(t)
	switch known {
	case always:
		return yes
	case never:
		return no
	case fails:
		return Reject
	}
	if negated {
		yes, no = no, yes
	}
	return g.put(node{test: t, variable: noVariable, yes: yes, no: no})
}

// put adds a node. A test that does not matter is left out.
func (g *Graph) put(n node) Node {
	if n.variable == noVariable && n.yes == n.no {
		return n.yes
	}
	if g.byContent != nil {
		if id, ok := g.byContent[n]; ok {
			return id
		}
	}
	id := Node(len(g.nodes))
	g.nodes = append(g.nodes, n)
	if g.byContent != nil {
		g.byContent[n] = id
	}
	return id
}

// Constant tells whether the graph ends alike for every frame, and how.
func (g *Graph) Constant() (accepts, constant bool) {
	return g.root == Accept, g.root < ends
}

// order returns the nodes that are reachable, without the ends, each before
// those that it leads to.
func (g *Graph) order() []Node {
	if g.root < ends {
		return nil
	}
	const (
		fresh = iota
		open
		done
	)
	state := make([]uint8, len(g.nodes))
	stack := []Node{g.root}
	order := make([]Node, 0, len(g.nodes))
	for len(stack) > 0 {
		id := stack[len(stack)-1]
		switch state[id] {
		case fresh:
			state[id] = open
			// What yes leads to is to follow right after.
			n := &g.nodes[id]
			for _, next := range [2]Node{n.yes, n.no} {
				if next >= ends && state[next] == fresh {
					stack = append(stack, next)
				}
			}
		case open:
			state[id] = done
			order = append(order, id)
			stack = stack[:len(stack)-1]
		default:
			stack = stack[:len(stack)-1]
		}
	}
	for i, j := 0, len(order)-1; i < j; i, j = i+1, j-1 {
		order[i], order[j] = order[j], order[i]
	}
	return order
}

// rebuild makes the graph anew from what the nodes have become, and leaves
// out what is not reached.
func (g *Graph) rebuild() {
	order := g.order()
	old := g.nodes
	became := make([]Node, len(old))
	became[Reject], became[Accept] = Reject, Accept
	if cap(g.spare) < len(order)+ends {
		g.spare = make([]node, ends, len(order)+ends)
	}
	g.nodes, g.spare = g.spare[:ends], old
	clear(g.byContent)
	for i := len(order) - 1; i >= 0; i-- {
		n := old[order[i]]
		n.yes, n.no = became[n.yes], became[n.no]
		became[order[i]] = g.put(n)
	}
	g.root = became[g.root]
}
