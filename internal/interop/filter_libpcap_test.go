//go:build interop && linux

package interop

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/net/bpf"

	"mcast/filter"
	"mcast/internal/nettest"
)

// target is what an expression is compiled for, by either side.
type target struct {
	link      filter.LinkType
	interf    string // of a live capture; "" is a file
	netmask   uint32 // 255.0.0.0 is 0xff000000; 0 is what tcpdump says for a file
	bigEndian bool   // the file was written by a machine of the other byte order
}

func (g target) String() string {
	if g.interf != "" {
		return g.link.String() + " live"
	}
	return g.link.String()
}

// frame is what programs run on.
type frame struct {
	bytes []byte
	wire  int // bytes on the wire, at least as many
}

// program is what libpcap makes of an expression.
type program struct {
	refused      bool
	crashed      bool   // libpcap aborted, or did not come back
	reason       string // why it was refused
	instructions []bpf.RawInstruction
	matches      []byte // a 1 for each frame that is kept, if that was asked for
}

// libpcap is a process of testdata/libpcap.py. Its methods fail the test.
type libpcap struct {
	t      testing.TB
	host   *nettest.Host
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	errs   *output
	frames []frame
}

// newLibpcap starts libpcap on a host. One of its own has no network, so that no
// name of a mutated expression is looked up anywhere.
func newLibpcap(t testing.TB, h *nettest.Host) *libpcap {
	t.Helper()
	l := &libpcap{t: t, host: h}
	l.start()
	return l
}

// alone returns a host without any network for libpcap to run on.
func alone(t testing.TB) *nettest.Host {
	t.Helper()
	return nettest.NewHost(t, "libpcap")
}

func (l *libpcap) start() {
	l.t.Helper()
	python, err := exec.LookPath("/usr/bin/python3")
	if err != nil {
		nettest.Skip(l.t, err.Error())
	}
	l.errs = &output{}
	l.cmd = exec.Command(python, "testdata/libpcap.py")
	l.cmd.Stderr = l.errs
	in, err := l.cmd.StdinPipe()
	if err != nil {
		l.t.Fatal(err)
	}
	out, err := l.cmd.StdoutPipe()
	if err != nil {
		l.t.Fatal(err)
	}
	l.in, l.out = in, bufio.NewReaderSize(out, 1<<16)
	l.host.Start(l.cmd)
}

// load makes these the frames that programs run on.
func (l *libpcap) load(frames []frame) {
	l.t.Helper()
	l.frames = frames
	var q request
	q.number(len(frames))
	for _, f := range frames {
		q.number(f.wire)
		q.chunk(f.bytes)
	}
	a := l.ask('F', q)
	if n := a.number(); n != len(frames) {
		l.t.Fatalf("libpcap.py has %d frames, want %d: %v", n, len(frames), a.err)
	}
}

// batch is how many expressions or programs go in one request: enough for the
// way there and back not to count, few enough for an answer of a few megabytes.
const batch = 500

// compile compiles expressions, and runs them on the frames if told so.
func (l *libpcap) compile(g target, optimise, run bool, expressions ...string) []program {
	l.t.Helper()
	var all []program
	for len(expressions) > batch {
		all = append(all, l.compileBatch(g, optimise, run, expressions[:batch])...)
		expressions = expressions[batch:]
	}
	return append(all, l.compileBatch(g, optimise, run, expressions)...)
}

func (l *libpcap) compileBatch(g target, optimise, run bool, expressions []string) []program {
	l.t.Helper()
	var q request
	kind, order := "file", 0
	if g.interf != "" {
		kind = "live"
	}
	if g.bigEndian {
		order = 1
	}
	q.chunk([]byte(kind))
	q.number(g.link.Number())
	q.number(order)
	q.number(262144)
	q.number(int(g.netmask))
	q.flag(optimise)
	q.flag(run)
	q.chunk([]byte(g.interf))
	q.number(len(expressions))
	for _, e := range expressions {
		q.chunk([]byte(e))
	}
	a := l.ask('C', q)
	programs := make([]program, len(expressions))
	for i := range programs {
		p := &programs[i]
		p.refused = a.number() != 0
		text := a.chunk()
		p.matches = a.chunk()
		switch {
		case a.err != nil:
			*p = program{refused: true, crashed: true, reason: "libpcap died: " + l.died().Error()}
			l.start()
			l.load(l.frames)
			return append(programs[:i+1], l.compileBatch(g, optimise, run, expressions[i+1:])...)
		case p.refused:
			p.reason = string(text)
		default:
			p.instructions = decodeProgram(text)
		}
	}
	return programs
}

