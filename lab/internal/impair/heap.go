package impair

// before says that a leaves before b. Of two that are due at once, it is the one
// that came first.
func (a *held) before(b *held) bool {
	return a.due < b.due || a.due == b.due && a.number < b.number
}

// push and pop keep d.held a heap. (Those of container/heap would allocate for each frame.)
func (d *direction) push(h held) {
	i := len(d.held)
	d.held = append(d.held, h)
	for i > 0 {
		up := (i - 1) / 2
		if !h.before(&d.held[up]) {
			break
		}
		d.held[i] = d.held[up]
		i = up
	}
	d.held[i] = h
}

func (d *direction) pop() held {
	first, n := d.held[0], len(d.held)-1
	last := d.held[n]
	d.held[n] = held{}
	d.held = d.held[:n]
	if n == 0 {
		return first
	}
	i := 0
	for {
		down := 2*i + 1
		if down >= n {
			break
		}
		if down+1 < n && d.held[down+1].before(&d.held[down]) {
			down++
		}
		if !d.held[down].before(&last) {
			break
		}
		d.held[i] = d.held[down]
		i = down
	}
	d.held[i] = last
	return first
}

// Memory for frames is used again, by size.
const (
	classes    = 4
	mostSpares = 4096 // of a class
)

var classSize = [classes]int{256, 2 << 10, 16 << 10, 128 << 10}

func class(n int) int {
	for c, size := range classSize {
		if n <= size {
			return c
		}
	}
	return -1
}

// take returns memory for a frame of n bytes.
func (d *direction) take(n int) []byte {
	c := class(n)
	if c < 0 {
		return make([]byte, n)
	}
	if s := d.spare[c]; len(s) > 0 {
		b := s[len(s)-1]
		d.spare[c] = s[:len(s)-1]
		return b[:n]
	}
	return make([]byte, n, classSize[c])
}

func (d *direction) giveBack(frame []byte) {
	c := class(cap(frame))
	if c >= 0 && cap(frame) == classSize[c] && len(d.spare[c]) < mostSpares>>(2*c) {
		d.spare[c] = append(d.spare[c], frame)
	}
}
