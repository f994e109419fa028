package capture_test

import (
	"bytes"
	"io"
	"io/fs"
	"sync"
	"testing"
	"time"

	"mcast/capture"
)

// memory is a directory.
type memory struct {
	mu    sync.Mutex
	files map[string]*held
	order []string // in which they were created
	lost  []string // in which they were removed
}

// held is a file of it.
type held struct {
	mu     sync.Mutex
	b      []byte
	closed bool
	err    error // of writing
}

func (h *held) Write(b []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.err != nil {
		return 0, h.err
	}
	h.b = append(h.b, b...)
	return len(b), nil
}

func (h *held) Close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	return nil
}

// content returns what is in it now.
func (h *held) content() []byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	return bytes.Clone(h.b)
}

// fails has it write no more.
func (h *held) fails(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.err = err
}

func (m *memory) create(name string, exclusive bool) (io.WriteCloser, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.files == nil {
		m.files = map[string]*held{}
	}
	if m.files[name] != nil && exclusive {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrExist}
	}
	h := &held{}
	m.files[name] = h
	m.order = append(m.order, name)
	return h, nil
}

func (m *memory) remove(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.files[name] == nil {
		return &fs.PathError{Op: "remove", Path: name, Err: fs.ErrNotExist}
	}
	delete(m.files, name)
	m.lost = append(m.lost, name)
	return nil
}

// names are the files that are there, in the order of their creation.
func (m *memory) names() (list []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, n := range m.order {
		if m.files[n] != nil {
			list = append(list, n)
		}
	}
	return list
}

func (m *memory) file(name string) *held {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.files[name]
}

// config writes into the directory.
func (m *memory) config(name string, r capture.Rotation) capture.FilesConfig {
	return capture.FilesConfig{Name: name, Rotation: r, Create: m.create, Remove: m.remove, FlushEvery: -1}
}

func open(t *testing.T, c capture.FilesConfig) *capture.Files {
	t.Helper()
	f, err := capture.NewFiles(c)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// at is a time of day on the day of these tests, local as names have it.
func at(hour, minute, second int) time.Time {
	return time.Date(2026, 11, 28, hour, minute, second, 0, time.Local)
}
