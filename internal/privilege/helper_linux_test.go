package privilege

import (
	"strings"
	"testing"
)

// TestRoles: what a program is told when it begins anew is what it was told, and nothing
// else is understood.
func TestRoles(t *testing.T) {
	roles := []role{{roleAsk, 7, 4711}, {roleFeed, 9, 4712}}
	value, ok := strings.CutPrefix(marker(roles...), roleEnv+"=")
	if !ok || value != "ask:7:4711 feed:9:4712" {
		t.Errorf("it is told %q", value)
	}
	for i, text := range strings.Split(value, " ") {
		if r, ok := parseRole(text); !ok || r != roles[i] {
			t.Errorf("%q is %+v, %v", text, r, ok)
		}
	}
	for _, text := range []string{"", "ask", "ask:7", "ask:7:", "ask:x:1", "ask:7:1:2", "ask:7:1 ", "ask: 7:1", "ask:+7:1", "ask:7:99999999999999999999"} {
		if r, ok := parseRole(text); ok {
			t.Errorf("%q is taken for %+v", text, r)
		}
	}
}

// TestForeignDescriptors: a descriptor that is no end of a channel or pipe is not taken.
func TestForeignDescriptors(t *testing.T) {
	for _, value := range []string{"ask:0:1", "serve:99:0", "feed:99:1", "beside:99:0", "boss:0:0", "ask:7:1 "} {
		t.Setenv(roleEnv, value)
		if h, served, err := connect(Config{}); err == nil || served || h != (Helpers{}) || !strings.Contains(err.Error(), value) {
			t.Errorf("%q: %+v, %v, %v", value, h, served, err)
		}
	}
}
