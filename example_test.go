package mcast_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"mcast"
)

// The examples use the loopback interface, so that they work everywhere:
// %127.0.0.1 names the interface that owns this address. Without it the receiver
// listens on all interfaces, and the sender takes the one of the routing table.

// A receiver and a sender in one program.
func Example() {
	group, err := mcast.ParseGroup("239.1.1.1%127.0.0.1:5000")
	if err != nil {
		log.Fatal(err)
	}
	r, err := mcast.NewReceiver([]mcast.Group{group}, mcast.ReceiverConfig{})
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	s, err := mcast.NewSender([]mcast.Group{group}, mcast.SenderConfig{})
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()

	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := s.Send(ctx, []byte("Hello, World!")); err != nil {
		log.Fatal(err)
	}
	d, err := r.Receive(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s from %v to %v\n", d.Payload, d.Source.Addr(), d.Group)
	// Output: Hello, World! from 127.0.0.1 to 239.1.1.1:5000
}

func ExampleParseGroup() {
	for _, text := range []string{"239.1.1.1:5000", "192.0.2.9@232.1.1.1%eth0:5000", "[ff15::1]+10:5000", "10.1.1.1:5000"} {
		g, err := mcast.ParseGroup(text)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Printf("%v: %d from %v, port %d, sources %v, interface %q\n", g, g.Len(), g.Addr, g.Port, g.Sources, g.Interface)
	}
	// Output:
	// 239.1.1.1:5000: 1 from 239.1.1.1, port 5000, sources [], interface ""
	// 192.0.2.9@232.1.1.1%eth0:5000: 1 from 232.1.1.1, port 5000, sources [192.0.2.9], interface "eth0"
	// [ff15::1]+10:5000: 10 from ff15::1, port 5000, sources [], interface ""
	// group "10.1.1.1:5000": 10.1.1.1 is not a multicast address
}

// A receiver that runs until it is interrupted.
func ExampleNewReceiver() {
	group, err := mcast.ParseGroup("239.1.1.1:5000")
	if err != nil {
		log.Fatal(err)
	}
	r, err := mcast.NewReceiver([]mcast.Group{group}, mcast.ReceiverConfig{
		Interfaces: []string{"eth0", "192.0.2.7"},
		Notify: func(e mcast.Event) {
			if e.Kind == mcast.Lost {
				log.Printf("%s is gone", e.Interface)
			}
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	for {
		d, err := r.Receive(context.Background())
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%v %d bytes from %v by %s\n", d.Time, len(d.Payload), d.Source, d.Interface)
	}
}

// Two groups on one socket's port, of which the receiver leaves one.
func ExampleReceiver_Leave() {
	groups, err := mcast.ParseGroup("239.1.1.1+2%127.0.0.1:5000")
	if err != nil {
		log.Fatal(err)
	}
	r, err := mcast.NewReceiver([]mcast.Group{groups}, mcast.ReceiverConfig{})
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	first := groups
	first.Count = 1
	if err := r.Leave(first); err != nil {
		log.Fatal(err)
	}
	for _, m := range r.Memberships() {
		fmt.Println(m.Group)
	}
	// Output: 239.1.1.2:5000
}

// Two copies of each datagram, to a group that routers pass on, with a mark for
// the queues on the way.
func ExampleNewSender() {
	group, err := mcast.ParseGroup("239.1.1.1:5000")
	if err != nil {
		log.Fatal(err)
	}
	s, err := mcast.NewSender([]mcast.Group{group}, mcast.SenderConfig{
		Interfaces: []string{"eth0", "eth1"},
		HopLimit:   16,
		DSCP:       34, // AF41
	})
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	if err := s.Send(context.Background(), []byte("hello")); err != nil {
		log.Fatal(err)
	}
}

// Many datagrams at once, at a pace, and received in batches.
func ExampleSender_WriteBatch() {
	group, err := mcast.ParseGroup("239.1.1.1%127.0.0.1:5000")
	if err != nil {
		log.Fatal(err)
	}
	groups := []mcast.Group{group}
	r, err := mcast.NewReceiver(groups, mcast.ReceiverConfig{})
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	s, err := mcast.NewSender(groups, mcast.SenderConfig{Rate: 10_000})
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()

	var datagrams [][]byte
	for i := range 100 {
		datagrams = append(datagrams, fmt.Appendf(nil, "number %d", i))
	}
	if _, err := s.WriteBatch(context.Background(), 0, datagrams); err != nil {
		log.Fatal(err)
	}

	count := 0
	messages := mcast.NewMessages(16)
	if err := r.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		log.Fatal(err)
	}
	for count < len(datagrams) {
		n, err := r.ReadBatch(messages)
		if err != nil {
			log.Fatal(err)
		}
		for i := range messages[:n] {
			for payload := range messages[i].Datagrams() {
				if count == 0 || count == len(datagrams)-1 {
					fmt.Printf("%s\n", payload)
				}
				count++
			}
		}
	}
	// Output:
	// number 0
	// number 99
}
