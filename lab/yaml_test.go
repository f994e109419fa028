package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/jsonschema-go/jsonschema"
	"go.yaml.in/yaml/v4"
)

// everything has each key of the format.
const everything = `
name: everything
description: each key once
x-nic: &nic {segment: lan, mtu: 9000}
segments:
  lan:
    kind: switch
    snooping: true
    querier: {version: 3, interval: 5s, response_interval: 500 ms, last_member_interval: 1s}
    flood: false
    fast_leave: true
    static: [{group: 239.1.1.1, port: a.eth0}]
    isolated: [a.eth0, b.eth0]
  core: {kind: hub}
  plain:
hosts:
  a:
    interfaces:
      eth0:
        <<: *nic
        address: 10.0.0.1/24
        mac: 02:00:00:00:00:01
        mtu: 1400
        impair: {loss: 10%, duplicate: 0.01, reorder: 2.5 %, delay: 1m, jitter: 1m 0s, rate: 1.5 Mbit/s, queue: 20ms, seed: 18446744073709551615}
        impair_from: {rate: 500kbps}
    gateway: 10.0.0.254
    sysctls: {net.ipv4.conf.all.rp_filter: 0, net.ipv4.igmp_max_memberships: "50"}
  b:
    interfaces: {eth0: {addresses: [10.0.0.2/24, fd00::2/64], <<: *nic}}
    routes:
      - {to: default, via: fe80::1, interface: eth0}
      - {to: 224.0.0.0/4, interface: eth0}
      - {to: default, via: 10.0.0.254}
  r:
    interfaces: {up: {segment: core, address: 10.9.0.1/24}, down: {segment: lan, address: 10.0.0.254/24}, off: {segment: plain}}
    router:
      multicast:
        - {source: 10.9.0.2, group: 239.1.1.1, in: up, out: [down, {interface: off, threshold: 16}]}
        - {group: ff15::1, in: up, out: down}
      proxy: {upstream: up, downstream: [down], querier: {version: 2}}
  src: {interfaces: {eth0: {segment: core, address: 10.9.0.2/24}}, router: false}
  fwd: {router: true}
steps:
  - name: r
    on: a
    run: mcastrecv 10.0.0.1 239.1.1.1 "500""01" 'it is' a\ b "\"" ''
    env: {A: 1, B: x y}
    dir: /tmp
    stdin: "hello\n"
    until: {joined: 239.1.1.1}
    timeout: 2s
  - {on: src, run: [mcastsend, 10.9.0.2, 239.1.1.1, 50001, "Hello, World!"], until: started}
  - {on: src, run: echo, until: exit}
  - {on: src, run: cat, until: {line: ready}}
expect:
  - {step: r, stdout: "Hello, World!\n", stderr: "", line: Hello, exit: 0, within: 2s}
  - {step: step 2, running: true}
  - {link: a.eth0, filter: udp port 50001 and host a, frames: 0}
  - {link: b.eth0}
`

func of[T any](v T) *T { return &v }

