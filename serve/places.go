package serve

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"
)

// places are those of requests that are computed or wait for it.
type places struct {
	taken chan struct{}
	// patient requests wait for a place before they are refused.
	patient bool
	waited  atomic.Uint64
}

// retryAfter is what clients that are refused are told, and the least that a request for an
// explanation waits for a place. Refusing costs next to nothing compared with explaining, so
// clients that ask again at once could otherwise occupy the cores just by being refused.
const retryAfter = time.Second

// longest is how long the next patient request waits: one to two times retryAfter, spread
// evenly by the golden ratio. If all waited for the same time, hundreds of clients that once
// came together would be refused together, and ask again together, every second.
func (p *places) longest() time.Duration {
	const golden = 0x9e3779b97f4a7c15 // 2⁶⁴/φ
	part := p.waited.Add(1) * golden >> 44
	return retryAfter + retryAfter*time.Duration(part)>>20
}

// admit takes a place, until leave gives it back.
func (s *Server) admit(ctx context.Context, p *places) (leave func(), err error) {
	leave = func() { <-p.taken }
	select {
	case p.taken <- struct{}{}:
		return leave, nil
	default:
	}
	if p.patient {
		over := time.NewTimer(p.longest())
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
