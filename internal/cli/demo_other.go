//go:build !linux

package cli

import "context"

// demo is what it can be without virtual hosts.
func demo(ctx context.Context, stdio IO) error { return demoOnLoopback(ctx, stdio.Out) }
