package wire

// FieldInfo describes a field that a layer may have.
type FieldInfo struct {
	Name    string
	Kind    Kind
	Named   bool        // its numbers may have a meaning
	Large   bool        // a number of 64 bits, which a float64 does not hold exactly
	Records []FieldInfo // of a record, if it is of kind Records
}

// Protocols returns all protocols that are decoded.
func Protocols() []Protocol {
	var all []Protocol
	for i, p := range protocols {
		if p.decode != nil {
			all = append(all, Protocol(i))
		}
	}
	return all
}

// FieldInfos returns every field that a layer of the protocol may have, in the
// order of [Packet.Fields].
func (p Protocol) FieldInfos() []FieldInfo {
	if int(p) >= len(protocols) {
		return nil
	}
	return append(infos(protocols[p].fields), FieldInfo{Name: checksumState, Kind: Text})
}

func infos(fields []field) []FieldInfo {
	list := make([]FieldInfo, 0, len(fields))
	for _, f := range fields {
		list = append(list, FieldInfo{f.name, f.kind, f.names != nil, f.large(), infos(f.record)})
	}
	return list
}

// large says that the field is a number of more bits than a float64 is exact for.
func (f *field) large() bool {
	const exact = 53
	bits := int(f.bits)
	if bits == 0 {
		bits = 8 * f.size
	}
	return (f.kind == Number || f.kind == Hex || f.kind == Signed) && bits > exact
}