func TestParse(t *testing.T) {
	addr, prefix := netip.MustParseAddr, netip.MustParsePrefix
	want := &Topology{
		Name:        "everything",
		Description: "each key once",
		Segments: []Segment{
			{
				Name: "lan", Kind: Switch, Snooping: true,
				Querier: &Querier{IGMP: 3, MLD: 2, Interval: 5 * time.Second, ResponseInterval: 500 * time.Millisecond, LastMemberInterval: time.Second},
				NoFlood: true, FastLeave: true,
				Static:   []StaticEntry{{addr("239.1.1.1"), "a.eth0"}},
				Isolated: []string{"a.eth0", "b.eth0"},
			},
			{Name: "core", Kind: Hub},
			{Name: "plain"},
		},
		Hosts: []Host{
			{
				Name: "a",
				Interfaces: []Interface{{
					Name: "eth0", Segment: "lan", Addresses: []netip.Prefix{prefix("10.0.0.1/24")}, MAC: net.HardwareAddr{2, 0, 0, 0, 0, 1}, MTU: 1400,
					Impair:     &Impairment{Loss: 0.1, Duplicate: 0.01, Reorder: 0.025, Delay: time.Minute, Jitter: time.Minute, Rate: 1500000, Queue: 20 * time.Millisecond, Seed: 1<<64 - 1},
					ImpairFrom: &Impairment{Rate: 500000},
				}},
				Gateway: addr("10.0.0.254"),
				Sysctls: map[string]string{"net.ipv4.conf.all.rp_filter": "0", "net.ipv4.igmp_max_memberships": "50"},
			},
			{
				Name:       "b",
				Interfaces: []Interface{{Name: "eth0", Segment: "lan", Addresses: []netip.Prefix{prefix("10.0.0.2/24"), prefix("fd00::2/64")}, MTU: 9000}},
				Routes: []Route{
					{To: prefix("::/0"), Via: addr("fe80::1"), Interface: "eth0"},
					{To: prefix("224.0.0.0/4"), Interface: "eth0"},
					{To: prefix("0.0.0.0/0"), Via: addr("10.0.0.254")},
				},
			},
			{
				Name: "r",
				Interfaces: []Interface{
					{Name: "up", Segment: "core", Addresses: []netip.Prefix{prefix("10.9.0.1/24")}},
					{Name: "down", Segment: "lan", Addresses: []netip.Prefix{prefix("10.0.0.254/24")}},
					{Name: "off", Segment: "plain"},
				},
				Router: &Router{
					Multicast: []MulticastRoute{
						{Source: addr("10.9.0.2"), Group: addr("239.1.1.1"), In: "up", Out: []Outlet{{Interface: "down"}, {Interface: "off", Threshold: 16}}},
						{Group: addr("ff15::1"), In: "up", Out: []Outlet{{Interface: "down"}}},
					},
					Proxy: &Proxy{Upstream: "up", Downstream: []string{"down"}, Querier: &Querier{IGMP: 2, MLD: 1}},
				},
			},
			{Name: "src", Interfaces: []Interface{{Name: "eth0", Segment: "core", Addresses: []netip.Prefix{prefix("10.9.0.2/24")}}}},
			{Name: "fwd", Router: &Router{}},
		},
		Steps: []Step{
			{
				Name: "r", On: "a", Run: []string{"mcastrecv", "10.0.0.1", "239.1.1.1", "50001", "it is", "a b", `"`, ""},
				Env: map[string]string{"A": "1", "B": "x y"}, Dir: "/tmp", Stdin: "hello\n", Until: Condition{Joined: addr("239.1.1.1")}, Timeout: 2 * time.Second,
			},
			{On: "src", Run: []string{"mcastsend", "10.9.0.2", "239.1.1.1", "50001", "Hello, World!"}, Until: Condition{Started: true}},
			{On: "src", Run: []string{"echo"}},
			{On: "src", Run: []string{"cat"}, Until: Condition{Line: "ready"}},
		},
		Expect: []Expectation{
			{Step: "r", Stdout: of("Hello, World!\n"), Stderr: of(""), Line: "Hello", Exit: of(0), Within: 2 * time.Second},
			{Step: "step 2", Running: true},
			{Link: "a.eth0", Filter: "udp port 50001 and host a", Frames: of(0)},
			{Link: "b.eth0"},
		},
	}
	got, err := Parse("x.yaml", []byte(everything))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		a, _ := json.MarshalIndent(got, "", " ")
		b, _ := json.MarshalIndent(want, "", " ")
		t.Errorf("Parse returned\n%s\nwant\n%s", a, b)
	}
}

// A file without a name gives its own.
func TestParseName(t *testing.T) {
	for file, want := range map[string]string{"dir/two-hosts.yaml": "two-hosts", "standard input": "", "-": ""} {
		got, err := Parse(file, []byte("segments:\nhosts: {a: }"))
		if err == nil || got != nil {
			t.Errorf("%s: segments may not be left out", file)
		}
		got, err = Parse(file, []byte("segments: {}\nhosts: {a: }"))
		if err != nil || got.Name != want {
			t.Errorf("%s: %+v, %v; want the name %q", file, got, err, want)
		}
	}
}

