package wire

// FieldInfo describes a field that a layer may have.
type FieldInfo struct {
	Name    string
	Kind    Kind
	Named   bool        // its numbers may have a meaning
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
		list = append(list, FieldInfo{f.name, f.kind, f.names != nil, infos(f.record)})
	}
	return list
}
