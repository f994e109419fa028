package netns

import (
	"io"
	"os"
	"strconv"

	"mcast/internal/sys"
)

// gateEnv is the environment variable that tells a program which descriptor its gate is.
// The program takes it out of its environment.
const gateEnv = "MCAST_GATE"

// A gate keeps a program that was started inside from going on until the process outside knows
// that it is there: that one passes on what a terminal sends until then, and not what the
// program has from the terminal itself. Of what is sent about that moment the program may have
// two, but the first one ends it.
type gate struct {
	here, there *os.File // the ends of a pipe; it opens when this end is closed
}

func newGate() (*gate, error) {
	there, here, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	if err := sys.InheritDescriptor(int(there.Fd()), true); err != nil {
		_, _ = there.Close(), here.Close()
		return nil, err
	}
	return &gate{here, there}, nil
}

// environ is what the environment of the program has in addition.
func (g *gate) environ() string { return gateEnv + "=" + strconv.Itoa(int(g.there.Fd())) }

// open lets the program go on. It is needed in any case.
func (g *gate) open() { _, _ = g.there.Close(), g.here.Close() }

// waitAtGate waits until the gate of this process is open, if it has one.
func waitAtGate() {
	fd, err := strconv.Atoi(os.Getenv(gateEnv))
	_ = os.Unsetenv(gateEnv)
	if err != nil {
		return
	}
	if there, err := sys.OpenPipe(fd); err == nil {
		_, _ = io.Copy(io.Discard, there)
		_ = there.Close()
	}
}
