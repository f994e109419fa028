package cli

import (
	"net"
	"os"
	"strconv"
	"strings"
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
