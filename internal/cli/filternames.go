package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"

	"mcast"
)

// names looks names in expressions up, each once. What compiles expressions does
// no input or output; this command does it for it.
type names struct {
	ctx   context.Context
	hosts map[string]resolved
}

// resolved is what came of the name of a host.
type resolved struct {
	addrs []netip.Addr
	err   error
}

func newNames(ctx context.Context) *names { return &names{ctx, map[string]resolved{}} }

// lookupTime is how long the name of a host may take.
const lookupTime = 10 * time.Second

// host asks the system's resolver for the addresses of a host.
func (n *names) host(name string) ([]netip.Addr, error) {
	r, known := n.hosts[name]
	if !known {
		r.addrs, r.err = n.resolve(name)
		n.hosts[name] = r
	}
	return r.addrs, r.err
}

func (n *names) resolve(name string) ([]netip.Addr, error) {
	ctx, cancel := context.WithTimeout(n.ctx, lookupTime)
	defer cancel()
	list, err := net.DefaultResolver.LookupNetIP(ctx, "ip", name)
	if n.ctx.Err() != nil {
		return nil, n.ctx.Err() // the resolver has words of its own for it
	}
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return nil, errors.New(dns.Err) // the name is told already
	}
	for i := range list {
		list[i] = list[i].Unmap().WithZone("")
	}
	return list, err
}

// ethers is where names of Ethernet addresses are (ethers(5)).
const ethers = "/etc/ethers"

// ether looks the name of an Ethernet address up.
func (*names) ether(name string) ([6]byte, error) {
	f, err := os.Open(ethers)
	if err != nil {
		return [6]byte{}, fmt.Errorf("look it up in %s: %w", ethers, cause(err))
	}
	defer f.Close()
	return findEther(f, name)
}

// errNoEther says that a name is not in the file.
var errNoEther = errors.New("it is not in " + ethers)

// findEther looks for a name in a file with an address and a name on each line.
// Lines that have not are passed over, as the system does.
func findEther(r io.Reader, name string) ([6]byte, error) {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		text, _, _ := strings.Cut(lines.Text(), "#")
		words := strings.Fields(text)
		if len(words) < 2 || !strings.EqualFold(words[1], name) {
			continue
		}
		if a, ok := parseEther(words[0]); ok {
			return a, nil
		}
	}
	if err := lines.Err(); err != nil {
		return [6]byte{}, fmt.Errorf("read %s: %w", ethers, err)
	}
	return [6]byte{}, errNoEther
}

// parseEther reads an Ethernet address as ethers(5) has them, in which a byte may
// be one digit.
func parseEther(s string) (a [6]byte, ok bool) {
	parts := strings.Split(s, ":")
	if len(parts) != len(a) {
		return a, false
	}
	for i, p := range parts {
		b, err := strconv.ParseUint(p, 16, 8)
		if err != nil || len(p) > 2 {
			return a, false
		}
		a[i] = byte(b)
	}
	return a, true
}

// interfaceIndex finds the index of an interface by its name.
func (*names) interfaceIndex(name string) (uint32, error) {
	interfaces, err := mcast.Interfaces()
	if err != nil {
		return 0, err
	}
	for _, i := range interfaces {
		if i.Name == name {
			return uint32(i.Index), nil
		}
	}
	return 0, mcast.ErrNoInterface
}

// findInterface returns the interface of --interface.
func findInterface(selector string) (*mcast.Interface, error) {
	interfaces, err := mcast.Interfaces()
	if err != nil {
		return nil, err
	}
	if i := mcast.FindInterface(interfaces, selector); i != nil {
		return i, nil
	}
	e := &mcast.Error{Op: "compile a filter for live capture", Interface: selector, Err: mcast.ErrNoInterface}
	var list []string
	for _, i := range interfaces {
		list = append(list, i.Name)
	}
	e.Advice = "interfaces here: " + strings.Join(list, ", ")
	if selector == "any" || selector == mcast.AllInterfaces || selector == mcast.RouteInterface {
		e.Advice += "; for the frames of a file made by tcpdump -i any: -y LINUX_SLL2 without -i"
	}
	return nil, e
}
