package sys

import (
	"bufio"
	"testing"

	"golang.org/x/sys/unix"
)

// A program that has a terminal does not expect its reads to fail for want of input.
func TestTerminalBlocks(t *testing.T) {
	control, terminal, err := OpenTerminal()
	if err != nil {
		t.Fatal(err)
	}
	defer control.Close()
	defer terminal.Close()
	conn, err := terminal.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var flags int
	if e := conn.Control(func(fd uintptr) { flags, err = unix.FcntlInt(fd, unix.F_GETFL, 0) }); e != nil || err != nil {
		t.Fatal(e, err)
	}
	if flags&unix.O_NONBLOCK != 0 {
		t.Error("the program's end does not block")
	}
	if _, err := control.WriteString("typed\n"); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(terminal).ReadString('\n'); line != "typed\n" {
		t.Errorf("the program reads %q: %v", line, err)
	}
}
