package serve

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// places are those of requests that are computed or wait for it.
type places struct {
	taken chan struct{}
	// wait for a place, before a request is refused.
	wait time.Duration
}

// retryAfter is what clients that are refused are told, and how long who would explain
// waits for a place: to refuse takes next to nothing of what to explain does, so that
// those who ask again at once would take the cores by being refused.
const retryAfter = time.Second

// admit takes a place, until leave gives it back.
func (s *Server) admit(ctx context.Context, p places) (leave func(), err error) {
	leave = func() { <-p.taken }
	select {
	case p.taken <- struct{}{}:
		return leave, nil
	default:
	}
	if p.wait > 0 {
		over := time.NewTimer(p.wait)
		defer over.Stop()
		select {
		case p.taken <- struct{}{}:
			return leave, nil
		case <-s.budget.stopping:
			return nil, errStopping
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-over.C:
		}
	}
	s.metrics.reject("queue")
	return nil, &refusal{status: http.StatusTooManyRequests, row: -1, retry: true,
		message: fmt.Sprintf("%d requests are being answered; try again", cap(p.taken))}
}