// broken are files with mistakes. A line of wants is "LINE:WORD: TEXT | HINT", where
// WORD is what the carets are under.
var broken = []struct{ name, text, want string }{
	{"empty", "", "0:: there is nothing in the file | expected a mapping for a topology"},
	{"comment", "# hello\n", "0:: there is nothing in the file | expected a mapping for a topology"},
	{"list", "- a", `1:-: expected a mapping for a topology, not a list | `},
	{"two documents", "segments: {}\nhosts: {a: }\n---\nx: 1", "3:-: a file has one document, and here is a second | write each into a file of its own"},
	{"tab", "segments:\n\tlan: {}\nhosts: {a: }", "2:\t: a tab is no indentation | indent with spaces"},
	{"unclosed", "segments: {lan: {}\nhosts: {a: }\n", "2:h: while parsing a flow mapping: did not find expected ',' or '}' | what began in line 1, column 11 is not closed, or a comma is missing"},
	{"indented less", "segments:\n  lan:\n    kind: hub\n   snooping: true\nhosts: {a: }", "4:s: the indentation of this line does not fit the lines before | indent it as the keys, or the items, that it belongs with"},
	{"behind a quote", "name: \"a\" b\n", "1:b: the value has ended, and here is more | a text that goes on behind a quote or a bracket is put in quotes as a whole"},
	{"indented too little", "segments: {}\nhosts:\n  a:\n    interfaces:\n    eth0: {segment: lan}\n", `4:: expected a mapping from names to interfaces, not an empty value | is what belongs to it indented further?
5:eth0: a host has no key "eth0" | the keys are interfaces, gateway, routes, sysctls, router`},
	{"no space", interfaceThat("address:10.0.0.1/24"), `2:address:10.0.0.1/24: an interface has no key "address:10.0.0.1/24" | a space comes after the colon: address: …`},
	{"colon", "name: a: b\n", "1::: a key cannot stand here | is the indentation right? has the line before its colon? a text with a colon in it is put in quotes"},
	{"percent", "name: %x\n", "1:%: a word of YAML does not begin like this | put the text in quotes"},
	{"no UTF-8", "name: a\xffb\n", "1:\xff: this is no text in UTF-8 | save the file as UTF-8"},
	{"UTF-16", "\xff\xfen\x00", "0:: the file is in UTF-16 | save it as UTF-8"},
	{"control", "name: a\x01b\n", "0:: "},
	{"unknown anchor", "name: *x\n", "1:*: "},
	{"tag", "name: !!binary aGVsbG8=\nsegments: {}\nhosts: {a: }", `1:aGVsbG8=: the tag "!!binary" is not known here | leave it out`},
	{"too long", strings.Repeat("#", MaxFile+1), "0:: the file is longer than 1 MiB | is it the right one?"},

	{"unknown key", "segments: {lan: {kindd: hub}}\nhosts: {a: }", `1:kindd: a segment has no key "kindd" | did you mean kind?`},
	{"habit", "networks: {lan: }\nhosts: {a: }", `1:networks: a topology has no key "networks" | did you mean segments?`},
	{"no such key", "segments: {lan: {colour: red}}\nhosts: {a: }", `1:colour: a segment has no key "colour" | the keys are kind, snooping, querier, flood, fast_leave, static, isolated`},
	{"missing key", "hosts: {a: }", `1:hosts: a topology needs a key "segments" | `},
	{"missing in list", "segments: {}\nhosts: {a: }\nsteps:\n  - on: a\n", `4:on: a step needs a key "run" | `},
	{"twice", "segments: {}\nhosts: {a: }\nname: x\nsegments: {}\n", `4:segments: "segments" is here a second time | the other one is in line 1`},
	{"two spellings", "segments: {s: }\nhosts: {a: {interfaces: {e: {segment: s, address: 10.0.0.1/8, addresses: 10.0.0.2/8}}}}", "2:addresses: address and addresses mean the same | a list has them all: leave one out"},
	{"list for a mapping", "segments: [lan]\nhosts: {a: }", "1:[: expected a mapping from names to segments, not a list | each is under its name: NAME: {…}"},
	{"text for a list", "segments: {}\nhosts: {a: }\nsteps: ping\n", `3:ping: expected a list of steps, not "ping" | `},
	{"mapping for a list", "segments: {}\nhosts: {a: }\nsteps: {on: a, run: x}\n", "3:{: expected a list of steps, not a mapping | each begins with - in a line of its own, or all are in brackets: [{…}, {…}]"},
	{"switched", "segments: {lan: {snooping: true, querier: on}}\nhosts: {a: }", `1:on: expected true, false or a mapping for a querier, not "on" | write true`},
	{"boolean", "segments: {lan: {snooping: yes}}\nhosts: {a: }", `1:yes: expected true or false, not "yes" | write true`},
	{"enumeration", "segments: {lan: {kind: swich}}\nhosts: {a: }", `1:swich: expected switch or hub, not "swich" | did you mean switch?`},
	{"time", "segments: {lan: {snooping: true, querier: {interval: 5}}}\nhosts: {a: }", `1:5: expected a time, such as 500ms or 5s, not "5" | a time has a unit: 5s, or 5ms`},
	{"share", interfaceThat("impair: {loss: 10}"), `2:10: expected a share, such as 10% or 0.1, not "10" | write 10%`},
	{"too large a share", interfaceThat("impair: {loss: 150%}"), `2:150%: expected a share, such as 10% or 0.1, not "150%" | a share is from 0 to 100%, or from 0 to 1`},
	{"share in words", interfaceThat("impair: {loss: 10 percent}"), `2:10 percent: expected a share, such as 10% or 0.1, not "10 percent" | write 10%`},
	{"no time", "segments: {lan: {snooping: true, querier: {interval: 0s}}}\nhosts: {a: }", `1:0s: expected a time, such as 500ms or 5s, not "0s" | leave it out for what is usual`},
	{"time in words", interfaceThat("impair: {delay: 5 seconds}"), `2:5 seconds: expected a time, such as 500ms or 5s, not "5 seconds" | write 5s`},
	{"unit of time", interfaceThat("impair: {delay: 5 min}"), `2:5 min: expected a time, such as 500ms or 5s, not "5 min" | the units are ns, us, ms, s, m and h`},
	{"unit of a rate", interfaceThat("impair: {rate: 10Mb}"), `2:10Mb: expected a rate, such as 10 Mbit, not "10Mb" | a rate has a unit: bit, kbit, Mbit or Gbit`},
	{"groups without length", "segments: {s: }\nhosts: {a: {routes: [{to: 224.0.0.0, interface: e}]}}", `2:224.0.0.0: expected a network, such as 192.0.2.0/24, or default, not "224.0.0.0" | write it with the length of its prefix, such as 224.0.0.0/4`},
	{"rate", interfaceThat("impair: {rate: 10M}"), `2:10M: expected a rate, such as 10 Mbit, not "10M" | a rate has a unit: bit, kbit, Mbit or Gbit`},
	{"prefix", interfaceThat("address: 192.0.2.1"), `2:192.0.2.1: expected an address with the length of its prefix, such as 192.0.2.1/24, not "192.0.2.1" | write it with the length of its prefix, such as 192.0.2.1/24`},
	{"quoted", interfaceThat(`address: "192.0.2.300/24"`), `2:"192.0.2.300/24": expected an address with the length of its prefix, such as 192.0.2.1/24, not "192.0.2.300/24" | `},
	{"MAC", interfaceThat("mac: 02-00"), `2:02-00: expected an Ethernet address, such as 02:00:00:00:00:01, not "02-00" | `},
	{"alias", "x-a: &a 5\nsegments: {lan: {kind: *a}}\nhosts: {a: }", `2:*a: expected switch or hub, not "5" | `},
	{"empty value", "segments: {}\nhosts: {a: }\nname:\n", "3:: expected a name, not an empty value | "},
	{"merged scalar", "segments: {s: {<<: hub}}\nhosts: {a: }", `1:hub: expected a mapping to merge, not "hub" | for example: <<: *name`},
	{"merged into itself", "segments: {s: &a {<<: *a}}\nhosts: {a: }", "1:*a: mappings are merged into one another more than 16 deep | "},
	{"key that is a list", "segments: {}\nhosts: {[a]: {}}", "2:[: expected a name, not a list | "},
	{"letters", "segments: {}\nhosts: {a: }\nname: \"\u00fc\\e[2J\"\nsteps: 5 # ü", `4:5: expected a list of steps, not "5" | `},

	{"shell", stepThat("run: ping -c 1 x > y"), "4:>: there is no shell for which > would mean something | quote it if it is an argument; if a shell is wanted, say so: [sh, -c, \"…\"]"},
	{"variable", stepThat(`run: echo "$HOME"`), "4:$: there is no shell that would put something in place of $ | write \\$ if it is meant as it is; if a shell is wanted, say so: [sh, -c, \"…\"]"},
	{"open quote", stepThat(`run: echo 'x`), "4:': this quote is not closed | "},
	{"script", stepThat("run: |\n      echo a\n      echo b"), "4:|: a program and its arguments are one line, and here are several | write > in place of | if they are one command; each command is a step of its own"},
	{"no program", stepThat("run: []"), "4:run: which program? | "},
	{"condition", stepThat("run: x\n    until: {started: true}"), `5:started: a condition has no key "started" | the keys are joined, line`},
	{"no condition", stepThat("run: x\n    until: {}"), "5:until: expected one of the keys joined, line | "},
	{"two conditions", stepThat("run: x\n    until: {joined: 239.1.1.1, line: x}"), "5:until: expected one of the keys joined, line | "},
	{"group with a port", stepThat("run: x\n    until: {joined: 239.1.1.1:5000}"), `5:239.1.1.1:5000: expected a group's address, not "239.1.1.1:5000" | write 239.1.1.1, without a port`},
	{"empty line", stepThat("run: x\n    until: {line: ''}"), "5:'': expected a text, not \"\" | "},
	{"condition in words", stepThat("run: x\n    until: finished"), `5:finished: expected started or exit, not "finished" | `},

	{"no such segment", "segments: {lan: }\nhosts: {a: {interfaces: {e: {segment: lam}}}}", `2:lam: there is no segment "lam" | did you mean lan?`},
	{"no such host", "segments: {}\nhosts: {flatbush: }\nsteps: [{on: flatbsh, run: x}]", `3:flatbsh: there is no host "flatbsh" | did you mean flatbush?`},
	{"in a list", interfaceThat("addresses: [10.0.0.1/24, 10.0.0.1/24]"), "2:10.0.0.1/24: 10.0.0.1 is this host's already, on e | "},
	{"flood", "segments: {lan: {flood: false}}\nhosts: {a: }", "1:false: flood means nothing to a switch without snooping | add snooping: true"},
	{"filter", interfaceThat("") + "\nexpect: [{link: a.e, filter: udp prot 53}]", `3:prot: filter: "prot" cannot come right after "udp" | did you mean "port"?`},
	{"quoted filter", interfaceThat("") + "\nexpect: [{link: a.e, filter: \"udp port 70000\"}]", "3:70000: filter: port numbers end at 65535 | "},
	{"escaped filter", interfaceThat("") + "\nexpect: [{link: a.e, filter: \"udp\\x20port 70000\"}]", `3:"udp\x20port 70000": filter: port numbers end at 65535 | `},
	{"end of a filter", interfaceThat("") + "\nexpect: [{link: a.e, filter: udp and}]", "3:}: "},
	{"sysctl", "segments: {}\nhosts: {a: {sysctls: {kernel.hostname.x: y}}}", `2:kernel.hostname.x: "kernel.hostname.x" is a setting of the machine, not of a host | hosts have settings of their own below net.`},
	{"name", "segments: {}\nhosts: {\"a\\e[2J\": }", "2:\"a\\e[2J\": \"a\\x1b[2J\" is no name for a host | a name is of the letters a to z and A to Z, digits, _ and -, and does not begin with -"},
	{"several", "segments: {lan: {kind: hubb, snooping: maybe}}\nhosts: {a: }\nsteps: [{on: a, run: x, timeout: 3}]",
		`1:hubb: expected switch or hub, not "hubb" | did you mean hub?
1:maybe: expected true or false, not "maybe" | 
3:3: expected a time, such as 500ms or 5s, not "3" | a time has a unit: 3s, or 3ms`},
}

