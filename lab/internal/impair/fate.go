package impair

// fate is what chance does to a frame.
type fate struct {
	lost, twice, overtakes bool
	jitter                 [2]float64 // of the frame and its duplicate: from -1 to 1
}

// fateOf draws the fate of the n-th frame of a flow. Each draw is made whatever the
// parameters, so that changing one of them leaves what the others do as it is.
func (p *Parameters) fateOf(flow, n uint64) fate {
	d := draws(mix(flow ^ mix(n)))
	return fate{
		lost:      d.next() < p.Loss,
		twice:     d.next() < p.Duplicate,
		overtakes: d.next() < p.Reorder,
		jitter:    [2]float64{2*d.next() - 1, 2*d.next() - 1},
	}
}

// draws is SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number
// generators, 2014). It must not be exchanged: what a seed does would change.
type draws uint64

// next returns a number from 0 up to, and without, 1.
func (d *draws) next() float64 {
	*d += 0x9e3779b97f4a7c15
	return float64(finish(uint64(*d))>>11) / (1 << 53)
}

// mix makes an unlike number of a number, without a loss.
func mix(x uint64) uint64 { return finish(x + 0x9e3779b97f4a7c15) }

func finish(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
