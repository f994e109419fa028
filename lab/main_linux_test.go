package lab_test

import (
	"testing"

	"mcast/lab"
)

func TestMain(m *testing.M) { lab.Main(m) }
