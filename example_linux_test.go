//go:build !mcast_portable

package mcast_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"mcast"
)

// Sources are added to a group one after the other, while it is received.
func ExampleReceiver_Join() {
	r, err := mcast.NewReceiver(nil, mcast.ReceiverConfig{})
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	for _, text := range []string{"192.0.2.9@232.1.1.1%lo:5000", "127.0.0.1@232.1.1.1%lo:5000"} {
		group, err := mcast.ParseGroup(text)
		if err != nil {
			log.Fatal(err)
		}
		if err := r.Join(group); err != nil {
			log.Fatal(err)
		}
	}

	group, err := mcast.ParseGroup("232.1.1.1%lo:5000")
	if err != nil {
		log.Fatal(err)
	}
	s, err := mcast.NewSender([]mcast.Group{group}, mcast.SenderConfig{})
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := s.Send(ctx, []byte("hello")); err != nil {
		log.Fatal(err)
	}
	d, err := r.Receive(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s from %v\n", d.Payload, d.Source.Addr())
	// Output: hello from 127.0.0.1
}

// An error says what to do about it.
func ExampleError_Hint() {
	group, err := mcast.ParseGroup("239.1.1.1%lo:5000")
	if err != nil {
		log.Fatal(err)
	}
	s, err := mcast.NewSender([]mcast.Group{group}, mcast.SenderConfig{})
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	err = s.Send(context.Background(), make([]byte, 100_000))
	fmt.Println(err)
	if e, ok := errors.AsType[*mcast.Error](err); ok {
		fmt.Println("hint:", e.Hint())
	}
	// Output:
	// send to 239.1.1.1:5000 on lo: a datagram of 100000 bytes is too long: message too long
	// hint: a datagram carries at most 65507 bytes; send less in each
}
