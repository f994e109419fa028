package json

import (
	"net/netip"

	"mcast/internal/view"
)

type membership struct {
	Type          string         `json:"type"`
	Interface     string         `json:"interface"`
	Group         netip.Addr     `json:"group"`
	Mode          *string        `json:"mode"`    // null: unknown
	Sources       []netip.Addr   `json:"sources"` // likewise
	Version       *string        `json:"version"` // likewise
	VersionSource *string        `json:"version_source"`
	Users         int            `json:"users"`
	Kernel        int            `json:"kernel"`
	Unknown       int            `json:"unknown"`
	Sockets       []memberSocket `json:"sockets"` // null: there are some, and none is known
	Listed        []listedSource `json:"listed,omitempty"`
}

type memberSocket struct {
	PID      int             `json:"pid"`
	Command  string          `json:"command"`
	Inode    uint64          `json:"inode"`
	Protocol string          `json:"protocol"`
	Local    *netip.AddrPort `json:"local"`
	// Only where they are not those of the interface.
	Mode    *string       `json:"mode,omitempty"`
	Sources *[]netip.Addr `json:"sources,omitempty"`
}

type listedSource struct {
	Source  netip.Addr `json:"source"`
	Include int        `json:"include"`
	Exclude int        `json:"exclude"`
}

type event struct {
	Type      string        `json:"type"`
	Time      string        `json:"time"`
	Event     string        `json:"event"`
	Where     string        `json:"where"`
	Interface string        `json:"interface"`
	Who       *string       `json:"who"`
	Group     *netip.Addr   `json:"group"`
	Mode      *string       `json:"mode"`
	Sources   []netip.Addr  `json:"sources"`
	Version   *string       `json:"version"`
	Seen      string        `json:"seen,omitempty"`
	Socket    *memberSocket `json:"socket,omitempty"`
	*querier                // of a querier
}

type querier struct {
	State    string   `json:"state"`
	Interval *float64 `json:"interval"` // in seconds; null: unknown
	Elected  *bool    `json:"elected"`  // null: it holds no elections
}

// Membership prints a membership.
func (p *Printer) Membership(m *view.Membership) error {
	o := membership{
		Type: "membership", Interface: m.Interface, Group: m.Group,
		Version: orNull(m.Version), VersionSource: orNull(m.VersionSource), Users: m.Users, Kernel: m.Kernel, Unknown: m.Unknown,
	}
	o.Mode, o.Sources = sources(m.Wants)
	if len(m.Sockets) > 0 || m.Unknown == 0 {
		o.Sockets = []memberSocket{}
	}
	for i := range m.Sockets {
		s := socket(&m.Sockets[i])
		if w := m.Sockets[i].Wants; !w.Equal(m.Wants) {
			mode, list := sources(w)
			s.Mode, s.Sources = mode, &list
		}
		o.Sockets = append(o.Sockets, s)
	}
	for _, l := range m.Listed {
		o.Listed = append(o.Listed, listedSource(l))
	}
	return p.encoder.Encode(o)
}

// Event prints an event.
func (p *Printer) Event(e *view.MembershipEvent) error {
	o := event{
		Type: "event", Time: formatTime(e.Time), Event: e.Event, Where: e.Where, Interface: e.Interface,
		Who: orNull(e.Who), Version: orNull(e.Version), Seen: e.Seen,
	}
	if e.Group.IsValid() {
		o.Group = &e.Group
	}
	o.Mode, o.Sources = sources(e.Wants)
	if e.Socket != nil {
		s := socket(e.Socket)
		o.Socket = &s
	}
	if q := e.Querier; q != nil {
		o.querier = &querier{State: q.State, Elected: q.Elected}
		if s := q.Interval.Seconds(); s > 0 {
			o.Interval = &s
		}
	}
	return p.encoder.Encode(o)
}

func socket(s *view.MemberSocket) memberSocket {
	o := memberSocket{PID: s.PID, Command: s.Command, Inode: s.Inode, Protocol: s.Protocol}
	if s.Local.IsValid() {
		o.Local = &s.Local
	}
	return o
}

// sources returns a list that is null only where it is unknown.
func sources(s view.Sources) (mode *string, list []netip.Addr) {
	if s.Mode == "" {
		return nil, nil
	}
	if s.List == nil {
		return &s.Mode, []netip.Addr{}
	}
	return &s.Mode, s.List
}
