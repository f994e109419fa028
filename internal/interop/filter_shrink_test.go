//go:build interop && linux

package interop

import "slices"

// shrink makes a tree smaller while it still fails.
func shrink(x *tree, fails func(*tree) bool) *tree {
	for budget := 400; budget > 0; {
		smaller := false
		for _, y := range simpler(x) {
			if budget--; budget < 0 {
				break
			}
			if fails(y) {
				x, smaller = y, true
				break
			}
		}
		if !smaller {
			break
		}
	}
	return x
}

// simpler returns trees that are one step simpler, the boldest steps first.
func simpler(x *tree) []*tree {
	var all []*tree
	switch x.kind {
	case conjunction, disjunction, negation:
		all = append(all, x.kids...)
		if len(x.kids) > 2 {
			for i := range x.kids {
				all = append(all, x.with(slices.Delete(slices.Clone(x.kids), i, i+1)...))
			}
		}
	case sequence:
		for i := range x.kids {
			all = append(all, x.with(slices.Delete(slices.Clone(x.kids), i, i+1)...))
		}
	case relation:
		for i, k := range x.kids {
			if k.kind != constant {
				all = append(all, x.with(replaced(x.kids, i, &tree{kind: constant, text: "1"})...))
			}
		}
	case load, operation, negative:
		for _, k := range x.kids {
			if x.kind != load {
				all = append(all, k)
			}
		}
		if x.kind == load && x.size != "" {
			y := *x
			y.size = ""
			all = append(all, &y)
		}
		all = append(all, &tree{kind: constant, text: "1"})
	case constant:
		for _, text := range []string{"0", "1"} {
			if x.text != "0" && x.text != text {
				all = append(all, &tree{kind: constant, text: text})
			}
		}
	}
	if x.style != 0 {
		y := *x
		y.style = 0
		all = append(all, &y)
	}
	for i, k := range x.kids {
		for _, s := range simpler(k) {
			all = append(all, x.with(replaced(x.kids, i, s)...))
		}
	}
	return all
}

// with returns the same of other parts.
func (x *tree) with(kids ...*tree) *tree {
	y := *x
	y.kids = kids
	return &y
}

func replaced(kids []*tree, i int, k *tree) []*tree {
	kids = slices.Clone(kids)
	kids[i] = k
	return kids
}
