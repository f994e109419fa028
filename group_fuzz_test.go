package mcast

import (
	"errors"
	"reflect"
	"testing"
)

// FuzzParseGroup holds ParseGroup to its promises: it never panics, what it returns is valid and survives String,
// and what it refuses it refuses in one printable line with a hint that is right.
func FuzzParseGroup(f *testing.F) {
	if len(goodGroups) == 0 || len(badGroups) == 0 {
		f.Fatal("there are no seeds")
	}
	for _, tt := range goodGroups {
		f.Add(tt.text)
	}
	for _, tt := range badGroups {
		f.Add(tt.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		g, err := ParseGroup(text)
		if err != nil {
			ge, ok := errors.AsType[*GroupError](err)
			if !ok {
				t.Fatalf("ParseGroup(%q): %T, want a *GroupError", text, err)
			}
			checkGroupError(t, text, ge)
			return
		}
		if err := g.Validate(); err != nil {
			t.Errorf("ParseGroup(%q) is not valid: %v", text, err)
		}
		canonical := g.String()
		again, err := ParseGroup(canonical)
		if err != nil || !reflect.DeepEqual(again, g) {
			t.Errorf("ParseGroup(%q) = %+v, but of its text %q: %+v, %v", text, g, canonical, again, err)
		}
		if s := again.String(); s != canonical {
			t.Errorf("ParseGroup(%q): the text %q becomes %q", text, canonical, s)
		}
		n := 0
		for a := range g.Addrs() {
			if !g.Contains(a) || !a.IsMulticast() {
				t.Fatalf("%s: the address %s is not in the group", canonical, a)
			}
			if n++; n == 1000 {
				break
			}
		}
		if n != min(g.Len(), 1000) {
			t.Errorf("%s: %d addresses, Len %d", canonical, n, g.Len())
		}
		if ge, ok := errors.AsType[*GroupError](g.RequirePort()); ok == (g.Port != 0) {
			t.Errorf("%s: RequirePort says %v", canonical, ge)
		} else if ok {
			checkGroupError(t, canonical, ge)
		}
	})
}
