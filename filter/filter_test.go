package filter

import (
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/bpf"
)

func (p *Program) text() string {
	var b strings.Builder
	for i, in := range p.instructions {
		fmt.Fprintf(&b, "(%03d) %v\n", i, in.Disassemble())
	}
	return b.String()
}

func equal(p, q *Program) bool { return slices.Equal(p.instructions, q.instructions) }

// expressions are the sample of the language that the interop tests compare with
// libpcap, each with what it does to the frame of TestCompile, and some more.
var expressions = []string{
	"", "udp", "ip", "ip6", "arp", "igmp", "pim", "icmp6", "udp port 50001", "port 50001", "dst net 224.0.0.0/4",
	"dst net 224.0.0.0 mask 240.0.0.0", "net 239", "host 192.168.56.3", "src 192.168.56.3 and dst 239.1.2.3",
	"dst host ff15::1234", "dst net ff00::/8", "ip multicast", "ip6 multicast", "ether multicast", "broadcast",
	"ether host 02:00:00:00:00:01", "ether proto 0x0806", "ether proto \\arp", "vlan", "vlan 10 and udp", "udp or (vlan and udp)",
	"not (tcp or arp)", "(udp port 50001 or udp port 5353) and host 192.168.56.3", "udp portrange 5000-6000", "ip proto \\udp",
	"greater 100", "len <= 100", "ip[16] & 0xf0 = 0xe0", "udp[2:2] = 50001", "icmp[icmptype] = icmp-echo",
	"tcp[tcpflags] & tcp-syn != 0", "ip[6:2] & 0x1fff != 0", "udp port mdns", "udp port 50001 or 5353", "src or dst port 50001",
	"mpls 5 and mpls and ip", "pppoes 7 and ip6", "geneve and udp", "protochain 17", "decnet host 1.2", "llc s", "iso", "l1", "ipx",
	"group 239.1.1.1", "mld", "rtp", "byte 14 & 0x40", "ip broadcast",
}

func TestCompile(t *testing.T) {
	frame := udpFrame("239.1.1.1", 5000, []byte("Hello, World!"))
	tests := []struct {
		expression string
		want       bool
	}{
		{"", true},
		{"udp dst port 5000", true},
		{"udp src port 5000", false},
		{"udp port 5000 or 6000", true},
		{"udp port 6000 or 5000", true},
		{"port 5000 and not tcp", true},
		{"portrange 4000-5000", true},
		{"dst net 239.0.0.0/8", true},
		{"net 239", true},
		{"src net 239", false},
		{"host 192.168.56.103", true},
		{"src host 192.168.56.103 and dst host 239.1.1.1", true},
		{"src and dst host 239.1.1.1", false},
		{"ether multicast and ip multicast", true},
		{"broadcast", false},
		{"ether src 02:00:00:00:00:01", true},
		{"ether dst 02:00:00:00:00:01", false},
		{"udp[8:4] = 0x48656c6c", true},
		{"ip[8] = 1", true},
		{"ip[ip[8] + 7] = 1", true},
		{"len = 55", true},
		{"less 55 and greater 55", true},
		{"less 54", false},
		{"ip[2:2] - ((ip[0] & 0xf) << 2) = 21", true},
		{"vlan or ip", false}, // ip looks behind the tag
		{"ip or vlan", true},
		{"not not udp", true},
		{"udp or tcp and arp", false}, // (udp or tcp) and arp
		{"byte 14 = 0x45", true},
		{"byte 14 & 0x40", true},
		{"byte 14 & 0x20", false},
	}
	for _, tt := range tests {
		p, err := Compile(tt.expression, Options{})
		if err != nil {
			t.Errorf("%s: %v", tt.expression, err)
			continue
		}
		if got := p.Match(frame, len(frame)); got != tt.want {
			t.Errorf("%s: %t, want %t", tt.expression, got, tt.want)
		}
		machine, err := bpf.NewVM(disassemble(p))
		if err != nil {
			t.Errorf("%s: x/net/bpf: %v", tt.expression, err)
			continue
		}
		if strings.Contains(tt.expression, "le") {
			continue // that machine has no length of its own
		}
		if n, err := machine.Run(frame); err != nil || (n != 0) != tt.want {
			t.Errorf("%s: x/net/bpf's machine returns %d, %v", tt.expression, n, err)
		}
	}
	for _, e := range expressions {
		if _, err := Compile(e, Options{}); err != nil {
			t.Errorf("%s: %v", e, err)
		}
	}
}

func disassemble(p *Program) []bpf.Instruction {
	list, _ := bpf.Disassemble(p.Instructions())
	return list
}

// wrong are expressions that do not compile, with what is wrong with them.
var wrong = []struct {
	expression, at, problem, hint string
}{
	{"udp and", "", `after "and" a condition is missing`, ""},
	{"(udp", "(", "never closed", ")"},
	{"udp)", ")", "never opened", ""},
	{"port 99999", "", "65535", ""},
	{"udp prot 5", "prot", "", "port"},
	{"vlan 5000", "", "4095", ""},
	{"mpls and vlan", "vlan", "MPLS", "before mpls"},
	{"mpls and arp", "arp", "MPLS label", ""},
	{"inbound", "inbound", "direction", "live"},
	{"ifindex 3", "ifindex 3", "interface", "live"},
}

