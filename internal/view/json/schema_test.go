package json

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strings"
)

// schema checks values against a JSON Schema, as far as ours go: what it does not
// know is an error, so that nothing passes because it was not looked at.
type schema struct {
	root     map[string]any
	patterns map[string]*regexp.Regexp
}

func newSchema(text []byte) (*schema, error) {
	s := schema{patterns: map[string]*regexp.Regexp{}}
	if err := json.Unmarshal(text, &s.root); err != nil {
		return nil, err
	}
	return &s, nil
}

// annotations are the keywords that say nothing about a value.
var annotations = []string{"$schema", "$defs", "title", "description", "format"}

// check says where a value, which is at a path, is not what the schema demands.
func (s *schema) check(demands map[string]any, v any, path string) error {
	for word, demand := range demands {
		if slices.Contains(annotations, word) {
			continue
		}
		check, ok := map[string]func(demand, v any, path string) error{
			"$ref":                 s.checkRef,
			"anyOf":                s.checkAnyOf,
			"type":                 checkType,
			"const":                checkConst,
			"enum":                 checkEnum,
			"minimum":              checkMinimum,
			"pattern":              s.checkPattern,
			"items":                s.checkItems,
			"properties":           s.checkProperties,
			"required":             checkRequired,
			"additionalProperties": func(demand, v any, path string) error { return checkAdditional(demands, demand, v, path) },
		}[word]
		if !ok {
			return fmt.Errorf("the keyword %q is not known here", word)
		}
		if err := check(demand, v, path); err != nil {
			return err
		}
	}
	return nil
}

func (s *schema) checkRef(demand, v any, path string) error {
	name, ok := strings.CutPrefix(demand.(string), "#/$defs/")
	definition, there := s.root["$defs"].(map[string]any)[name].(map[string]any)
	if !ok || !there {
		return fmt.Errorf("%v leads nowhere", demand)
	}
	return s.check(definition, v, path)
}

func (s *schema) checkAnyOf(demand, v any, path string) error {
	var errs []string
	for _, d := range demand.([]any) {
		err := s.check(d.(map[string]any), v, path)
		if err == nil {
			return nil
		}
		// An alternative for another layer or type tells nothing.
		if !strings.Contains(err.Error(), ".layer: ") && !strings.Contains(err.Error(), ".type: ") {
			errs = append(errs, err.Error())
		}
	}
	return fmt.Errorf("%s: none of the alternatives fits %v: %s", path, v, strings.Join(errs, "; "))
}

func checkType(demand, v any, path string) error {
	types, ok := demand.([]any)
	if !ok {
		types = []any{demand}
	}
	for _, t := range types {
		is := false
		switch v := v.(type) {
		case nil:
			is = t == "null"
		case bool:
			is = t == "boolean"
		case string:
			is = t == "string"
		case json.Number:
			is = t == "number" || t == "integer" && !strings.ContainsAny(v.String(), ".eE")
		case []any:
			is = t == "array"
		case map[string]any:
			is = t == "object"
		}
		if is {
			return nil
		}
	}
	return fmt.Errorf("%s: %v is not of type %v", path, v, demand)
}

func checkConst(demand, v any, path string) error {
	if v != demand {
		return fmt.Errorf("%s: %v is not %v", path, v, demand)
	}
	return nil
}

func checkEnum(demand, v any, path string) error {
	if !slices.Contains(demand.([]any), v) {
		return fmt.Errorf("%s: %v is none of %v", path, v, demand)
	}
	return nil
}

func checkMinimum(demand, v any, path string) error {
	n, ok := v.(json.Number)
	if !ok {
		return nil // null, where that is allowed
	}
	if x, err := n.Float64(); err != nil || x < demand.(float64) || math.IsInf(x, 0) {
		return fmt.Errorf("%s: %v is less than %v", path, v, demand)
	}
	return nil
}

func (s *schema) checkPattern(demand, v any, path string) error {
	p := s.patterns[demand.(string)]
	if p == nil {
		p = regexp.MustCompile(demand.(string))
		s.patterns[demand.(string)] = p
	}
	if text, ok := v.(string); !ok || !p.MatchString(text) {
		return fmt.Errorf("%s: %v does not match %v", path, v, demand)
	}
	return nil
}

func (s *schema) checkItems(demand, v any, path string) error {
	list, ok := v.([]any)
	if !ok {
		return nil // which its type says
	}
	for i, item := range list {
		if err := s.check(demand.(map[string]any), item, fmt.Sprintf("%s[%d]", path, i)); err != nil {
			return err
		}
	}
	return nil
}

func (s *schema) checkProperties(demand, v any, path string) error {
	members, ok := v.(map[string]any)
	if !ok {
		return nil // which its type says
	}
	for name, d := range demand.(map[string]any) {
		if m, there := members[name]; there {
			if err := s.check(d.(map[string]any), m, path+"."+name); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkRequired(demand, v any, path string) error {
	members, _ := v.(map[string]any)
	for _, name := range demand.([]any) {
		if _, there := members[name.(string)]; !there {
			return fmt.Errorf("%s.%v is missing", path, name)
		}
	}
	return nil
}

func checkAdditional(demands map[string]any, demand, v any, path string) error {
	if demand != false {
		return fmt.Errorf("additional properties may be %v, and here only false is known", demand)
	}
	properties, _ := demands["properties"].(map[string]any)
	members, _ := v.(map[string]any)
	for name := range members {
		if _, there := properties[name]; !there {
			return fmt.Errorf("%s.%s is not described", path, name)
		}
	}
	return nil
}

// validate checks a line of output.
func (s *schema) validate(line []byte) error {
	if err := noDuplicates(line); err != nil {
		return err
	}
	d := json.NewDecoder(strings.NewReader(string(line)))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("something follows: %w", err)
	}
	return s.check(s.root, v, "")
}

// noDuplicates says whether an object has two members of one name: most readers
// would take either.
func noDuplicates(line []byte) error {
	d := json.NewDecoder(strings.NewReader(string(line)))
	var value func() error
	value = func() error {
		t, err := d.Token()
		if err != nil {
			return err
		}
		delim, ok := t.(json.Delim)
		if !ok {
			return nil
		}
		seen := map[any]bool{}
		for d.More() {
			if delim == '{' {
				name, err := d.Token()
				if err != nil {
					return err
				}
				if seen[name] {
					return fmt.Errorf("two members are called %v", name)
				}
				seen[name] = true
			}
			if err := value(); err != nil {
				return err
			}
		}
		_, err = d.Token()
		return err
	}
	return value()
}
