package cli

import (
	"math"
	"strconv"
	"strings"
)

// rate is the value of --rate.
type rate struct {
	text      string
	datagrams float64 // a second; 0: not in datagrams
	bits      float64 // of payload a second; 0: not in bits
}

func (r *rate) String() string { return r.text }
func (r *rate) Type() string   { return "rate" }

// Set reads 10000/s, 10k/s, 50Mbit/s or max.
func (r *rate) Set(s string) error {
	if s == "max" {
		*r = rate{text: s}
		return nil
	}
	number, datagrams := strings.CutSuffix(s, "/s")
	number, bits := strings.CutSuffix(number, "bit")
	if !datagrams {
		if n, ok := strings.CutSuffix(s, "bps"); ok {
			number, bits = n, true
		}
		if !bits { // 50M may mean datagrams or bits
			return notARate(s)
		}
	}
	scale := 1.0
	if n := len(number); n > 0 {
		if i := strings.IndexByte("kKMG", number[n-1]); i >= 0 {
			scale = []float64{1e3, 1e3, 1e6, 1e9}[i]
			number = number[:n-1]
		}
	}
	x, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || math.IsNaN(x) || !(x > 0) || x*scale > 1e15 {
		return notARate(s)
	}
	*r = rate{text: s}
	if bits {
		r.bits = x * scale
	} else {
		r.datagrams = x * scale
	}
	return nil
}

func notARate(s string) error {
	return usagef("", "a rate is 10000/s, 10k/s, 50Mbit/s or max, not %q", s)
}

// size is a number of bytes: 4096, 64k, 8MiB.
type size struct {
	text  string
	bytes int
}

func (z *size) String() string { return z.text }
func (z *size) Type() string   { return "bytes" }

func (z *size) Set(s string) error {
	number := strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(s), "b"), "i")
	shift := 0
	if n := len(number); n > 0 {
		if i := strings.IndexByte("kmg", number[n-1]); i >= 0 {
			shift = 10 * (i + 1)
			number = number[:n-1]
		}
	}
	n, err := strconv.ParseInt(number, 10, 32)
	if err != nil || n <= 0 || n<<shift > 1<<30 {
		return usagef("", "a size is a number of bytes up to 1 GiB, like 4096, 64k or 8MiB, not %q", s)
	}
	*z = size{s, int(n << shift)}
	return nil
}