// interfaceThat is a topology with something more in an interface, in its second line.
func interfaceThat(more string) string {
	return "segments: {s: }\nhosts: {a: {interfaces: {e: {segment: s, " + more + "}}}}"
}

// stepThat is a topology with a step that has something, in its fourth line.
func stepThat(has string) string {
	return "segments: {}\nhosts: {a: }\nsteps:\n  - " + has + "\n    on: a\n"
}

func TestParseErrors(t *testing.T) {
	for _, tt := range broken {
		t.Run(tt.name, func(t *testing.T) {
			topology, err := Parse("x.yaml", []byte(tt.text))
			wrong, ok := errors.AsType[*TopologyError](err)
			if !ok || topology != nil {
				t.Fatalf("Parse returned %v, %v", topology, err)
			}
			checkError(t, "x.yaml", tt.text, wrong)
			var got []string
			for _, p := range wrong.Problems {
				word := string([]rune(p.Source)[max(p.Column-1, 0):])
				word = string([]rune(word)[:min(p.Width, len([]rune(word)))])
				if strings.Contains(tt.text, "\xff") && p.Line > 0 {
					word = "\xff" // which is no rune
				}
				got = append(got, fmt.Sprintf("%d:%s: %s | %s", p.Line, word, p.Text, p.Advice))
			}
			if s := strings.Join(got, "\n"); s != tt.want && !(strings.HasSuffix(tt.want, ": ") && strings.HasPrefix(s, tt.want)) {
				t.Errorf("%s\ngives\n%s\nwant\n%s", tt.text, s, tt.want)
			}
		})
	}
}

