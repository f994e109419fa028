package wire

import "testing"

// Everything that a program sees has a name, and no two kinds of field share one in
// a protocol: JSON and its schema have one place for each.
func TestNames(t *testing.T) {
	protocols := map[string]bool{}
	for _, p := range Protocols() {
		if name := p.String(); name == "" || protocols[name] {
			t.Errorf("protocol %d is called %q", p, name)
		}
		protocols[p.String()] = true
		checkInfos(t, p.String(), p.FieldInfos())
	}
	for _, k := range FaultKinds() {
		if k.String() == "" {
			t.Errorf("kind of fault %d has no name", k)
		}
	}
}

func checkInfos(t *testing.T, of string, infos []FieldInfo) {
	kinds := map[string]Kind{}
	for _, f := range infos {
		if kind, known := kinds[f.Name]; f.Name == "" || known && kind != f.Kind {
			t.Errorf("%s: field %q of kinds %d and %d", of, f.Name, kind, f.Kind)
		}
		kinds[f.Name] = f.Kind
		checkInfos(t, of+"."+f.Name, f.Records)
	}
}
