package auto

import (
	"context"
	"time"
)

// A Clock tells the time, and ends contexts by it.
type Clock interface {
	Now() time.Time
	Until(ctx context.Context, t time.Time) (context.Context, context.CancelFunc)
}

// Wall is the machine's clock.
type Wall struct{}

// Now is time.Now.
func (Wall) Now() time.Time { return time.Now() }

// Until is context.WithDeadline.
func (Wall) Until(ctx context.Context, t time.Time) (context.Context, context.CancelFunc) {
	return context.WithDeadline(ctx, t)
}
