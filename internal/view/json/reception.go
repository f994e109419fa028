package json

import (
	"mcast/internal/observe"
	"mcast/internal/view"
)

type reception struct {
	Type        string               `json:"type"`
	Lab         string               `json:"lab"`
	Step        string               `json:"step"`
	Host        string               `json:"host"`
	Group       string               `json:"group"`
	Port        uint16               `json:"port"`
	Received    bool                 `json:"received"`
	Route       *string              `json:"route"`
	Interfaces  []receptionInterface `json:"interfaces"`
	Explanation string               `json:"explanation"`
	Words       []string             `json:"words"`
}

type receptionInterface struct {
	Interface string   `json:"interface"`
	Addresses []string `json:"addresses"`
	Joined    bool     `json:"joined"`
	Reports   []string `json:"reports"`
	Datagrams []string `json:"datagrams"`
}

// Reception prints what was observed of how a group reaches a host.
func (p *Printer) Reception(r *view.Reception) error {
	o := reception{
		Type: "reception", Lab: r.Lab, Step: r.Step, Host: r.Host, Group: r.Group.Addr().String(), Port: r.Group.Port(),
		Received: r.Received, Route: orNull(r.Route), Interfaces: []receptionInterface{}, Explanation: string(r.Explain(r.Received)), Words: orEmpty(r.Words(r.Received)),
	}
	for _, i := range r.Interfaces {
		at := receptionInterface{Interface: i.Name, Addresses: []string{}, Joined: i.Joined, Reports: orEmpty(i.Reports), Datagrams: orEmpty(i.Datagrams)}
		for _, a := range i.Addresses {
			at.Addresses = append(at.Addresses, a.String())
		}
		o.Interfaces = append(o.Interfaces, at)
	}
	return p.encoder.Encode(o)
}

// receptionDefinition is the schema of what Reception prints.
func receptionDefinition() object {
	text, port := object{"type": "string"}, object{"type": "integer", "minimum": 0}
	yes, lines := object{"type": "boolean"}, object{"type": "array", "items": object{"type": "string", "description": "for people; it may change"}}
	return closed(object{
		"type": object{"const": "reception"}, "lab": text, "step": text, "host": text, "group": text, "port": port, "received": yes,
		"route": object{"type": []string{"string", "null"}, "description": "the interface of the kernel's route to the group"},
		"interfaces": object{"type": "array", "items": closed(object{
			"interface": text, "addresses": object{"type": "array", "items": text},
			"joined": object{"type": "boolean", "description": "as its kernel says"}, "reports": lines, "datagrams": lines,
		}, "interface", "addresses", "joined", "reports", "datagrams")},
		"explanation": object{"enum": []observe.Explanation{observe.Received, observe.JoinedOther, observe.JoinedNowhere, observe.ArrivesNowhere, observe.Unexplained}},
		"words":       lines,
	}, "type", "lab", "step", "host", "group", "port", "received", "route", "interfaces", "explanation", "words")
}