// checkError holds errors of Parse to their promises.
func checkError(t *testing.T, file, text string, wrong *TopologyError) {
	t.Helper()
	if len(wrong.Problems) == 0 || wrong.Error() == "" {
		t.Fatalf("%q: an error without a problem", text)
	}
	printable := func(s string) bool {
		return !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
	}
	line := 0
	for _, p := range wrong.Problems {
		if !printable(p.Error()) || !printable(p.Hint()) || p.Text == "" {
			t.Errorf("%q: %q, hint %q", text, p.Error(), p.Hint())
		}
		for l := range strings.Lines(p.Show()) {
			if l = strings.TrimSuffix(l, "\n"); !printable(l) || len([]rune(l)) > showWidth {
				t.Errorf("%q: shown is %q", text, l)
			}
		}
		if p.Line < line {
			t.Errorf("%q: line %d comes after line %d", text, p.Line, line)
		}
		line = p.Line
		if p.Line > 0 {
			want := fmt.Sprintf("%s:%d:%d: ", file, p.Line, p.Column)
			if !strings.HasPrefix(p.Error(), want) || p.Column < 1 || p.Width < 1 || strings.Count(p.Show(), "\n") != 1 || !strings.Contains(p.Show(), "^") {
				t.Errorf("%q: %+v\n%s", text, p, p.Show())
			}
		}
	}
}

