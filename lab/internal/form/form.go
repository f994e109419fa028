package form

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Schema is a part of a JSON Schema.
type Schema map[string]any

// Form is how a value is written in a file: what reads it, and the schema of it. Forms
// are put together of smaller ones; reading and schema follow from the same.
type Form[V any] struct {
	want   string // what it is, with its article: "a time, such as 5s"
	schema Schema
	read   func(r *reader, n *yaml.Node, into *V)
}

// Key is a key that a mapping may have.
type Key[T any] struct {
	name, about string
	place       string // empty: as name
	required    bool
	schema      Schema
	read        func(r *reader, n *yaml.Node, into *T)
}

// Has returns a key whose value goes to a field.
func Has[T, V any](name, about string, f Form[V], field func(*T) *V) Key[T] {
	return Key[T]{name: name, about: about, schema: f.schema, read: func(r *reader, n *yaml.Node, into *T) { f.read(r, n, field(into)) }}
}

// Sets returns a key whose value goes where a function puts it.
func Sets[T, V any](name, about string, f Form[V], set func(*T, V)) Key[T] {
	return Key[T]{name: name, about: about, schema: f.schema, read: func(r *reader, n *yaml.Node, into *T) {
		before := r.problems.count()
		var v V
		if f.read(r, n, &v); r.problems.count() == before {
			set(into, v)
		}
	}}
}

// As returns a key that is another word for one of another name, which has the places.
func (k Key[T]) As(name string) Key[T] {
	k.place = name
	return k
}

// Needs is Has of a key that may not be left out.
func Needs[T, V any](name, about string, f Form[V], field func(*T) *V) Key[T] {
	k := Has(name, about, f, field)
	k.required = true
	return k
}

// Mapping is a mapping with certain keys.
func Mapping[T any](what string, keys ...Key[T]) Form[T] {
	properties := Schema{}
	required := []string{}
	names := make([]string, len(keys))
	byName := make(map[string]*Key[T], len(keys))
	for i := range keys {
		k := &keys[i]
		properties[k.name] = k.schema.with("description", k.about)
		if k.required {
			required = append(required, k.name)
		}
		names[i], byName[k.name] = k.name, k
	}
	want := "a mapping for " + what
	return Form[T]{
		want:   want,
		schema: Schema{"type": "object", "properties": properties, "required": required, "additionalProperties": false},
		read: func(r *reader, n *yaml.Node, into *T) {
			entries, ok := r.entries(n, want)
			if !ok {
				return
			}
			there, known := map[string]bool{}, true
			for _, e := range entries {
				name := follow(e.key).Value
				k := byName[name]
				if k == nil {
					r.wrong(e.key, r.problems.Advise(func() string { return suggestKey(name, names) }), "%s has no key %s", what, Quoted(name))
					known = false
					continue
				}
				place := k.place
				if place == "" {
					place = name
				}
				if there[place] {
					r.wrong(e.key, "a list has them all: leave one out", "%s mean the same", words(keys, place))
					continue
				}
				there[place] = true
				r.at("."+place, e.key, e.value, func() { k.read(r, e.value, into) })
			}
			for _, name := range required {
				if !there[name] && known { // else it may be the one that is misspelt
					r.wrong(r.find(r.place), "", "%s needs a key %s", what, Quoted(name))
				}
			}
		},
	}
}

// words returns the names of keys that have one place.
func words[T any](keys []Key[T], place string) string {
	var names []string
	for i := range keys {
		if keys[i].name == place || keys[i].place == place {
			names = append(names, keys[i].name)
		}
	}
	return strings.Join(names, " and ")
}

// OneOf is a mapping that has just one of its keys.
func OneOf[T any](f Form[T]) Form[T] {
	f.schema = f.schema.with("minProperties", 1).with("maxProperties", 1)
	read := f.read
	f.read = func(r *reader, n *yaml.Node, into *T) {
		before := r.problems.count()
		read(r, n, into)
		if m := follow(n); m.Kind == yaml.MappingNode && len(m.Content) != 2 && r.problems.count() == before {
			names := slices.Sorted(maps.Keys(f.schema["properties"].(Schema)))
			r.wrong(r.find(r.place), "", "expected one of the keys %s", Listed(names))
		}
	}
	return f
}

