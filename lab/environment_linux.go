package lab

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// offered is where a host has the programs that it is offered: in its own /run.
const offered = "/run/mcast/bin"

func (n *Node) environment(env []string, programs map[string]string) ([]string, error) {
	// Programs see themselves as root, whoever has started the lab.
	path := cmp.Or(lookup(env, "PATH"), "/usr/local/bin:/usr/bin:/bin")
	for _, dir := range []string{"/usr/local/sbin", "/usr/sbin", "/sbin"} {
		if !slices.Contains(filepath.SplitList(path), dir) {
			path += ":" + dir
		}
	}
	if len(programs) > 0 {
		if err := n.do(func() error { return offer(programs) }); err != nil {
			return nil, fmt.Errorf("host %s: offer programs: %w", n.host.Name, err)
		}
		path = offered + ":" + path
	}
	return append(slices.Clone(env), "PATH="+path), nil
}

// offer puts programs where they are found. It runs on a thread on the host.
func offer(programs map[string]string) error {
	if err := os.MkdirAll(offered, 0o755); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(programs)) {
		link := filepath.Join(offered, name)
		err := os.Symlink(programs[name], link)
		if errors.Is(err, fs.ErrExist) {
			err = offerAnew(programs[name], link)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// offerAnew has a program be another file than before, from one moment to the next: others may be
// looking for it.
func offerAnew(file, link string) error {
	if now, err := os.Readlink(link); err != nil || now == file {
		return err
	}
	dir, err := os.MkdirTemp(offered, ".new-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	fresh := filepath.Join(dir, "program")
	if err := os.Symlink(file, fresh); err != nil {
		return err
	}
	return os.Rename(fresh, link)
}
