package flow

import "mcast/filter/internal/classic"

// Variable is a number that a program keeps while it runs: where a header
// begins that is not always at the same place.
//
// In the order of a condition, a variable is assigned before it is read, and
// not assigned again after it was read: so all reads of it, on a program's path
// through one frame, see one number.
type Variable int32

type variableInfo struct {
	cell       uint8 // of the scratch memory
	hasDefault bool
	initial    uint32
}

// cellSet is a set of scratch cells, a bit each.
type cellSet uint16

// cells is how many scratch cells a program has.
const cells = classic.ScratchWords

// NewVariable returns a variable that is kept in a cell of the scratch
// memory. No path through the condition may read it without having assigned
// it. Two variables may share a cell if the first is not read any more once the
// second is assigned.
func (b *Builder) NewVariable(cell uint8) Variable {
	b.variables = append(b.variables, variableInfo{cell: cell})
	return Variable(len(b.variables) - 1)
}

// NewVariableOr returns a variable that is initial where the program's path led
// past its assignment. It has its cell for itself.
func (b *Builder) NewVariableOr(cell uint8, initial uint32) Variable {
	for _, v := range b.variables {
		if v.cell == cell {
			panic("flow: the cell of a variable with a default is in use")
		}
	}
	b.variables = append(b.variables, variableInfo{cell, true, initial})
	return Variable(len(b.variables) - 1)
}

// Variable returns a variable as a value.
func (b *Builder) Variable(v Variable) Value {
	return b.intern(value{kind: variable, k: uint32(v), x: None, y: None})
}

// unassigned returns, as a set of cells, the variables with a default that some
// path reads past their assignment.
func (g *Graph) unassigned(order []Node) cellSet {
	var needed cellSet
	missing := make([]cellSet, len(g.nodes)) // where a node begins
	missing[order[0]] = ^cellSet(0)
	for _, id := range order {
		n := &g.nodes[id]
		here := missing[id]
		g.b.addMissing(n.test.X, here, &needed)
		g.b.addMissing(n.test.Y, here, &needed)
		if n.variable != noVariable {
			here &^= 1 << g.b.variables[n.variable].cell
		} else if n.no >= ends {
			missing[n.no] |= here
		}
		if n.yes >= ends {
			missing[n.yes] |= here
		}
	}
	return needed
}

// addMissing adds to needed the variables with a default that v depends on and that
// are missing.
func (b *Builder) addMissing(v Value, missing cellSet, needed *cellSet) {
	if v == None || !b.known[v].usesVariable {
		return
	}
	content := &b.values[v]
	if content.kind == variable {
		if info := b.variables[content.k]; info.hasDefault {
			*needed |= missing & (1 << info.cell)
		}
		return
	}
	b.addMissing(content.x, missing, needed)
	b.addMissing(content.y, missing, needed)
}