// Extended is a mapping that may also have keys that begin with x-, which mean
// nothing: a place for what aliases stand for.
func Extended[T any](f Form[T]) Form[T] {
	f.schema = f.schema.with("patternProperties", Schema{"^x-": true})
	read := f.read
	f.read = func(r *reader, n *yaml.Node, into *T) {
		m := *follow(n)
		if m.Kind == yaml.MappingNode {
			var content []*yaml.Node
			for i := 0; i+1 < len(m.Content); i += 2 {
				if k := m.Content[i]; k.Kind != yaml.ScalarNode || !strings.HasPrefix(k.Value, "x-") {
					content = append(content, k, m.Content[i+1])
				}
			}
			m.Content = content
		}
		read(r, &m, into)
	}
	return f
}

// Named is a mapping from names to things, in their order. One of which nothing is
// said is a mapping without keys.
func Named[V any](what string, f Form[V], name func(*V) *string) Form[[]V] {
	want := "a mapping from names to " + what
	item := f.schema
	if required, ok := item["required"].([]string); ok && len(required) == 0 {
		item = Schema{"anyOf": []any{item, Schema{"type": "null"}}}
	}
	return Form[[]V]{
		want:   want,
		schema: Schema{"type": "object", "additionalProperties": item, "propertyNames": Schema{"pattern": NamePattern}},
		read: func(r *reader, n *yaml.Node, into *[]V) {
			entries, _ := r.entries(n, want)
			for _, e := range entries {
				if r.spent() {
					break
				}
				if isNull(follow(e.value)) { // nothing is said of it
					e.value = &yaml.Node{Kind: yaml.MappingNode, Line: e.key.Line, Column: e.key.Column}
				}
				var v V
				*name(&v) = follow(e.key).Value
				r.at("."+*name(&v), e.key, e.value, func() {
					r.nodes[r.place] = e.key
					f.read(r, e.value, &v)
				})
				*into = append(*into, v)
			}
		},
	}
}

// Texts is a mapping from names to texts.
func Texts(what string) Form[map[string]string] {
	want := "a mapping from names to " + what
	f := Text(what)
	return Form[map[string]string]{
		want:   want,
		schema: Schema{"type": "object", "additionalProperties": f.schema},
		read: func(r *reader, n *yaml.Node, into *map[string]string) {
			entries, ok := r.entries(n, want)
			if !ok {
				return
			}
			*into = make(map[string]string, len(entries))
			for _, e := range entries {
				var v string
				r.at("."+follow(e.key).Value, e.key, e.value, func() {
					r.nodes[r.place] = e.key // whether there is such a name is found out later
					f.read(r, e.value, &v)
				})
				(*into)[follow(e.key).Value] = v
			}
		},
	}
}

// List is a list of things.
func List[V any](what string, f Form[V]) Form[[]V] {
	want := "a list of " + what
	return Form[[]V]{
		want:   want,
		schema: Schema{"type": "array", "items": f.schema},
		read: func(r *reader, n *yaml.Node, into *[]V) {
			items, _ := r.items(n, want)
			for i, item := range items {
				if r.spent() {
					break
				}
				var v V
				r.at(fmt.Sprintf("[%d]", i), nil, item, func() { f.read(r, item, &v) })
				*into = append(*into, v)
			}
		},
	}
}

// Some is a list of things, or one of them without the brackets.
func Some[V any](what string, f Form[V]) Form[[]V] {
	l := List(what, f)
	return either(f.want+", or a list of such", func(n *yaml.Node) bool { return n.Kind == yaml.SequenceNode }, l, Form[[]V]{
		schema: f.schema,
		read: func(r *reader, n *yaml.Node, into *[]V) {
			var v V
			r.at("[0]", nil, n, func() { f.read(r, n, &v) })
			*into = append(*into, v)
		},
	})
}

// either is the first form where that is what a node looks like, else the second.
func either[V any](want string, isFirst func(n *yaml.Node) bool, first, second Form[V]) Form[V] {
	return Form[V]{
		want:   want,
		schema: Schema{"anyOf": []any{first.schema, second.schema}},
		read: func(r *reader, n *yaml.Node, into *V) {
			if isFirst(follow(n)) {
				first.read(r, n, into)
			} else {
				second.read(r, n, into)
			}
		},
	}
}

