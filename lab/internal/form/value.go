package form

import (
	"fmt"
	"math"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// NamePattern is a name, a letter or digit or _ first, then - too.
const NamePattern = "^[A-Za-z0-9_][A-Za-z0-9_-]*$"

// Written is a form of a scalar that is read by a function, which says of a text
// whether it is one.
func Written[V any](want string, s Schema, parse func(text string) (V, bool), advise func(text string) string) Form[V] {
	return Form[V]{want: want, schema: s, read: func(r *reader, n *yaml.Node, into *V) {
		text, ok := r.scalar(n, want)
		if !ok {
			return
		}
		v, ok := parse(text)
		if !ok {
			advice := ""
			if advise != nil {
				advice = r.problems.Advise(func() string { return advise(text) })
			}
			r.wrong(n, advice, "expected %s, not %s", want, Quoted(text))
			return
		}
		*into = v
	}}
}

// Text is any text. A number is one, as it is written.
func Text(want string) Form[string] {
	return Written(want, Schema{"type": []any{"string", "number", "boolean"}}, func(s string) (string, bool) { return s, true }, nil)
}

// SomeText is a text that is not empty.
func SomeText(want string) Form[string] {
	return Written(want, Schema{"type": []any{"string", "number", "boolean"}, "minLength": 1}, func(s string) (string, bool) { return s, s != "" }, nil)
}

// Name is a name of a thing; Validate says whether there is such a thing.
func Name(want string) Form[string] {
	return Written(want, Schema{"type": []any{"string", "number"}}, func(s string) (string, bool) { return s, s != "" }, nil)
}

// Bool is true or false.
func Bool() Form[bool] {
	return Written("true or false", Schema{"type": "boolean"}, func(s string) (bool, bool) {
		return s == "true", s == "true" || s == "false"
	}, adviseBool)
}

// adviseBool is a hint for a word from elsewhere.
func adviseBool(s string) string {
	switch strings.ToLower(s) {
	case "yes", "on", "y", "1", "true":
		return "write true"
	case "no", "off", "n", "0", "false":
		return "write false"
	}
	return ""
}

// Whole is a whole number within bounds.
func Whole(least, most int) Form[int] {
	return Written(fmt.Sprintf("a whole number from %d to %d", least, most), Schema{"type": "integer", "minimum": least, "maximum": most}, func(s string) (int, bool) {
		n, err := strconv.Atoi(s)
		return n, err == nil && n >= least && n <= most
	}, nil)
}

// Count is a number of things.
func Count() Form[int] {
	return Written("a whole number from 0 up", Schema{"type": "integer", "minimum": 0}, func(s string) (int, bool) {
		n, err := strconv.Atoi(s)
		return n, err == nil && n >= 0
	}, nil)
}

// Seed is a number that chooses one of many courses of things.
func Seed() Form[uint64] {
	return Written("a whole number from 0 up", Schema{"type": "integer", "minimum": 0}, func(s string) (uint64, bool) {
		n, err := strconv.ParseUint(s, 10, 64)
		return n, err == nil
	}, nil)
}

// Share is a part of a whole: 10%, or 0.1.
func Share() Form[float64] {
	return Written("a share, such as 10% or 0.1", Schema{"anyOf": []any{
		Schema{"type": "number", "minimum": 0, "maximum": 1},
		Schema{"type": "string", "pattern": `^0*(100(\.0+)?|[0-9]{1,2}(\.[0-9]+)?) ?%$`},
	}}, parseShare, func(s string) string {
		number, rest := leadingNumber(s)
		switch x, ok := decimal(number); {
		case !ok:
			return ""
		case rest == "" && x > 1 && x <= 100, rest == "percent":
			return "write " + number + "%"
		case rest == "" || rest == "%":
			return "a share is from 0 to 100%, or from 0 to 1"
		}
		return ""
	})
}

func parseShare(s string) (float64, bool) {
	number, percent := strings.CutSuffix(s, "%")
	x, ok := decimal(strings.TrimSuffix(number, " "))
	if !percent && number != s {
		return 0, false
	}
	if percent {
		x /= 100
	}
	return x, ok && x <= 1
}

// leadingNumber splits a text behind the number that it begins with.
func leadingNumber(s string) (number, rest string) {
	rest = strings.TrimLeft(s, "0123456789.")
	return s[:len(s)-len(rest)], strings.TrimSpace(rest)
}

// decimal reads a number of digits with a point or without one.
func decimal(s string) (float64, bool) {
	whole, fraction, point := strings.Cut(s, ".")
	digits := func(s string) bool {
		return s != "" && strings.Trim(s, "0123456789") == ""
	}
	if !digits(whole) || point && !digits(fraction) {
		return 0, false
	}
	x, err := strconv.ParseFloat(s, 64)
	return x, err == nil && !math.IsInf(x, 0)
}

// Duration is a time, perhaps none.
func Duration() Form[time.Duration] {
	return Written("a time, such as 500ms or 5s", Schema{"type": []any{"string", "integer"}, "pattern": `^(0|([0-9]+(\.[0-9]+)? ?(ns|us|µs|ms|s|m|h) ?)+)$`, "maximum": 0, "minimum": 0}, parseDuration, adviseDuration)
}

// Patience is a time that is not 0, for which that would stand for a default.
func Patience() Form[time.Duration] {
	return Written("a time, such as 500ms or 5s", Schema{"type": "string", "pattern": `^([0-9]+(\.[0-9]+)? ?(ns|us|µs|ms|s|m|h) ?)+$`, "not": Schema{"pattern": "^[^1-9]*$"}}, func(s string) (time.Duration, bool) {
		d, ok := parseDuration(s)
		return d, ok && d > 0
	}, func(s string) string {
		if _, ok := parseDuration(s); ok {
			return "leave it out for what is usual"
		}
		return adviseDuration(s)
	})
}

func adviseDuration(s string) string {
	number, rest := leadingNumber(s)
	switch _, ok := decimal(number); {
	case !ok:
		return ""
	case rest == "":
		return "a time has a unit: " + s + "s, or " + s + "ms"
	case Nearest(rest, []string{"seconds"}) != "" || rest == "sec":
		return "write " + number + "s"
	}
	return "the units are ns, us, ms, s, m and h"
}

func parseDuration(s string) (time.Duration, bool) {
	if strings.ContainsAny(s, "+-") || strings.Contains(s, "  ") || strings.HasPrefix(s, " ") {
		return 0, false
	}
	d, err := time.ParseDuration(strings.ReplaceAll(s, " ", ""))
	return d, err == nil
}

// Rate is bits a second.
func Rate() Form[uint64] {
	return Written("a rate, such as 10 Mbit", Schema{"type": "string", "pattern": `^[0-9]+(\.[0-9]+)? ?[kKMG]?(bit(/s)?|bps)$`}, parseRate, func(s string) string {
		if number, _ := leadingNumber(s); number != "" {
			return "a rate has a unit: bit, kbit, Mbit or Gbit"
		}
		return ""
	})
}

func parseRate(s string) (uint64, bool) {
	number, ok := strings.CutSuffix(s, "bps")
	if !ok {
		number, ok = strings.CutSuffix(strings.TrimSuffix(s, "/s"), "bit")
	}
	if !ok {
		return 0, false
	}
	scale := 1.0
	if n := len(number); n > 0 {
		if i := strings.IndexByte("kKMG", number[n-1]); i >= 0 {
			scale = []float64{1e3, 1e3, 1e6, 1e9}[i]
			number = number[:n-1]
		}
	}
	x, ok := decimal(strings.TrimSuffix(number, " "))
	x = math.Round(x * scale)
	return uint64(x), ok && x >= 1 && x <= 1e15
}

// Address is an IP address.
func Address(want string) Form[netip.Addr] {
	return Written(want, Schema{"type": "string", "pattern": "^([0-9.]+|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*)$"}, func(s string) (netip.Addr, bool) {
		a, err := netip.ParseAddr(s)
		return a, err == nil && a.Zone() == ""
	}, func(s string) string {
		if bare, _, ok := strings.Cut(s, "/"); ok {
			if _, err := netip.ParseAddr(bare); err == nil {
				return "write " + bare
			}
		}
		if to, err := netip.ParseAddrPort(s); err == nil {
			return "write " + to.Addr().String() + ", without a port"
		}
		if bare, _, ok := strings.Cut(s, "%"); ok {
			if _, err := netip.ParseAddr(bare); err == nil {
				return "write " + bare + ", and the interface by a key of its own"
			}
		}
		return ""
	})
}

// Prefix is an address with the length of its prefix.
func Prefix(want string) Form[netip.Prefix] {
	return Written(want, Schema{"type": "string", "pattern": "^[0-9A-Fa-f:.]+/[0-9]+$"}, parsePrefix, func(s string) string { return addLength(s, 24, 64) })
}

// Network is a network with the length of its prefix, or "default", which is the zero
// Prefix: of which family it is is said by what else is known.
func Network(want string) Form[netip.Prefix] {
	return Written(want, Schema{"type": "string", "pattern": "^([0-9A-Fa-f:.]+/[0-9]+|default)$"}, func(s string) (netip.Prefix, bool) {
		if s == "default" {
			return netip.Prefix{}, true
		}
		return parsePrefix(s)
	}, func(s string) string { return addLength(s, 32, 128) })
}

func parsePrefix(s string) (netip.Prefix, bool) {
	p, err := netip.ParsePrefix(s)
	return p, err == nil
}

// addLength advises to add the length of a prefix to an address.
func addLength(s string, ipv4, ipv6 int) string {
	a, err := netip.ParseAddr(s)
	length := ipv6
	switch {
	case err != nil || a.Zone() != "":
		return ""
	case s == "224.0.0.0":
		length = 4
	case s == "ff00::":
		length = 8
	case s == "0.0.0.0" || s == "::":
		length = 0
	case a.Is4():
		length = ipv4
	}
	return fmt.Sprintf("write it with the length of its prefix, such as %s/%d", s, length)
}

// MAC is an Ethernet address.
func MAC() Form[net.HardwareAddr] {
	return Written("an Ethernet address, such as 02:00:00:00:00:01", Schema{"type": "string", "pattern": "^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$"}, func(s string) (net.HardwareAddr, bool) {
		if len(s) != 17 || strings.Count(s, ":") != 5 {
			return nil, false
		}
		m, err := net.ParseMAC(s)
		return m, err == nil
	}, nil)
}

// One is one of some words.
func One[V ~string](words ...V) Form[V] {
	var (
		names []string
		enum  []any
	)
	for _, w := range words {
		names, enum = append(names, string(w)), append(enum, string(w))
	}
	want := strings.Join(names, " or ")
	return Written(want, Schema{"enum": enum}, func(s string) (V, bool) {
		return V(s), slices.Contains(names, s)
	}, func(s string) string {
		if w := Nearest(s, names); w != "" {
			return "did you mean " + w + "?"
		}
		return ""
	})
}

// Command is a program with its arguments: a list of them, or a line that is split
// as a shell does.
func Command() Form[[]string] {
	l := List("a program and its arguments", Text("an argument"))
	line := Form[[]string]{
		schema: Schema{"type": "string"},
		read: func(r *reader, n *yaml.Node, into *[]string) {
			s, ok := r.scalar(n, "a program with its arguments")
			if !ok {
				return
			}
			words, wrong := splitWords(s)
			if wrong != nil && r.problems.full() {
				r.problems.More++
				return
			}
			if wrong != nil {
				p := &Problem{Place: r.place, Text: wrong.text, Advice: wrong.advice, From: wrong.from, To: wrong.to}
				r.locate(p, n)
				r.problems.Add(p)
				return
			}
			*into = words
		},
	}
	return either("a program with its arguments", func(n *yaml.Node) bool { return n.Kind == yaml.SequenceNode }, l, line)
}