// run runs programs, of libpcap or ours, on the frames, by libpcap's machine.
func (l *libpcap) run(programs ...[]bpf.RawInstruction) [][]byte {
	l.t.Helper()
	var q request
	q.number(len(programs))
	for _, p := range programs {
		q.chunk(encodeProgram(p))
	}
	a := l.ask('R', q)
	matches := make([][]byte, len(programs))
	for i := range matches {
		matches[i] = a.chunk()
	}
	if a.err != nil {
		l.t.Fatal(l.died())
	}
	return matches
}

// ask sends a request and returns the answer, of which nothing may be there yet.
func (l *libpcap) ask(op byte, q request) *answer {
	message := binary.LittleEndian.AppendUint32(nil, uint32(1+q.Len()))
	message = append(append(message, op), q.Bytes()...)
	_, err := l.in.Write(message)
	return &answer{from: l.out, err: err}
}

// died returns how libpcap.py ended. If the script itself is to blame, and not
// libpcap, the test fails.
func (l *libpcap) died() error {
	l.t.Helper()
	err := l.cmd.Wait()
	if text := l.errs.String(); err == nil || strings.Contains(text, "Traceback") || strings.Contains(text, "libpcap.py:") {
		l.t.Fatalf("libpcap.py: %v: %s", err, text)
	}
	return err
}

// request is the body of a request as it grows.
type request struct{ bytes.Buffer }

func (q *request) number(n int) {
	q.Write(binary.LittleEndian.AppendUint32(nil, uint32(n)))
}

func (q *request) flag(on bool) {
	if on {
		q.number(1)
	} else {
		q.number(0)
	}
}

func (q *request) chunk(b []byte) {
	q.number(len(b))
	q.Write(b)
}

// answer is an answer as it comes. After an error there is nothing.
type answer struct {
	from io.Reader
	err  error
}

func (a *answer) number() int {
	var b [4]byte
	a.read(b[:])
	return int(binary.LittleEndian.Uint32(b[:]))
}

func (a *answer) chunk() []byte {
	b := make([]byte, a.number())
	a.read(b)
	return b
}

func (a *answer) read(b []byte) {
	if a.err == nil {
		_, a.err = io.ReadFull(a.from, b)
	}
}

// Instructions travel as struct bpf_insn of a little-endian machine.

func decodeProgram(b []byte) []bpf.RawInstruction {
	p := make([]bpf.RawInstruction, len(b)/8)
	for i := range p {
		c := b[8*i:]
		p[i] = bpf.RawInstruction{Op: binary.LittleEndian.Uint16(c), Jt: c[2], Jf: c[3], K: binary.LittleEndian.Uint32(c[4:])}
	}
	return p
}

func encodeProgram(p []bpf.RawInstruction) []byte {
	var b []byte
	for _, i := range p {
		b = binary.LittleEndian.AppendUint16(b, i.Op)
		b = append(b, i.Jt, i.Jf)
		b = binary.LittleEndian.AppendUint32(b, i.K)
	}
	return b
}

// listing is a program as people read it.
func listing(p []bpf.RawInstruction) string {
	var b bytes.Buffer
	for n, i := range p {
		d := i.Disassemble()
		text := fmt.Sprint(d)
		if raw, odd := d.(bpf.RawInstruction); odd {
			text = fmt.Sprintf("code %#x k %#x", raw.Op, raw.K)
		}
		if i.Op&7 == 5 && i.Op != 5 { // a conditional jump: where to, not how far
			text = fmt.Sprintf("%s  → %d else %d", jump(i), n+1+int(i.Jt), n+1+int(i.Jf))
		}
		fmt.Fprintf(&b, "(%03d) %s\n", n, text)
	}
	return b.String()
}

func jump(i bpf.RawInstruction) string {
	name := map[uint16]string{0x10: "==", 0x20: ">", 0x30: ">=", 0x40: "&"}[i.Op&0xf0]
	if i.Op&8 != 0 {
		return "if a " + name + " x"
	}
	return fmt.Sprintf("if a %s %#x", name, i.K)
}