// MappingOr is a mapping, or a scalar that is short for one.
func MappingOr[V any](m, scalar Form[V]) Form[V] {
	scalar.want += ", or a mapping"
	read := scalar.read
	scalar.read = func(r *reader, n *yaml.Node, into *V) {
		if s := follow(n); s.Kind != yaml.ScalarNode || isNull(s) {
			r.wrong(n, "", "expected %s, not %s", scalar.want, described(n))
			return
		}
		read(r, n, into)
	}
	return either(scalar.want, func(n *yaml.Node) bool { return n.Kind == yaml.MappingNode }, m, scalar)
}

// Mapped is a form whose value is made of that of another.
func Mapped[V, W any](f Form[V], made func(V) W) Form[W] {
	return Form[W]{want: f.want, schema: f.schema, read: func(r *reader, n *yaml.Node, into *W) {
		var v V
		f.read(r, n, &v)
		*into = made(v)
	}}
}

// Then is a form whose value is completed once it is read.
func Then[V any](f Form[V], complete func(*V)) Form[V] {
	read := f.read
	f.read = func(r *reader, n *yaml.Node, into *V) {
		read(r, n, into)
		complete(into)
	}
	return f
}

// Optional is a form whose value may be missing.
func Optional[V any](f Form[V]) Form[*V] {
	return Form[*V]{want: f.want, schema: f.schema, read: func(r *reader, n *yaml.Node, into **V) {
		*into = new(V)
		f.read(r, n, *into)
	}}
}

// Switched is a form for which true is all of it as usual, and false is nothing.
func Switched[V any](f Form[V]) Form[*V] {
	isBool := func(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!bool" }
	want := "true, false or " + f.want
	return either(want, isBool, Form[*V]{
		schema: Schema{"type": "boolean"},
		read: func(r *reader, n *yaml.Node, into **V) {
			var on bool
			if Bool().read(r, n, &on); on {
				*into = new(V)
			}
		},
	}, Form[*V]{schema: f.schema, read: func(r *reader, n *yaml.Node, into **V) {
		if s := follow(n); s.Kind != yaml.MappingNode {
			advice := ""
			if s.Kind == yaml.ScalarNode {
				advice = adviseBool(s.Value)
			}
			r.wrong(n, advice, "expected %s, not %s", want, described(n))
			return
		}
		*into = new(V)
		f.read(r, n, *into)
	}})
}

// with returns the schema with another keyword.
func (s Schema) with(word string, demand any) Schema {
	t := Schema{word: demand}
	for k, v := range s {
		if _, there := t[k]; !there {
			t[k] = v
		}
	}
	return t
}

// suggestKey returns a hint for a key that there is not.
func suggestKey(name string, names []string) string {
	if key, value, ok := strings.Cut(name, ":"); ok && value != "" && slices.Contains(names, key) {
		return "a space comes after the colon: " + key + ": …"
	}
	return Suggest(habitual(name), "keys", names)
}

// habitual returns the key that is meant by a word from elsewhere.
func habitual(word string) string {
	for _, h := range [...]struct{ word, means string }{
		{"addr", "address"},
		{"ip", "address"},
		{"ips", "addresses"},
		{"args", "run"},
		{"bandwidth", "rate"},
		{"cmd", "run"},
		{"command", "run"},
		{"cwd", "dir"},
		{"default", "gateway"},
		{"default_route", "gateway"},
		{"destination", "to"},
		{"dev", "interface"},
		{"drop", "loss"},
		{"environment", "env"},
		{"expectations", "expect"},
		{"fastleave", "fast_leave"},
		{"flooding", "flood"},
		{"gw", "gateway"},
		{"host", "on"},
		{"hwaddr", "mac"},
		{"iif", "in"},
		{"input", "stdin"},
		{"latency", "delay"},
		{"mode", "kind"},
		{"net", "segment"},
		{"network", "segment"},
		{"networks", "segments"},
		{"nexthop", "via"},
		{"nodes", "hosts"},
		{"oif", "out"},
		{"output", "stdout"},
		{"status", "exit"},
		{"switches", "segments"},
		{"switch", "segment"},
		{"ttl", "threshold"},
		{"type", "kind"},
		{"wait", "until"},
	} {
		if h.word == strings.ToLower(word) {
			return h.means
		}
	}
	return word
}
