package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"mcast/lab"
)

// labKeys is the page of the keys that a file of a lab may have, from the schema that
// editors use.
func labKeys() ([]byte, error) {
	var root keySchema
	if err := json.Unmarshal(lab.Schema(), &root); err != nil {
		return nil, err
	}
	p := keyPage{sections: map[string]string{}}
	p.b.WriteString("# The keys of a lab's file\n\nEvery key that there is, and its meaning; [lab.md](lab.md) tells how they go together. " +
		"Written by `go run ./internal/cli/gendocs`, from what reads the files.\n")
	p.section("The file", &root)
	return []byte(p.b.String()), nil
}

// keySchema is what a JSON Schema says of a mapping, or of what has one in it.
type keySchema struct {
	Description          string
	Properties           map[string]*keySchema
	Required             []string
	Enum                 []string
	Items                *keySchema
	AnyOf                []*keySchema
	AdditionalProperties any // a schema, or false
}

// named is the schema of what is in a mapping by names that people choose, or nil.
func (s *keySchema) named() *keySchema {
	m, ok := s.AdditionalProperties.(map[string]any)
	if !ok {
		return nil
	}
	text, err := json.Marshal(m)
	if err != nil {
		return nil
	}
	var named keySchema
	if json.Unmarshal(text, &named) != nil {
		return nil
	}
	return &named
}

// mapping finds the mapping with fixed keys in a schema, and how its place is written.
func (s *keySchema) mapping(place string) (string, *keySchema) {
	if s == nil {
		return "", nil
	}
	if s.Properties != nil {
		return place, s
	}
	if at, m := s.named().mapping(place + ".NAME"); m != nil {
		return at, m
	}
	if at, m := s.Items.mapping(place + "[]"); m != nil {
		return at, m
	}
	for _, one := range s.AnyOf {
		if at, m := one.mapping(place); m != nil {
			return at, m
		}
	}
	return "", nil
}

// words are the values that a key has by name.
func (s *keySchema) words() []string {
	words := s.Enum
	for _, one := range s.AnyOf {
		words = append(words, one.words()...)
	}
	return words
}

type keyPage struct {
	b        strings.Builder
	sections map[string]string // titles, by what is in them
}

// section writes the keys of a mapping, and then those of what is in it.
func (p *keyPage) section(title string, m *keySchema) {
	text, err := json.Marshal(m.Properties)
	if err != nil {
		panic(err) // it came from JSON
	}
	fmt.Fprintf(&p.b, "\n## %s\n\n", title)
	if same, ok := p.sections[string(text)]; ok {
		fmt.Fprintf(&p.b, "The keys are those of %s.\n", same)
		return
	}
	p.sections[string(text)] = title
	p.b.WriteString("| key | |\n|---|---|\n")
	keys := slices.Sorted(maps.Keys(m.Properties))
	for _, key := range keys {
		s := m.Properties[key]
		what := s.Description
		if words := s.words(); len(words) > 0 {
			what += ": `" + strings.Join(words, "`, `") + "`"
		}
		if slices.Contains(m.Required, key) {
			what += "; needed"
		}
		fmt.Fprintf(&p.b, "| `%s` | %s |\n", key, what)
	}
	above := strings.Trim(title, "`") + "."
	if len(p.sections) == 1 {
		above = ""
	}
	for _, key := range keys {
		if place, inner := m.Properties[key].mapping(above + key); inner != nil {
			p.section("`"+place+"`", inner)
		}
	}
}
