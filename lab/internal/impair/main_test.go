package impair

import (
	"testing"

	"mcast/internal/nettest"
)

func TestMain(m *testing.M) { nettest.Main(m) }
