package capture

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// fileMode is that of new files: captures hold passwords and much else, and are
// nobody else's business, as with dumpcap. (tcpdump leaves that to the umask.)
const fileMode = 0o600

// ErrPlanted says that a symbolic link, where everybody may make one, leads to
// another file. It is not followed: somebody could have what he may not write
// overwritten by whoever may.
var ErrPlanted = errors.New("a symbolic link in a directory that everybody may write to")

// Create creates a file that only its owner may read and write, or opens and empties
// one that is there, unless it must not be there (exclusive). A file that is there
// keeps its mode. Links to it are followed, "/dev/stdout" among them, except
// such as ErrPlanted is about. Opening a named pipe waits for somebody who
// reads it.
func Create(name string, exclusive bool) (io.WriteCloser, error) {
	// With O_EXCL, no system follows a link.
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err == nil {
		return f, nil
	}
	if exclusive || !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return reopen(name)
}

// reopen opens what is there.
func reopen(name string) (io.WriteCloser, error) {
	named, err := os.Lstat(name)
	if err != nil {
		return nil, err
	}
	link := named.Mode()&fs.ModeSymlink != 0
	if link {
		directory, err := os.Stat(filepath.Dir(name))
		if err != nil {
			return nil, err
		}
		if directory.Mode().Perm()&0o002 != 0 {
			return nil, &fs.PathError{Op: "create", Path: name, Err: ErrPlanted}
		}
	}
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	if err := empty(f, named, link); err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// empty empties a file, unless it is another than was named before it was opened.
func empty(f *os.File, named fs.FileInfo, link bool) error {
	opened, err := f.Stat()
	if err != nil {
		return err
	}
	if !link && !os.SameFile(named, opened) {
		return &fs.PathError{Op: "create", Path: f.Name(), Err: errors.New("it was replaced just now")}
	}
	if !opened.Mode().IsRegular() {
		return nil
	}
	return f.Truncate(0)
}
