package lab_test

import (
	"cmp"
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"mcast/lab"
)

func TestMain(m *testing.M) {
	// Runs offer the test binary under the names of the programs that it is.
	name := cmp.Or(os.Getenv(programEnv), filepath.Base(os.Args[0]))
	if programs[name] != nil {
		os.Exit(program(name))
	}
	// Tests skip by themselves where there can be no labs; examples cannot.
	status, done, err := lab.Isolate()
	if done {
		os.Exit(status)
	}
	if err != nil {
		if err := flag.Set("test.skip", "^Example(Start|Lab_Run)$"); err != nil {
			panic(err)
		}
	}
	// Most of their time the tests wait for programs on hosts.
	if err := flag.Set("test.parallel", strconv.Itoa(2*runtime.GOMAXPROCS(0))); err != nil {
		panic(err)
	}
	lab.Main(m)
}