func TestErrors(t *testing.T) {
	for _, tt := range wrong {
		_, err := Compile(tt.expression, Options{})
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s: error %v, want an *Error", tt.expression, err)
			continue
		}
		if at := e.Expression[e.Start:e.End]; tt.at != "" && at != tt.at || !strings.Contains(e.Problem, tt.problem) || !strings.Contains(e.Hint(), tt.hint) {
			t.Errorf("%s: %q is wrong: %s, hint %q; want %q: %s, hint %q", tt.expression, at, e.Problem, e.Hint(), tt.at, tt.problem, tt.hint)
		}
	}
	links := []struct {
		link       LinkType
		expression string
	}{
		{Raw, "vlan"}, {Raw, "ether host 02:00:00:00:00:01"}, {Raw, "multicast"}, {LinuxSLL, "broadcast"}, {Loop, "mpls"},
		{IPv4, "llc"}, {Null, "inbound"}, {LinuxSLL2, "ifname eth0"},
	}
	for _, tt := range links {
		o := anything
		o.LinkType = tt.link
		var e *Error
		if _, err := Compile(tt.expression, o); !errors.As(err, &e) {
			t.Errorf("%s for %v: error %v, want an *Error", tt.expression, tt.link, err)
		}
	}
}

func TestShow(t *testing.T) {
	tests := []struct {
		e    Error
		want string
	}{
		{Error{Expression: "udp prot 5", Start: 4, End: 8}, "udp prot 5\n    ^^^^"},
		{Error{Expression: "udp and", Start: 7, End: 7}, "udp and\n       ^"},
		{Error{Expression: "udp\tünd\x1b[31m", Start: 4, End: 8}, "udp ?nd?[31m\n    ^^^"},
		{Error{}, "\n^"},
	}
	for _, tt := range tests {
		if got := tt.e.Show(); got != tt.want {
			t.Errorf("%q shows\n%s\nwant\n%s", tt.e.Expression, got, tt.want)
		}
	}
	long := strings.Repeat("udp or ", 100)
	for at := 0; at < len(long); at += 7 {
		e := Error{Expression: long, Start: at, End: at + 3}
		lines := strings.Split(e.Show(), "\n")
		from := strings.Index(lines[1], "^")
		if len(lines[0]) > showWidth || lines[0][from:len(lines[1])] != "udp" {
			t.Fatalf("at %d:\n%s", at, e.Show())
		}
	}
}

func TestOptions(t *testing.T) {
	frame := udpFrame("10.1.2.255", 5000, nil)
	broadcast := func(mask string) bool {
		o := Options{}
		if mask != "" {
			o.Netmask = netip.MustParseAddr(mask)
		}
		p, err := Compile("ip broadcast", o)
		if err != nil {
			t.Fatal(err)
		}
		return p.Match(frame, len(frame))
	}
	if !broadcast("255.255.255.0") || broadcast("255.255.0.0") || broadcast("") {
		t.Error("ip broadcast does not go by the network mask")
	}
	if _, err := Compile("udp", Options{Netmask: netip.MustParseAddr("::1")}); err == nil {
		t.Error("an IPv6 network mask is taken")
	}

	p, err := Compile("udp", Options{SnapLen: 96})
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Instructions()[len(p.Instructions())-2].K; got != 96 {
		t.Errorf("the program keeps %d bytes, want 96", got)
	}

	if _, err := Compile("host a.example", Options{}); err == nil {
		t.Error("a host's name is taken without Resolve")
	}
	unknown := errors.New("no such host")
	if _, err := Compile("host a.example", Options{Resolve: func(string) ([]netip.Addr, error) { return nil, unknown }}); !errors.Is(err, unknown) {
		t.Errorf("error %v, want that of Resolve", err)
	}
	p, err = Compile("host a.example", Options{Resolve: func(string) ([]netip.Addr, error) {
		return []netip.Addr{netip.MustParseAddr("10.9.9.9"), netip.MustParseAddr("10.1.2.255")}, nil
	}})
	if err != nil || !p.Match(frame, len(frame)) {
		t.Errorf("the second address of a name is not found: %v", err)
	}
	for _, word := range []string{"group 239.1.1.1", "mld", "rtp", "ifname eth0"} {
		o := anything
		o.Live = true
		if _, err := Compile(word, o); err != nil {
			t.Errorf("%s: %v", word, err)
		}
		o.Strict = true
		if _, err := Compile(word, o); err == nil {
			t.Errorf("%s is taken with Strict", word)
		}
	}
}

