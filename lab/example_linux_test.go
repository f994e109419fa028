package lab_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/netip"
	"os"
	"time"

	"mcast"
	"mcast/lab"
)

// A receiver on one host, a sender on another one, and an Ethernet between them.
func ExampleStart() {
	at := func(address string) []lab.Interface {
		return []lab.Interface{{Name: "eth0", Segment: "lan", Addresses: []netip.Prefix{netip.MustParsePrefix(address)}}}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	l, err := lab.Start(ctx, &lab.Topology{
		Name:     "two",
		Segments: []lab.Segment{{Name: "lan"}},
		Hosts: []lab.Host{
			{Name: "alice", Interfaces: at("192.0.2.1/24")},
			{Name: "bob", Interfaces: at("192.0.2.2/24")},
		},
	})
	if err != nil {
		log.Fatal(err) // a test skips where errors.As finds a *lab.NotIsolatedError
	}
	defer l.Close()

	group, err := mcast.ParseGroup("239.1.1.1%eth0:5000")
	if err != nil {
		log.Fatal(err)
	}
	// What is opened on a host stays there.
	var r *mcast.Receiver
	err = l.Host("bob").Do(func() (err error) {
		r, err = mcast.NewReceiver([]mcast.Group{group}, mcast.ReceiverConfig{})
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	err = l.Host("alice").Do(func() error {
		s, err := mcast.NewSender([]mcast.Group{group}, mcast.SenderConfig{})
		if err != nil {
			return err
		}
		defer s.Close()
		return s.Send(ctx, []byte("hello"))
	})
	if err != nil {
		log.Fatal(err)
	}
	d, err := r.Receive(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s from %v\n", d.Payload, d.Source.Addr())
	// Output: hello from 192.0.2.1
}

// A topology from a file, with a program on each host, and what is expected of them.
func ExampleLab_Run() {
	t, err := lab.Parse("greeting.yaml", []byte(`
segments:
  lan: {kind: switch}
hosts:
  alice: {interfaces: {eth0: {segment: lan, address: 192.0.2.1/24}}}
  bob: {interfaces: {eth0: {segment: lan, address: 192.0.2.2/24}}}
steps:
  - {name: waits, on: bob, run: join 224.1.1.5, until: {joined: 224.1.1.5}}
  - {name: sends, on: alice, run: send 1}
expect:
  - {step: sends, exit: 0}
  - {step: waits, exit: 0}
  - {link: bob.eth0, filter: udp port 50001, frames: 1}
`))
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	l, err := lab.Start(ctx, t)
	if err != nil {
		log.Fatal(err)
	}
	defer l.Close()
	// Here the programs are this test itself; those on the PATH need no mention.
	self, err := os.Executable()
	if err != nil {
		log.Fatal(err)
	}
	result, err := l.Run(ctx, lab.RunConfig{
		Programs: map[string]string{"join": self, "send": self},
		Events: func(e *lab.Event) {
			if e.Kind == lab.Started {
				fmt.Println(e.Host, e.Command)
			}
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, v := range result.Verdicts {
		for _, f := range v.Findings {
			fmt.Println(f.Outcome, f.Want)
		}
	}
	// Output:
	// bob [join 224.1.1.5]
	// alice [send 1]
	// met it ends with status 0
	// met it ends with status 0
	// met one frame that "udp port 50001" keeps is seen
}

// What is wrong in a file is told with its line, and with what may have been meant.
func ExampleParse() {
	_, err := lab.Parse("hello.yaml", []byte("segments: {lan: {}}\nhosts:\n  alice: {interfaces: {eth0: {segmnt: lan}}}\n"))
	var wrong *lab.TopologyError
	if errors.As(err, &wrong) {
		for _, p := range wrong.Problems {
			fmt.Printf("%v\n%s\n%s\n", p, p.Show(), p.Hint())
		}
	}
	// Output:
	// hello.yaml:3:31: an interface has no key "segmnt"
	//   alice: {interfaces: {eth0: {segmnt: lan}}}
	//                               ^^^^^^
	// did you mean segment?
}
