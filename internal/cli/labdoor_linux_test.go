package cli

import (
	"net"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A door stays one when somebody could not be let in.
func TestDoorStays(t *testing.T) {
	name := "test-" + strconv.Itoa(os.Getpid())
	l, err := net.ListenUnix("unix", &net.UnixAddr{Net: "unix", Name: doorName(name)})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.SetDeadline(time.Now().Add(-time.Second)); err != nil { // as good an error as any
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		(&doorkeeper{}).serve(t.Context(), l)
	}()
	select {
	case <-served:
		t.Fatal("nobody is let in any more")
	case <-time.After(50 * time.Millisecond):
	}
	if err := l.SetDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	if _, err := request(name, &doorRequest{Do: "dance"}); err == nil || !strings.Contains(err.Error(), `does not know "dance"`) {
		t.Errorf("the door says: %v", err)
	}
	_ = l.Close()
	<-served
}

// What another user listens to is no lab of this one. Only root can be two users.
func TestDoorOfAnother(t *testing.T) {
	listen := func(name string) {
		l, err := net.ListenUnix("unix", &net.UnixAddr{Net: "unix", Name: doorName(name)})
		if err != nil {
			t.Error(err)
			return
		}
		t.Cleanup(func() { l.Close() })
	}
	own, foreign := "test-own-"+strconv.Itoa(os.Getpid()), "test-foreign-"+strconv.Itoa(os.Getpid())
	listen(own)
	// The thread is another user for a moment.
	become := func(uid uintptr) syscall.Errno {
		_, _, errno := syscall.RawSyscall(syscall.SYS_SETRESUID, ^uintptr(0), uid, ^uintptr(0))
		return errno
	}
	const nobody = 65534
	runtime.LockOSThread()
	if become(nobody) == 0 { // in a user namespace there may be no other user
		listen(foreign)
		if errno := become(0); errno != 0 {
			t.Fatal(errno) // and leave the thread locked: it ends with the test
		}
	}
	runtime.UnlockOSThread()
	names, err := labsUp()
	if err != nil || !slices.Contains(names, own) || slices.Contains(names, foreign) {
		t.Errorf("the labs that are up: %q, %v", names, err)
	}
}
