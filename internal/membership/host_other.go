//go:build !linux

package membership

import (
	"context"
	"errors"
	"fmt"
	"runtime"
)

// UnsupportedError says that memberships cannot be listed on this system.
// errors.Is(err, errors.ErrUnsupported) is true of it.
type UnsupportedError struct{ platform string }

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("list who has joined what: not supported on %s", e.platform)
}
