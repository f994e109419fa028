package json

import (
	"bytes"
	"net/netip"
	"testing"

	"mcast/internal/observe"
	"mcast/internal/view"
)

// What was observed of a host is printed as the schema says.
func TestReception(t *testing.T) {
	s, err := newSchema(LabSchema())
	if err != nil {
		t.Fatal(err)
	}
	r := &view.Reception{Lab: "exercise", Step: "receiver", Reception: &observe.Reception{
		Host: "h", Group: netip.MustParseAddrPort("224.1.1.5:50001"), Route: "eth0",
		Interfaces: []observe.Interface{
			{Name: "eth0", Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.1/24")}, Joined: true, Reports: []string{"joins"}},
			{Name: "eth1"},
		},
	}}
	for _, want := range []string{
		`{"type":"reception","lab":"exercise","step":"receiver","host":"h","group":"224.1.1.5","port":50001,"received":false,"route":"eth0","interfaces":[` +
			`{"interface":"eth0","addresses":["192.0.2.1/24"],"joined":true,"reports":["joins"],"datagrams":[]},` +
			`{"interface":"eth1","addresses":[],"joined":false,"reports":[],"datagrams":[]}],` +
			`"explanation":"does_not_arrive","words":["Nothing that is sent to 224.1.1.5 port 50001 arrives at h, by any interface."]}` + "\n",
		`{"type":"reception","lab":"exercise","step":"receiver","host":"h","group":"224.1.1.5","port":50001,"received":false,"route":null,"interfaces":[],` +
			`"explanation":"does_not_arrive","words":["Nothing that is sent to 224.1.1.5 port 50001 arrives at h, by any interface."]}` + "\n",
	} {
		var b bytes.Buffer
		if err := New(&b).Reception(r); err != nil || b.String() != want {
			t.Errorf("%v, printed %swant    %s", err, b.String(), want)
		}
		if err := s.validate(bytes.TrimSpace(b.Bytes())); err != nil {
			t.Errorf("%v\n%s", err, b.String())
		}
		r.Route, r.Interfaces = "", nil
	}
}
