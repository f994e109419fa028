package lab_test

import (
	"os"
	"testing"

	"mcast/lab"
)

func TestMain(m *testing.M) {
	if name := os.Getenv(programEnv); name != "" {
		os.Exit(program(name))
	}
	lab.Main(m)
}
