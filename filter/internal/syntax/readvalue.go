package syntax

import (
	"math/bits"
	"net/netip"
	"strconv"
	"strings"
)

// written is a value as people write it: an address, with or without more about
// it, a port, or a name.
type written struct {
	nets      []netip.Prefix
	mask      string     // "10.0.0.1 mask 255.0.0.255", which no prefix is
	source    netip.Addr // of 10.0.0.1@239.1.1.1
	zone      string     // of ff02::1%eth0
	mac       string
	number    string
	ports     string   // a range of them
	transport Protocol // of 53/udp
	name      string
}

// mostNets is how many networks a range of addresses may come to.
const mostNets = 12

// readValue reads a value. What it does not understand has nothing set.
func readValue(text string) written {
	text = strings.Trim(text, "\"'`")
	low, high, isRange := strings.Cut(text, "-")
	if !isRange {
		low, high, isRange = strings.Cut(text, ":")
	}
	switch {
	case text == "":
		return written{}
	case matchNumber(text) == len(text):
		return written{number: text}
	case matchMAC(text) == len(text):
		return written{mac: text}
	case isRange && isDecimal(low) && isDecimal(high):
		return written{ports: low + "-" + high}
	}
	if first, second, ok := cutAny(text, "/:"); ok {
		if isDecimal(second) {
			first, second = second, first
		}
		if k, _ := findKeyword(second); isDecimal(first) && k.kind == protocol && Protocol(k.value).has(aPort) {
			return written{number: first, transport: Protocol(k.value)}
		}
	}
	if w, ok := readAddress(text); ok {
		return w
	}
	if escaped := strings.TrimPrefix(text, `\`); escaped != "" && matchName(escaped) == len(escaped) {
		return written{name: text}
	}
	return written{}
}

// readAddress reads one or more addresses in mcast's notation for groups,
// [SOURCE@]ADDRESS[%INTERFACE][+COUNT][:PORT], with a mask, a range or stars.
func readAddress(text string) (w written, ok bool) {
	if before, after, has := strings.Cut(text, "@"); has {
		if w.source, ok = parseAddress(before); !ok {
			return written{}, false
		}
		text = after
	}
	if at := strings.IndexByte(text, '%'); at >= 0 {
		n := matchName(text[at+1:])
		w.zone = text[at+1 : at+1+n]
		text = text[:at] + text[at+1+n:]
	}
	if inside, ok := strings.CutPrefix(text, "["); ok {
		address, rest, closed := strings.Cut(inside, "]")
		if port, has := strings.CutPrefix(rest, ":"); has {
			w.number = port
		} else if rest != "" {
			return written{}, false
		}
		if !closed || rest != "" && !isDecimal(w.number) {
			return written{}, false
		}
		text = address
	} else if before, port, has := strings.Cut(text, ":"); has && strings.Contains(before, ".") {
		if _, known := portNumber(port); !known {
			return written{}, false
		}
		text, w.number = before, port
	}
	w.nets, w.mask = readNets(text)
	return w, w.nets != nil || w.mask != ""
}

// readNets reads what stands for addresses.
func readNets(text string) (nets []netip.Prefix, mask string) {
	if first, count, ok := strings.Cut(text, "+"); ok {
		a, good := parseAddress(first)
		n, err := strconv.ParseUint(count, 10, 16)
		if !good || err != nil || n == 0 || !a.Is4() {
			return nil, ""
		}
		low := addressNumber(a)
		return netsBetween(uint64(low), uint64(low)+n-1), ""
	}
	if first, second, ok := strings.Cut(text, "-"); ok {
		a, good := parseAddress(first)
		b, too := parseAddress(second)
		if !good || !too || !a.Is4() || !b.Is4() || b.Less(a) {
			return nil, ""
		}
		return netsBetween(uint64(addressNumber(a)), uint64(addressNumber(b))), ""
	}
	if address, length, ok := strings.Cut(text, "/"); ok {
		a, good := parseAddress(filled(address))
		if !good {
			return nil, ""
		}
		if m, ok := parseAddress(length); ok && a.Is4() && m.Is4() {
			n := Net{ipv4Address(addressNumber(a) & addressNumber(m)), m}
			length, ok := n.prefix()
			if !ok {
				return nil, n.String()
			}
			return []netip.Prefix{netip.PrefixFrom(n.Addr, length)}, ""
		}
		n, err := strconv.ParseUint(length, 10, 8)
		if err != nil || int(n) > a.BitLen() {
			return nil, ""
		}
		return []netip.Prefix{netip.PrefixFrom(a, int(n)).Masked()}, ""
	}
	if rest := strings.TrimRight(text, "*."); len(rest) < len(text) && strings.Contains(text, "*") {
		if a, ok := parseAddress(filled(rest)); ok && a.Is4() {
			return []netip.Prefix{netip.PrefixFrom(a, 8*(1+strings.Count(rest, ".")))}, ""
		}
		return nil, ""
	}
	if a, ok := parseAddress(text); ok {
		return []netip.Prefix{netip.PrefixFrom(a, a.BitLen())}, ""
	}
	return nil, ""
}

// filled adds the zeros that are left out of the start of an IPv4 address.
func filled(text string) string {
	if strings.Trim(text, "0123456789.") == "" && text != "" {
		text += strings.Repeat(".0", max(3-strings.Count(text, "."), 0))
	}
	return text
}

func parseAddress(text string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(text)
	return a, err == nil && a.Zone() == ""
}

// netsBetween returns the networks that IPv4 addresses up to and including the
// last are in, or nil if these are too many.
func netsBetween(first, last uint64) (nets []netip.Prefix) {
	for first <= last && last < 1<<32 {
		host := min(bits.TrailingZeros64(first|1<<32), bits.Len64(last-first+1)-1)
		nets = append(nets, netip.PrefixFrom(ipv4Address(uint32(first)), 32-host))
		if len(nets) > mostNets {
			return nil
		}
		first += 1 << host
	}
	return nets
}

func isDecimal(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }

// cutAny cuts at the first of some signs.
func cutAny(text, signs string) (before, after string, ok bool) {
	i := strings.IndexAny(text, signs)
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+1:], true
}