func TestConstant(t *testing.T) {
	for expression, want := range map[string][2]bool{
		"ip and arp":       {false, true},
		"ip or not ip":     {true, true},
		"udp":              {false, false},
		"":                 {true, true},
		"1 = 2":            {false, true},
		"ip[0] > 255":      {false, true},
		"ether[0] = 300":   {false, true},
		"less 10 and udp":  {false, false},
		"tcp and udp":      {false, true},
		"ip6 and icmp":     {false, true},
		"len >= 0 or ip":   {true, true},
		"ether[1 << 31]=0": {false, true},
	} {
		p, err := Compile(expression, Options{})
		if err != nil {
			t.Errorf("%q: %v", expression, err)
			continue
		}
		keeps, constant := p.Constant()
		if keeps != want[0] || constant != want[1] {
			t.Errorf("%q: keeps %t, constant %t; want %t, %t", expression, keeps, constant, want[0], want[1])
		}
	}
}

// TestTooLong makes a program that the kernel would not take, and runs it.
func TestTooLong(t *testing.T) {
	var ports []string
	for port := 1; port < 12000; port += 3 {
		ports = append(ports, fmt.Sprint(port))
	}
	p, err := Compile("udp port "+strings.Join(ports, " or "), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var long *TooLongError
	if err := p.CheckKernel(); !errors.As(err, &long) || long.Instructions <= MaxInstructions || len(p.Instructions()) != long.Instructions || long.Hint() == "" {
		t.Fatalf("the kernel would take it: %v", err)
	}
	for port := uint16(1); port < 13000; port++ {
		frame := udpFrame("239.1.1.1", port, nil)
		if want := port < 12000 && port%3 == 1; p.Match(frame, len(frame)) != want {
			t.Fatalf("port %d is kept: %t", port, !want)
		}
	}
}

// TestLargest compiles what takes longest of expressions of 10 kB. How long
// that is depends on the machine, and is logged; the memory does not.
func TestLargest(t *testing.T) {
	const size = 10_000
	fill := func(begin, format, between, end string) string {
		var b strings.Builder
		b.WriteString(begin)
		for i := 0; b.Len() < size-40; i++ {
			if i > 0 {
				b.WriteString(between)
			}
			if strings.Contains(format, "%") {
				fmt.Fprintf(&b, format, i)
			} else {
				b.WriteString(format)
			}
		}
		return b.String() + end
	}
	nested := func(open, inner, end string) string {
		n := (size - len(inner)) / (len(open) + len(end))
		return strings.Repeat(open, n) + inner + strings.Repeat(end, n)
	}
	for name, expression := range map[string]string{
		"ports":       fill("port ", "%d", " or ", ""),
		"same port":   fill("port ", "5", " or ", ""),
		"not ports":   fill("", "not port %d", " and ", ""),
		"ranges":      fill("", "portrange %d-60000", " or ", ""),
		"hosts":       fill("host ", "0x%x", " or ", ""),
		"levels":      fill("", "l1", " or ", ""),
		"mixed":       fill("", "udp port %d or ip6", " and not ", ""),
		"chains":      fill("protochain ", "%d", " or ", ""),
		"tunnels":     fill("", "geneve", " or ", ""),
		"tags":        fill("", "vlan", " or ", ""),
		"labels":      fill("", "mpls", " and ", ""),
		"sessions":    fill("", "pppoes", " or ", ""),
		"groups":      fill("", "group ff15::%d", " or ", ""),
		"not groups":  fill("", "not group ff15::%d", " and ", ""),
		"lengths":     fill("", "less %d", " or ", ""),
		"media":       fill("", "rtp", " or ", ""),
		"apart":       fill("", "group ff15::%d and len > 5", " or not ", ""),
		"any of both": fill("", "group ff15::%d and rtp", " or ", ""),
		"sum":         fill("", "tcp[%d]", "+", " = 1"),
		"divisions":   fill("", "ip[0]", "/", " = 1"),
		"index":       nested("ip[", "0", "]") + " = 1",
		"parentheses": nested("(", "udp", ")"),
		"not":         strings.Repeat("!", size-10) + "udp",
		"minus":       strings.Repeat("- ", size/2-10) + "1 = 1",
		"balanced":    balanced(9) + " = 1",
		"garbage":     strings.Repeat("\x00\xff[", size/3),
		"one word":    strings.Repeat("a", size),
		"digits":      strings.Repeat("1", size),
		"colons":      strings.Repeat("a:", size/2),
		"dots":        strings.Repeat("1.", size/2),
		"names":       fill("host ", "h%d", " or ", ""),
	} {
		if len(expression) > size {
			expression = expression[:size]
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		p, err := Compile(expression, anything)
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		n := -1
		if p != nil {
			n = len(p.instructions)
		}
		text := fmt.Sprint(err)
		t.Logf("%-12s %5d bytes %8s %6d kB %6d instructions %.80q", name, len(expression), took.Round(100*time.Microsecond), (after.TotalAlloc-before.TotalAlloc)/1000, n, text)
		if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 50_000_000 {
			t.Errorf("%s: %d MB allocated", name, allocated/1_000_000)
		}
	}
}

// balanced returns a number that is a binary tree of that depth.
func balanced(depth int) string {
	if depth == 0 {
		return "tcp[1]"
	}
	return "(" + balanced(depth-1) + "-" + balanced(depth-1) + ")"
}
