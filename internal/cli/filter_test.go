package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/netip"
	"strings"
	"testing"
	"testing/iotest"

	"mcast/filter"
)

func TestNetmask(t *testing.T) {
	for s, want := range map[string]string{
		"0": "0.0.0.0", "1": "128.0.0.0", "24": "255.255.255.0", "/20": "255.255.240.0", "32": "255.255.255.255",
		"255.255.255.128": "255.255.255.128", "255.0.255.0": "255.0.255.0",
	} {
		if got, err := parseNetmask(s); err != nil || got != netip.MustParseAddr(want) {
			t.Errorf("%s: %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "33", "-1", "255.255.255", "ffff::", "24/", "255.255.255.0/24"} {
		if got, err := parseNetmask(s); err == nil {
			t.Errorf("%q is %v", s, got)
		}
	}
}

func TestFindEther(t *testing.T) {
	const file = `# comment
8:0:20:1:2:a  short # comment
02:00:00:00:00:01	router router.example
bad:address nobody
02:00:00:00:00:02
02:00:00:00:00:03 router
`
	for name, want := range map[string][6]byte{"short": {8, 0, 0x20, 1, 2, 10}, "router": {2, 0, 0, 0, 0, 1}, "ROUTER": {2, 0, 0, 0, 0, 1}} {
		if got, err := findEther(strings.NewReader(file), name); err != nil || got != want {
			t.Errorf("%s: %x, %v", name, got, err)
		}
	}
	for _, name := range []string{"nobody", "router.example", "", "02:00:00:00:00:02"} {
		if got, err := findEther(strings.NewReader(file), name); !errors.Is(err, errNoEther) {
			t.Errorf("%s: %x, %v", name, got, err)
		}
	}
	broken := errors.New("broken")
	if _, err := findEther(iotest.ErrReader(broken), "x"); !errors.Is(err, broken) {
		t.Error(err)
	}
	for _, s := range []string{"", "1:2:3:4:5", "1:2:3:4:5:6:7", "1:2:3:4:5:006", "1:2:3:4:5:g", "1:2:3:4:5:", "01-02-03-04-05-06"} {
		if a, ok := parseEther(s); ok {
			t.Errorf("%q is %x", s, a)
		}
	}
}

func TestHostNames(t *testing.T) {
	// A context that is over, so that nobody is asked; what was asked before
	// is known.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	n := newNames(ctx)
	if _, err := n.host("mcast.invalid"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	want := []netip.Addr{netip.MustParseAddr("192.0.2.1")}
	n.hosts["known.example"] = resolved{addrs: want}
	if got, err := n.host("known.example"); err != nil || len(got) != 1 || got[0] != want[0] {
		t.Error(got, err)
	}
}

// TestExplainOnce explains an expression, for which each name is looked up once.
func TestExplainOnce(t *testing.T) {
	lookups := 0
	o := filterOptions{expression: "ip and arp and host a"}
	o.compile.Resolve = func(string) ([]netip.Addr, error) {
		lookups++
		return []netip.Addr{netip.MustParseAddr("10.0.0.1")}, nil
	}
	var out, warnings bytes.Buffer
	if err := explainFilter(&o, IO{Out: &out, Err: &warnings}); err != nil {
		t.Fatal(err)
	}
	if lookups != 1 {
		t.Errorf("the name is looked up %d times", lookups)
	}
	if !strings.Contains(out.String(), "a (10.0.0.1)") || !strings.Contains(warnings.String(), "keeps no frame") {
		t.Errorf("printed %q, warned %q", out.String(), warnings.String())
	}
}

// TestInterruptible reads through it what can be read without it, and does not wait
// longer than its context.
func TestInterruptible(t *testing.T) {
	text := strings.Repeat("0123456789abcdef", 20_000)
	broken := errors.New("broken")
	for name, from := range map[string]io.Reader{
		"whole": strings.NewReader(text), "half": iotest.HalfReader(strings.NewReader(text)), "with the end": iotest.DataErrReader(strings.NewReader(text)),
	} {
		p := newInterruptible(t.Context(), io.NopCloser(from))
		if got, err := io.ReadAll(p); err != nil || string(got) != text {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
		if n, err := p.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
			t.Errorf("%s: after the end %d, %v", name, n, err)
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}
	p := newInterruptible(t.Context(), io.NopCloser(io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(broken))))
	if got, err := io.ReadAll(p); !errors.Is(err, broken) || string(got) != "abc" {
		t.Errorf("%q, %v", got, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	p = newInterruptible(ctx, r)
	go func() { _, _ = w.Write([]byte("x")) }()
	if _, err := io.ReadFull(p, make([]byte, 1)); err != nil {
		t.Error(err)
	}
	cancel()
	if got, err := io.ReadAll(p); !errors.Is(err, context.Canceled) || len(got) > 0 {
		t.Errorf("%q, %v", got, err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

// What is documented of -y is what there is.
func TestLinkTypeNames(t *testing.T) {
	names := linkTypeNames()
	if len(names) < 8 {
		t.Errorf("only %v", names)
	}
	for _, n := range names {
		if l, ok := filter.LinkTypeNamed(n); !ok || l.String() != n {
			t.Errorf("%s: %v", n, l)
		}
	}
}
