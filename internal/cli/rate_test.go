package cli

import (
	"errors"
	"testing"
)

func TestRate(t *testing.T) {
	tests := []struct {
		text            string
		datagrams, bits float64
	}{
		{"max", 0, 0},
		{"10000/s", 10_000, 0},
		{"10k/s", 10_000, 0},
		{"1.5M/s", 1_500_000, 0},
		{"0.1/s", 0.1, 0},
		{"50Mbit/s", 0, 50_000_000},
		{"50 Mbit/s", 0, 50_000_000},
		{"50Mbps", 0, 50_000_000},
		{"1Gbit", 0, 1_000_000_000},
		{"9600bit/s", 0, 9600},
	}
	for _, tt := range tests {
		var r rate
		if err := r.Set(tt.text); err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		if r.datagrams != tt.datagrams || r.bits != tt.bits || r.String() != tt.text {
			t.Errorf("%s: %+v, want %v datagrams or %v bits a second", tt.text, r, tt.datagrams, tt.bits)
		}
	}
	for _, wrong := range []string{"", "/s", "k/s", "0/s", "-1/s", "fast", "nan/s", "inf/s", "1e300/s", "10/m", "10MB/s", "10kk/s", "Mbit/s", "10000", "50M"} {
		r := rate{text: "as it was"}
		var usage *usageError
		if err := r.Set(wrong); !errors.As(err, &usage) {
			t.Errorf("%q: %+v, %v; want a usage error", wrong, r, err)
		}
		if r.text != "as it was" {
			t.Errorf("%q: the value is changed to %+v", wrong, r)
		}
	}
}

func TestSize(t *testing.T) {
	tests := []struct {
		text  string
		bytes int
	}{
		{"1", 1},
		{"4096", 4096},
		{"64k", 64 << 10},
		{"64K", 64 << 10},
		{"8MiB", 8 << 20},
		{"8MB", 8 << 20},
		{"1g", 1 << 30},
		{"1073741824", 1 << 30},
	}
	for _, tt := range tests {
		var z size
		if err := z.Set(tt.text); err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		if z.bytes != tt.bytes || z.String() != tt.text {
			t.Errorf("%s: %+v, want %d bytes", tt.text, z, tt.bytes)
		}
	}
	for _, wrong := range []string{"", "k", "0", "-1", "1.5M", "2g", "1073741825", "99999999999", "9999999g", "64kk", "x"} {
		var z size
		var usage *usageError
		if err := z.Set(wrong); !errors.As(err, &usage) {
			t.Errorf("%q: %+v, %v; want a usage error", wrong, z, err)
		}
	}
}
