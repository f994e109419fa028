package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"mcast"
)

const demoPort = 50001

var demoReceivers = []struct{ name, group string }{
	{"flatbush", "224.1.1.5"},
	{"bushwick", "224.1.1.5"},
	{"eastny", "234.3.2.1"},
}

const loopbackPicture = `
             midwood sends "Hello, World!" to 224.1.1.5:50001
                 |
  ---------------+---------------------------------------- %s
                 |                 |                 |
             flatbush          bushwick           eastny
             224.1.1.5         224.1.1.5         234.3.2.1

`

// demoPatience is how long the demonstration waits before it calls a receiver
// one that still waits.
const demoPatience = 500 * time.Millisecond

// demoOnLoopback is the demonstration without a lab: its hosts are goroutines.
func demoOnLoopback(ctx context.Context, out io.Writer) error {
	lo, err := loopback()
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(out, loopbackPicture, lo); err != nil {
		return err
	}
	var mu sync.Mutex // of out
	say := func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		_, _ = fmt.Fprintf(out, format+"\n", args...)
	}
	waiting, cancel := context.WithCancel(ctx)
	defer cancel()
	results := make(chan error, len(demoReceivers))
	var heard sync.WaitGroup
	for _, host := range demoReceivers {
		g, err := mcast.ParseGroup(fmt.Sprintf("%s:%d", host.group, demoPort))
		if err != nil {
			return err
		}
		r, err := mcast.NewReceiver([]mcast.Group{g}, mcast.ReceiverConfig{Interfaces: []string{lo}})
		if err != nil {
			return err
		}
		defer r.Close()
		say("%-8s joins %s", host.name, host.group)
		concerned := host.group == demoReceivers[0].group
		if concerned {
			heard.Add(1)
		}
		go func() {
			d, err := r.Receive(waiting)
			switch {
			case err == nil && concerned:
				say("%-8s prints: %s", host.name, d.Payload)
			case err == nil:
				err = fmt.Errorf("%s heard %v, which it did not join", host.name, d.Group)
			case errors.Is(err, context.Canceled) && !concerned && ctx.Err() == nil:
				err = nil
				say("%-8s still waits, as it should: nothing was sent to %s", host.name, host.group)
			}
			if concerned {
				heard.Done()
			}
			results <- err
		}()
	}
	to, err := mcast.ParseGroup(fmt.Sprintf("%s:%d", demoReceivers[0].group, demoPort))
	if err != nil {
		return err
	}
	s, err := mcast.NewSender([]mcast.Group{to}, mcast.SenderConfig{Interfaces: []string{lo}})
	if err != nil {
		return err
	}
	defer s.Close()
	say("%-8s sends  %q to %s", "midwood", "Hello, World!", demoReceivers[0].group)
	if err := s.Send(ctx, []byte("Hello, World!")); err != nil {
		return err
	}
	late := time.AfterFunc(5*time.Second, cancel)
	heard.Wait()
	late.Stop()
	select {
	case <-time.After(demoPatience):
	case <-ctx.Done():
	}
	cancel()
	for range demoReceivers {
		if err := <-results; err != nil {
			if errors.Is(err, context.Canceled) && ctx.Err() == nil {
				err = &missingError{"a receiver did not hear its datagram within 5 s", "does a firewall on this host drop multicast on " + lo + "?"}
			}
			return err
		}
	}
	return ctx.Err()
}

// loopback returns the name of the loopback interface.
func loopback() (string, error) {
	interfaces, err := mcast.Interfaces()
	if err != nil {
		return "", err
	}
	for _, i := range interfaces {
		if i.Flags&net.FlagLoopback == 0 {
			continue
		}
		if i.Flags&net.FlagUp == 0 {
			return "", &hinted{fmt.Errorf("the loopback interface %s is down", i.Name), "bring it up: ip link set " + i.Name + " up"}
		}
		return i.Name, nil
	}
	return "", errors.New("this host has no loopback interface")
}
