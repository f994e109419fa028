package rtnl

import (
	"net/netip"
	"testing"
)

func TestX(t *testing.T) {
	c, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	l, err := c.Links()
	t.Logf("%+v %v", l, err)
	for _, a := range []string{"239.1.1.1", "ff02::1", "ff15::1", "127.0.0.1"} {
		r, err := c.Route(netip.MustParseAddr(a), netip.Addr{})
		t.Log(a, r, err)
	}
}