// What costs much is refused, or is done in no time.
func TestParseHostile(t *testing.T) {
	var bomb strings.Builder
	bomb.WriteString("x-a0: &a0 {segment: s}\n")
	for i := 1; i < 30; i++ {
		fmt.Fprintf(&bomb, "x-a%d: &a%d {<<: [*a%d, *a%d]}\n", i, i, i-1, i-1)
	}
	bomb.WriteString("segments: {s: }\nhosts: {a: {interfaces: {e: *a29}}}\n")

	var lists strings.Builder
	lists.WriteString("x-a: &a [" + strings.Repeat("x, ", 10000) + "x]\nsegments: {}\nhosts: {a: }\nsteps:\n")
	lists.WriteString(strings.Repeat("  - {on: a, run: *a}\n", 10000))

	many := func(format string, n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	for name, text := range map[string]string{
		"merges":           bomb.String(),
		"aliases":          lists.String(),
		"flow":             strings.Repeat("[", MaxFile),
		"flow mappings":    strings.Repeat("{a: ", MaxFile/4),
		"block":            strings.Repeat("- ", MaxFile/2),
		"block keys":       strings.Repeat("? ", MaxFile/2),
		"unknown keys":     many("k%d: 1\n", 60000),
		"unknown segments": "segments: {" + many("s%d: , ", 20000) + "}\nhosts: {" + many("h%d: {interfaces: {e: {segment: nosuch}}}, ", 15000) + "}",
		"wrong values":     "segments: {" + many("s%d: {kind: x}, ", 40000) + "}\nhosts: {a: }",
		"same address":     "segments: {s: }\nhosts: {" + many("h%d: {interfaces: {e: {segment: s, address: 10.0.0.1/8}}}, ", 15000) + "}",
		"long word":        "name: " + strings.Repeat("x", MaxFile-100),
		"long line":        strings.Repeat(" ", MaxFile-100) + "name: x",
		"many routes":      "segments: {s: }\nhosts: {a: {interfaces: {e: {segment: s, address: 10.0.0.1/8}}, routes: [" + many("{to: 10.1.%d.0/8, via: 1.1.1.1}, ", 20000) + "]}}",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse("x.yaml", []byte(text))
			wrong, ok := errors.AsType[*TopologyError](err)
			if !ok {
				t.Fatalf("Parse returned %v", err)
			}
			for _, p := range wrong.Problems {
				if len(p.Error())+len(p.Hint())+len(p.Show()) > 2000 {
					t.Errorf("a long message: %.200q…", p.Error())
				}
			}
			if n := len(wrong.Problems); n > 20 {
				t.Errorf("%d problems", n)
			}
			t.Log(wrong)
		})
	}
}

