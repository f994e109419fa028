package cli

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"

	"mcast/capture"
	"mcast/internal/privilege"
)

// limitRights gives up all rights but that to capture, or all of them where a file is
// read, before there is a byte that somebody else has written. It returns how to
// reach the files of the command line all the same. done says that this process
// opened them for another one, which has ended.
func limitRights(ctx context.Context, o *sniffOptions, stdio IO) (access fileAccess, done bool, err error) {
	if !stdio.own {
		return access, false, nil // a test runs several in one process
	}
	c := privilege.Config{Keep: privilege.NetRaw}
	if o.file != "" {
		c.Keep = privilege.Nothing
	}
	if own := (ownFiles{o: o}); own.any() {
		c.Serve = own.serve
	}
	h, done, err := privilege.Reduce(ctx, c)
	return fileAccess{client: h.Files}, done, err
}

// What the process without rights asks of the one that has them.
const (
	askOpen        = "open"
	askCreate      = "create"
	askCreateNew   = "create new"
	askRemove      = "remove"
	askRemoveReady = "remove ready file"
	askMakeReady   = "make ready file"
)

// ownFiles does what the process without rights asks for, with the files that the
// command line names and with no others.
type ownFiles struct {
	o       *sniffOptions
	created map[string]bool // files of a rotation; nil unless some are removed
}

// any says that the command line names a file.
func (f *ownFiles) any() bool {
	o := f.o
	return named(o.from) || named(o.file) || named(o.output) || o.readyFile != ""
}

// named says that a flag names a file.
func named(file string) bool { return file != "" && file != "-" }

func (f *ownFiles) serve(what, name string) (*os.File, error) {
	o := f.o
	rotates := o.rotation.Size > 0 || o.rotation.Every > 0
	switch {
	case name == "" || name == "-":
	case what == askOpen && (name == o.from || name == o.file):
		return os.Open(name)
	case what == askCreate && name == o.output && !rotates:
		return created(capture.Create(name, false))
	case what == askCreateNew && rotates && named(o.output) && capture.IsRotated(o.output, name):
		file, err := created(capture.Create(name, true))
		if err == nil && o.rotation.Files > 0 {
			if f.created == nil {
				f.created = map[string]bool{}
			}
			f.created[name] = true
		}
		return file, err
	case what == askRemove && f.created[name]:
		err := os.Remove(name)
		if err == nil || os.IsNotExist(err) {
			delete(f.created, name)
		}
		return nil, err
	case what == askRemoveReady && name == o.readyFile:
		return nil, removeReadyFile(name)
	case what == askMakeReady && name == o.readyFile:
		return nil, makeReadyFile(name)
	}
	return nil, fmt.Errorf("%s %s: the command line does not say so", what, name)
}

// created returns the file that capture.Create has made.
func created(w io.WriteCloser, err error) (*os.File, error) {
	if err != nil {
		return nil, err
	}
	file, ok := w.(*os.File)
	if !ok {
		_ = w.Close()
		return nil, fmt.Errorf("%T is no file to hand over", w)
	}
	return file, nil
}

// fileAccess reaches the files that the command line names.
type fileAccess struct {
	client *privilege.Client // who has the rights; nil: this process
}

// close ends what was needed to reach them.
func (a fileAccess) close() {
	if a.client != nil {
		a.client.Close()
	}
}

// open opens a file to read it.
func (a fileAccess) open(name string) (*os.File, error) {
	if a.client == nil {
		return os.Open(name)
	}
	return a.ask(askOpen, "open", name)
}

// create is what capture.FilesConfig has.
func (a fileAccess) create(name string, exclusive bool) (io.WriteCloser, error) {
	what := askCreate
	switch {
	case a.client == nil:
		return capture.Create(name, exclusive)
	case exclusive:
		what = askCreateNew
	}
	file, err := a.ask(what, "create", name)
	if err != nil {
		return nil, err
	}
	return file, nil
}

// remove is what capture.FilesConfig has.
func (a fileAccess) remove(name string) error {
	if a.client == nil {
		return os.Remove(name)
	}
	return a.do(askRemove, "remove", name)
}

func (a fileAccess) removeReady(name string) error {
	if a.client == nil {
		return removeReadyFile(name)
	}
	_, err := a.client.Ask(askRemoveReady, name)
	return err
}

func (a fileAccess) makeReady(name string) error {
	if a.client == nil {
		return makeReadyFile(name)
	}
	_, err := a.client.Ask(askMakeReady, name)
	return err
}

// ask has a file handed over.
func (a fileAccess) ask(what, op, name string) (*os.File, error) {
	file, err := a.client.Ask(what, name)
	if err == nil && file == nil {
		err = os.ErrInvalid
	}
	if err != nil {
		return nil, &fs.PathError{Op: op, Path: name, Err: err}
	}
	return file, nil
}

// do has something done.
func (a fileAccess) do(what, op, name string) error {
	file, err := a.client.Ask(what, name)
	if file != nil {
		_ = file.Close()
	}
	if err != nil {
		return &fs.PathError{Op: op, Path: name, Err: err}
	}
	return nil
}
