package syntax

import (
	"strings"
	"testing"
)

var kindNames = map[kind]string{
	bad: "bad", number: "number", name: "name", ipv4: "ipv4", ipv6: "ipv6", mac: "mac", arcnet: "arcnet",
	foreign: "foreign",
}

// tokenText returns tokens as "kind:text", and keywords and signs as they are.
func tokenText(text string) string {
	tokens, _ := lex(text)
	var words []string
	for _, t := range tokens[:len(tokens)-1] {
		word := t.text
		if k, ok := kindNames[t.kind]; ok {
			word = k + ":" + word
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

func TestLex(t *testing.T) {
	for _, test := range [...]struct{ in, want string }{
		{"", ""},
		{" \t\r\n", ""},
		{"udp port 53", "udp port number:53"},
		{"UDP", "name:UDP"},
		{"udp.port", "name:udp.port"},

		// Names take in hyphens and dots.
		{"len-4", "name:len-4"},
		{"len -4", "len - number:4"},
		{"len- 4", "len - number:4"},
		{"5-3", "name:5-3"},
		{"5 -3", "number:5 - number:3"},
		{"foo_", "name:foo bad:_"},
		{"foo_bar", "name:foo_bar"},
		{"foo.", "name:foo."},
		{"es-is is-is", "es-is is-is"},
		{"tcp-syn tcp-sin tcp-syn.", "number:tcp-syn name:tcp-sin name:tcp-syn."},
		{"0x", "name:0x"},
		{"1.", "name:1."},
		{"1.2.3.4.5", "name:1.2.3.4.5"},
		{`\udp \ \!`, `name:udp bad:\ bad:\ !`},
		{`\a,b"c(d`, `name:a,b"c ( name:d`},

		{"0 017 0x1F 0X1f 4294967295", "number:0 number:017 number:0x1F number:0X1f number:4294967295"},
		{"4294967296 0x100000000 0400000000000 08 1a",
			"bad:4294967296 bad:0x100000000 bad:0400000000000 bad:08 name:1a"},

		{"10.1 10.1.2 10.1.2.3 0x1.2", "ipv4:10.1 ipv4:10.1.2 ipv4:10.1.2.3 ipv4:0x1.2"},
		{"10.0.0.0/8", "ipv4:10.0.0.0 / number:8"},

		{"1:2:3:4:5:6 1-2-3-4-5-6 1.2.3.4.5.6", "mac:1:2:3:4:5:6 mac:1-2-3-4-5-6 mac:1.2.3.4.5.6"},
		{"0200.0000.0001 020000000001 123456789012", "mac:0200.0000.0001 mac:020000000001 mac:123456789012"},
		{"1234567890123", "bad:1234567890123"},
		{"aabbccddeef aabbccddeeff0", "name:aabbccddeef name:aabbccddeeff0"},
		{"aa:bb:cc:dd:ee:ff:", "bad:aa:bb:cc:dd:ee:ff:"},
		{"1:2:3", "bad:1:2: number:3"},
		{"1:2", "number:1 : number:2"},

		{":: ::1 1:: 1::2", "ipv6::: ipv6:::1 ipv6:1:: ipv6:1::2"},
		{"1:2:3:4:5:6:7:8 1:2:3:4:5:6:7::", "ipv6:1:2:3:4:5:6:7:8 ipv6:1:2:3:4:5:6:7::"},
		{"::1.2.3.4 1:2:3:4:5:6:1.2.3.4", "ipv6:::1.2.3.4 ipv6:1:2:3:4:5:6:1.2.3.4"},
		{"::ffff:1.2.3.4 ::1.2.3.256 ::1.2.3.04", "ipv6:::ffff:1.2.3.4 bad:::1.2.3.256 bad:::1.2.3.04"},
		{"FF02::1/16", "ipv6:FF02::1 / number:16"},
		{"1::23456", "ipv6:1::2345 number:6"},
		{"a::b::", "bad:a::b::"},
		{"ip[6:2]", "ip [ number:6 : number:2 ]"},

		{"$f $ff $fff $g", "arcnet:$f arcnet:$ff arcnet:$ff name:f bad:$ name:g"},
		{"&&& ||| !!= <<< >>> == =", "&& & || | ! != << < >> > = ="},
		{"a<=b>=c!=d", "name:a <= name:b >= name:c != name:d"},
		{"udp;é\x00", "udp bad:; bad:é bad:\x00"},
		{"action vpi sio", "foreign:action foreign:vpi foreign:sio"},
	} {
		if got := tokenText(test.in); got != test.want {
			t.Errorf("%q:\n got %s\nwant %s", test.in, got, test.want)
		}
	}
}

// Every token says where it is: together they are the expression, but for
// blanks.
func TestLexSpans(t *testing.T) {
	const text = ` udp port  \mdns||ip[6:2]!=0x1fff && host ff02::1 ; 10.0.0.0/8`
	tokens, _ := lex(text)
	at := 0
	for _, token := range tokens {
		if blanks := text[at:token.Start]; strings.TrimSpace(blanks) != "" {
			t.Errorf("%q is in no token", blanks)
		}
		if at = token.End; at < token.Start {
			t.Errorf("the token %q ends before it starts", token.text)
		}
	}
	if last := tokens[len(tokens)-1].Span; last != (Span{len(text), len(text)}) {
		t.Errorf("the end is at %v", last)
	}
}

func TestKeywordsAreSorted(t *testing.T) {
	for _, table := range [][]keyword{keywords[:], constants[:]} {
		for i := 1; i < len(table); i++ {
			if table[i-1].word >= table[i].word {
				t.Errorf("%q comes before %q", table[i-1].word, table[i].word)
			}
		}
	}
	for _, w := range primitives {
		if k, ok := findKeyword(w.word); ok == w.isName() || ok && k.kind != word {
			t.Errorf("%q is %v, %v", w.word, k, ok)
		}
	}
	for i := 1; i < len(services); i++ {
		if services[i-1].name >= services[i].name {
			t.Errorf("%q comes before %q", services[i-1].name, services[i].name)
		}
	}
	for _, of := range []Protocol{IP, Link, ISO} {
		names := protocolNames(of)
		for i := 1; i < len(names); i++ {
			if names[i-1].name >= names[i].name {
				t.Errorf("%q comes before %q", names[i-1].name, names[i].name)
			}
		}
	}
}