// Other line breaks of YAML do not move the place.
func TestLineBreaks(t *testing.T) {
	for _, br := range []string{"\n", "\r\n", "\r", "\u0085", "\u2028", "\u2029"} {
		text := "\ufeffname: x" + br + "segments: {} # ü" + br + "hosts: {a: {interfacs: 1}}" + br
		_, err := Parse("x.yaml", []byte(text))
		if want := `x.yaml:3:13: a host has no key "interfacs"`; err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// builtins are the files of the topologies that are built in.
func builtins(t testing.TB) map[string]string {
	t.Helper()
	files, err := filepath.Glob("builtin/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no topologies are built in: %v", err)
	}
	texts := map[string]string{}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		texts[f] = string(text)
	}
	return texts
}

func TestBuiltin(t *testing.T) {
	files := builtins(t)
	if len(Builtin()) != len(files) {
		t.Errorf("Builtin returns %q", Builtin())
	}
	for _, name := range Builtin() {
		text, ok := ReadBuiltin(name)
		if !ok || string(text) != files["builtin/"+name+".yaml"] {
			t.Errorf("ReadBuiltin(%q) is not the file", name)
		}
		topology, err := Parse(name+".yaml", text)
		if err != nil || topology.Name != name || topology.Description == "" || strings.Contains(topology.Description, "\n") {
			t.Errorf("%s: %+v, %v", name, topology, err)
		}
	}
	for _, name := range []string{"", "nosuch", "../builtin/hello", "hello.yaml"} {
		if _, ok := ReadBuiltin(name); ok {
			t.Errorf("ReadBuiltin(%q) finds something", name)
		}
	}
}

// resolved returns the schema as a validator that others wrote has it.
func resolved(t testing.TB) *jsonschema.Resolved {
	t.Helper()
	var s jsonschema.Schema
	if err := json.Unmarshal(Schema(), &s); err != nil {
		t.Fatal(err)
	}
	r, err := s.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// document returns a file as the values that a validator takes.
func document(text string) (any, error) {
	var v any
	if err := yaml.Unmarshal([]byte(text), &v); err != nil {
		return nil, err
	}
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	err = json.Unmarshal(b, &v)
	return v, err
}

func TestSchema(t *testing.T) {
	r := resolved(t)
	good := builtins(t)
	good["everything"] = everything
	for name, text := range good {
		v, err := document(text)
		if err == nil {
			err = r.Validate(v)
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	// What the schema can tell, it tells.
	refused := 0
	for _, tt := range broken {
		if !strings.Contains(tt.want, "expected") && !strings.Contains(tt.want, "has no key") && !strings.Contains(tt.want, "needs a key") || tt.name == "alias" || tt.name == "merged scalar" || tt.name == "two spellings" || tt.name == "quoted" {
			continue
		}
		v, err := document(tt.text)
		if err != nil {
			continue
		}
		refused++
		if r.Validate(v) == nil {
			t.Errorf("%s: the schema takes\n%s", tt.name, tt.text)
		}
	}
	if refused < 20 {
		t.Errorf("only %d broken files were tried", refused)
	}
}

// FuzzParse holds Parse to its promises: it never panics, a topology that it returns is
// valid, and what it refuses it refuses in printable lines, at places in the file.
func FuzzParse(f *testing.F) {
	f.Add(everything)
	for _, text := range builtins(f) {
		f.Add(text)
	}
	for _, tt := range broken {
		if len(tt.text) < 10000 {
			f.Add(tt.text)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		topology, err := Parse("x.yaml", []byte(text))
		if err == nil {
			if err := topology.Validate(); err != nil {
				t.Errorf("%q: Parse returned a topology that is not valid: %v", text, err)
			}
			return
		}
		wrong, ok := errors.AsType[*TopologyError](err)
		if !ok {
			t.Fatalf("%q: %T %v", text, err, err)
		}
		checkError(t, "x.yaml", text, wrong)
	})
}
