package json

import (
	"encoding/json"

	"mcast/wire"
)

// object is a part of a JSON Schema.
type object map[string]any

// FrameSchema returns the JSON Schema (draft 2020-12) of what `mcast sniff --json`
// prints, indented, with a newline at its end. It is made from the same tables as
// the output.
func FrameSchema() []byte {
	definitions := frameDefinitions()
	text, count := object{"type": "string"}, object{"type": "integer", "minimum": 0}
	definitions["summary"] = closed(object{
		"type":             object{"const": "summary"},
		"captured":         count,
		"bytes":            count,
		"dropped":          object{"type": []string{"integer", "null"}, "minimum": 0, "description": "frames that the kernel dropped; null where nobody counted"},
		"dropped_at_least": object{"const": true, "description": "frames that were dropped may have been superframes, of several datagrams"},
		"seconds":          object{"type": "number", "description": "from the first frame to the last"},
		"groups": object{"type": "array", "items": closed(object{
			"group": text, "port": object{"type": []string{"integer", "null"}}, "interface": text, "frames": count, "bytes": count,
		}, "group", "port", "interface", "frames", "bytes")},
	}, "type", "captured", "bytes", "dropped", "seconds", "groups")
	return lineSchema("mcast sniff --json", "Each line is a frame; the last one is the summary.", definitions, "frame", "summary")
}

// lineSchema is the JSON Schema of lines that are each of one of those kinds, indented, with a
// newline at its end.
func lineSchema(title, description string, definitions object, kinds ...string) []byte {
	var lines []any
	for _, kind := range kinds {
		lines = append(lines, object{"$ref": "#/$defs/" + kind})
	}
	b, err := json.MarshalIndent(object{
		"$schema":     "https://json-schema.org/draft/2020-12/schema",
		"title":       title,
		"description": description,
		"anyOf":       lines,
		"$defs":       definitions,
	}, "", "  ")
	if err != nil {
		panic(err) // maps and strings
	}
	return append(b, '\n')
}

// frameDefinitions are of a frame, and of its layers.
func frameDefinitions() object {
	var layers []any
	definitions := object{}
	for _, p := range wire.Protocols() {
		name := p.String()
		properties := fieldSchemas(p.FieldInfos())
		properties["layer"] = object{"const": name}
		definitions[name] = closed(properties, "layer")
		layers = append(layers, object{"$ref": "#/$defs/" + name})
	}
	var faults []string
	for _, k := range wire.FaultKinds() {
		faults = append(faults, k.String())
	}
	text := object{"type": "string"}
	definitions["frame"] = closed(object{
		"type":      object{"const": "frame"},
		"time":      object{"type": []string{"string", "null"}, "format": "date-time", "description": "when the kernel saw the frame, in UTC, with nanoseconds"},
		"interface": object{"type": "string", "description": "empty where the capture does not name it"},
		"direction": object{"enum": []any{"in", "out", "other", nil}},
		"length":    object{"type": "integer", "minimum": 0, "description": "bytes on the wire"},
		"captured":  object{"type": "integer", "minimum": 0, "description": "bytes of these that were captured"},
		"superframe": closed(object{
			"segment_size": object{"type": "integer", "minimum": 0, "description": "bytes of payload of each datagram but the last; 0 is not known"},
		}, "segment_size"),
		"comment": text,
		"summary": object{"type": "string", "description": "the frame in a line, for people; it may change"},
		"layers":  object{"type": "array", "items": object{"anyOf": layers}},
		"faults": object{"type": "array", "items": closed(object{
			"layer":  object{"type": []string{"string", "null"}},
			"fault":  object{"enum": faults},
			"offset": object{"type": "integer", "minimum": 0, "description": "which byte of the frame"},
			"text":   text,
		}, "layer", "fault", "offset", "text")},
	}, "type", "time", "interface", "direction", "length", "captured", "summary", "layers")
	return definitions
}

// closed is an object with these members and no other.
func closed(properties object, required ...string) object {
	if required == nil {
		required = []string{}
	}
	return object{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
}

// fieldSchemas returns the schemas of fields by their names.
func fieldSchemas(fields []wire.FieldInfo) object {
	properties := object{}
	for _, f := range fields {
		properties[f.Name] = valueSchema(f)
		if f.Named {
			properties[f.Name+"_name"] = object{"type": "string"}
		}
	}
	return properties
}

func valueSchema(f wire.FieldInfo) object {
	switch f.Kind {
	case wire.Number, wire.Hex, wire.Signed:
		number := object{"type": "integer"}
		if f.Kind != wire.Signed {
			number["minimum"] = 0
		}
		if f.Large {
			number["description"] = "up to 64 bits: not exact where numbers are floating point"
		}
		return number
	case wire.Flag:
		return object{"type": "boolean"}
	case wire.MAC:
		return object{"type": "string", "pattern": "^[0-9a-f]{2}(:[0-9a-f]{2}){5}$"}
	case wire.Bytes:
		return object{"type": "string", "pattern": "^([0-9a-f]{2})*$", "description": "hexadecimal"}
	case wire.Addresses:
		return object{"type": "array", "items": object{"type": "string"}}
	case wire.Records:
		properties := fieldSchemas(f.Records)
		return object{"type": "array", "items": closed(properties)}
	}
	return object{"type": "string"}
}
