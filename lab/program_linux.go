package lab

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// findProgram looks a program up on the host of the calling thread, by the PATH that it
// will see. exec.Command did that already, but elsewhere, and by the PATH of this process.
func findProgram(cmd *exec.Cmd) error {
	if err := beginIn(cmd.Dir); err != nil {
		return err
	}
	if len(cmd.Args) == 0 || cmd.Err == nil && cmd.Args[0] != filepath.Base(cmd.Path) {
		return nil // it is the file that its caller says
	}
	env := cmd.Env
	if env == nil {
		env = os.Environ()
	}
	path, err := find(cmd.Args[0], cmd.Dir, env)
	if err == nil {
		cmd.Path, cmd.Err = path, nil
	}
	return err
}

// beginIn checks the directory of a program, on the host of the calling thread. Of one that is
// not there the kernel says the same as of a program that is not.
func beginIn(dir string) error {
	if dir == "" {
		return nil
	}
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return &noDirectoryError{dir, plainCause(err)}
	case !info.IsDir():
		return &noDirectoryError{dir, syscall.ENOTDIR}
	}
	return nil
}

// find returns the file of a program. It runs on a thread that is on the host, whose
// files may be others.
func find(name, dir string, env []string) (string, error) {
	if strings.Contains(name, "/") {
		path := name
		if dir != "" && !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		return name, executable(path)
	}
	for _, dir := range filepath.SplitList(lookup(env, "PATH")) {
		// As package exec does: what lies in the working directory is not meant.
		if path := filepath.Join(dir, name); filepath.IsAbs(dir) && executable(path) == nil {
			return path, nil
		}
	}
	return "", noProgramError{}
}

func executable(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return &fs.PathError{Op: "run", Path: path, Err: syscall.EISDIR}
	case info.Mode()&0o111 == 0:
		return &fs.PathError{Op: "run", Path: path, Err: fs.ErrPermission}
	}
	return nil
}

// lookup returns a variable of an environment; the last one counts.
func lookup(env []string, name string) (value string) {
	for _, e := range env {
		if v, ok := strings.CutPrefix(e, name+"="); ok {
			value = v
		}
	}
	return value
}

// noProgramError is [exec.ErrNotFound] in words of ours.
type noProgramError struct{}

func (noProgramError) Error() string { return "no such program on the PATH" }

func (noProgramError) Is(target error) bool { return target == exec.ErrNotFound }

func (noProgramError) Hint() string {
	return "name one that is installed, or its path; without a shell, words such as cd and | are none: sh -c '...'"
}

// noDirectoryError says that a program cannot begin where it should.
type noDirectoryError struct {
	dir string
	err error
}

func (e *noDirectoryError) Error() string { return "begin in " + e.dir + ": " + e.err.Error() }

func (e *noDirectoryError) Unwrap() error { return e.err }

func (e *noDirectoryError) Hint() string {
	return "its directory is one of the host, which has a /run and a /sys of its own"
}
