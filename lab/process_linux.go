package lab

import (
	"fmt"
	"os"
	"strings"
)

func (n *Node) processes() ([]Process, error) {
	m, err := n.up()
	if err != nil {
		return nil, fmt.Errorf("host %s: list processes: %w", n.host.Name, err)
	}
	pids, err := m.Processes()
	if err != nil {
		return nil, fmt.Errorf("host %s: list processes: %w", n.host.Name, err)
	}
	var list []Process
	for _, pid := range pids {
		p := Process{PID: pid}
		line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if err != nil {
			continue // it has ended
		}
		if len(line) > 0 {
			p.Command = strings.Split(strings.TrimSuffix(string(line), "\x00"), "\x00")
		}
		list = append(list, p)
	}
	return list, nil
}
