//go:build interop && linux

package interop

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"runtime/debug"
	"strconv"
	"testing"

	"mcast/filter"
)

// Environment variables with which a developer looks further than the tests do.
const (
	seedVariable  = "MCAST_FILTER_SEED"   // another seed than 1: other expressions, other frames
	scaleVariable = "MCAST_FILTER_SCALE"  // how many times as many expressions, 1 if unset
	sideVariable  = "MCAST_FILTER_SIDE"   // "libpcap": test libpcap's unoptimised programs instead of ours
	notesVariable = "MCAST_FILTER_REPORT" // a directory for lists of what failed
)

func seed(t testing.TB) uint64 {
	t.Helper()
	text := os.Getenv(seedVariable)
	if text == "" {
		return 1
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// scaled multiplies a number of expressions as the environment says.
func scaled(t testing.TB, n int) int {
	t.Helper()
	text := os.Getenv(scaleVariable)
	if text == "" {
		return n
	}
	by, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return max(1, int(float64(n)*by))
}

// side compiles expressions and runs them on frames. It is the side under test:
// package filter.
type side func(g target, expressions ...string) []program

// underTest returns the side under test, on these frames. It may also be libpcap
// without its optimiser, which shows what the tests themselves are worth.
func underTest(l *libpcap) side {
	if os.Getenv(sideVariable) == "libpcap" {
		return func(g target, expressions ...string) []program {
			return l.compile(g, false, true, expressions...)
		}
	}
	return func(g target, expressions ...string) []program {
		programs := make([]program, len(expressions))
		for i, e := range expressions {
			programs[i] = ours(g, e, l.frames)
		}
		return programs
	}
}

// ours compiles an expression with package filter and runs it on frames.
func ours(g target, expression string, frames []frame) (p program) {
	defer func() {
		if r := recover(); r != nil {
			p = program{refused: true, crashed: true, reason: fmt.Sprintf("panic: %v\n%s", r, firstLines(debug.Stack(), 24))}
		}
	}()
	f, err := filter.Compile(expression, options(g))
	if err != nil {
		return program{refused: true, reason: err.Error()}
	}
	p.instructions = f.Instructions()
	p.matches = make([]byte, len(frames))
	for i, fr := range frames {
		if f.Match(fr.bytes, fr.wire) {
			p.matches[i] = 1
		}
	}
	return p
}

// options says the same to package filter as compileBatch says to libpcap.
func options(g target) filter.Options {
	o := filter.Options{LinkType: on(g.link, g.bigEndian), Live: g.interf != "", Strict: true}
	if g.netmask != 0 {
		o.Netmask = netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, g.netmask)))
	}
	return o
}

func firstLines(text []byte, n int) []byte {
	return bytes.Join(bytes.SplitN(text, []byte("\n"), n+1)[:min(n, bytes.Count(text, []byte("\n")))], []byte("\n"))
}
