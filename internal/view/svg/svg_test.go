package svg

import (
	"encoding/xml"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"mcast/internal/view"
	"mcast/lab"
)

// element is a part of a drawing.
type element struct {
	XMLName    xml.Name
	Attributes []xml.Attr `xml:",any,attr"`
	Text       string     `xml:",chardata"`
	Elements   []element  `xml:",any"`
}

func (e *element) number(t *testing.T, name string) float64 {
	t.Helper()
	for _, a := range e.Attributes {
		if a.Name.Local == name {
			x, err := strconv.ParseFloat(a.Value, 64)
			if err != nil || math.IsNaN(x) {
				t.Fatalf("%s of %s: %q", name, e.XMLName.Local, a.Value)
			}
			return x
		}
	}
	t.Fatalf("%s has no %s", e.XMLName.Local, name)
	return 0
}

func draw(t *testing.T, file, text string) *element {
	t.Helper()
	topology, err := lab.Parse(file, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := Graph(&b, view.NewGraph(topology)); err != nil {
		t.Fatal(err)
	}
	var root element
	if err := xml.Unmarshal([]byte(b.String()), &root); err != nil {
		t.Fatalf("%v in\n%s", err, b.String())
	}
	return &root
}

const campus = `
name: campus
description: "<two> sites & a \"router\" \e[31m between them"
segments:
  lan: {kind: switch, snooping: true, fast_leave: true, querier: {version: 3, interval: 5s}, isolated: [a.eth0], static: [{group: 239.1.1.1, port: b.eth0}]}
  core:
  empty:
  a-segment-with-a-long-name-and-one-host: {kind: hub}
  nat-b: {kind: hub}
hosts:
  a: {interfaces: {eth0: {segment: lan, address: 10.1.0.1/24}, eth1: {segment: a-segment-with-a-long-name-and-one-host}}}
  b: {interfaces: {eth0: {segment: lan, address: [10.1.0.2/24, "fd00::2/64"], impair: {loss: 10%, delay: 20 ms}}, eth1: {segment: nat-b}, eth2: {segment: lan}}, gateway: 10.1.0.254}
  r:
    interfaces: {up: {segment: core, address: 10.9.0.1/24}, down: {segment: lan, address: 10.1.0.254/24}}
    router: {multicast: [{group: 239.1.1.1, in: up, out: down}]}
  alone:
`

func many(hosts int) string {
	var b strings.Builder
	b.WriteString("segments: {lan: {}, other: {}}\nhosts:\n")
	for i := range hosts {
		fmt.Fprintf(&b, "  h%d: {interfaces: {eth0: {segment: lan, address: 10.0.%d.%d/16}, eth1: {segment: other}}}\n", i, i/250, i%250+1)
	}
	return b.String()
}

// Texts are in the picture, and none on another or on a line.
func TestTextsAreReadable(t *testing.T) {
	for name, text := range map[string]string{"campus": campus, "one": "segments: {s: }\nhosts: {h: }", "many": many(60)} {
		t.Run(name, func(t *testing.T) {
			root := draw(t, name+".yaml", text)
			type box struct {
				text                     string
				left, top, right, bottom float64
			}
			var texts []box
			all := box{right: root.number(t, "width"), bottom: root.number(t, "height")}
			for i := range root.Elements {
				e := &root.Elements[i]
				if e.XMLName.Local != "text" {
					continue
				}
				x, y := e.number(t, "x"), e.number(t, "y")
				b := box{e.Text, x, y - 10, x + letter*float64(utf8.RuneCountInString(e.Text)), y + 2}
				if b.left < all.left || b.right > all.right || b.top < all.top || b.bottom > all.bottom {
					t.Errorf("%+v is not in the picture %+v", b, all)
				}
				for _, other := range texts {
					if b.left < other.right && other.left < b.right && b.top < other.bottom && other.top < b.bottom {
						t.Errorf("%+v is on %+v", b, other)
					}
				}
				texts = append(texts, b)
			}
			if len(texts) < 2 {
				t.Fatalf("only %d texts", len(texts))
			}
			for i := range root.Elements {
				e := &root.Elements[i]
				if e.XMLName.Local != "line" {
					continue
				}
				x1, y1, x2, y2 := e.number(t, "x1"), e.number(t, "y1"), e.number(t, "x2"), e.number(t, "y2")
				top, bottom := min(y1, y2), max(y1, y2)
				for _, b := range texts {
					if x1 < b.right && b.left < x2 && top < b.bottom && b.top < bottom {
						t.Errorf("a line from %v,%v to %v,%v is on %+v", x1, y1, x2, y2, b)
					}
				}
			}
		})
	}
}

func TestEscapes(t *testing.T) {
	root := draw(t, "campus.yaml", campus)
	want := `campus: <two> sites & a "router" �[31m between them`
	for _, e := range root.Elements {
		if e.Text == want {
			return
		}
	}
	t.Errorf("there is no text %q", want)
}
