package serve

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/chiasm-ml/chiasm/infer"
)

// read reads a request's body, decompressed, into memory that the claim holds: its
// capacity, which is what it counts while it is there.
func (s *Server) read(w http.ResponseWriter, r *http.Request, c *claim) ([]byte, error) {
	var from io.Reader = http.MaxBytesReader(w, r.Body, s.options.MaxBody)
	length := r.ContentLength
	if length > s.options.MaxBody {
		return nil, s.unread(&http.MaxBytesError{Limit: s.options.MaxBody})
	}
	switch coding := strings.ToLower(r.Header.Get("Content-Encoding")); coding {
	case "", "identity":
	case "gzip", "x-gzip":
		packed, err := gzip.NewReader(from)
		if err != nil {
			return nil, s.unread(err)
		}
		from, length = packed, -1
	default:
		return nil, refused(http.StatusUnsupportedMediaType, "the body is of Content-Encoding %s, expected gzip or none", quoted(coding))
	}
	body, err := readAll(inTurns{r.Context(), from, s.budget.reading}, length, s.options.MaxBody, c)
	if err != nil {
		return nil, s.unread(err)
	}
	return body, nil
}

// inTurns reads a long body piece by piece, a few bodies at a time: were all that come
// at once read side by side, small requests would have to wait for a core behind them.
type inTurns struct {
	ctx   context.Context
	from  io.Reader
	turns chan struct{}
}

const (
	piece = 64 << 10
	// late is who keeps the others waiting: a turn is for what is there.
	late = 2 * time.Millisecond
)

func (t inTurns) Read(p []byte) (int, error) {
	if len(p) < piece { // of a short body, or the start of one
		return t.from.Read(p)
	}
	select {
	case t.turns <- struct{}{}:
	case <-t.ctx.Done():
		return 0, t.ctx.Err()
	}
	end := sync.OnceFunc(func() { <-t.turns })
	defer end()
	defer time.AfterFunc(late, end).Stop()
	return t.from.Read(p[:piece])
}

// readAll reads at most so many bytes, charging them as they come: the length that a
// client claims is not believed before its bytes are there.
func readAll(from io.Reader, length, most int64, c *claim) ([]byte, error) {
	const first = 64 << 10
	size := int64(512)
	if length >= 0 {
		size = min(length+1, first) // one more, to read the end into
	}
	if err := c.hold(size); err != nil {
		return nil, err
	}
	b := make([]byte, 0, size)
	for {
		n, err := from.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		switch {
		case int64(len(b)) > most:
			return nil, &http.MaxBytesError{Limit: most}
		case errors.Is(err, io.EOF):
			return b, nil
		case err != nil:
			return nil, err
		case len(b) < cap(b):
			continue
		}
		size := 2 * int64(cap(b))
		if length >= int64(len(b)) {
			size = min(size, length+1)
		}
		if err := c.hold(size); err != nil {
			return nil, err
		}
		larger := make([]byte, len(b), size)
		copy(larger, b)
		c.give(int64(cap(b)))
		b = larger
	}
}

// unread is the refusal of a body that could not be read.
func (s *Server) unread(err error) error {
	var large *http.MaxBytesError
	var known *refusal
	var network net.Error
	switch {
	case errors.As(err, &large):
		s.metrics.reject("size")
		return refused(http.StatusRequestEntityTooLarge, "the body is larger than %d bytes", s.options.MaxBody)
	case errors.As(err, &known):
		return known
	case errors.As(err, &network) && network.Timeout(), errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return refused(http.StatusBadRequest, "the body ends early")
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum):
		return refused(http.StatusBadRequest, "the body is not what its Content-Encoding gzip says")
	}
	// What else can be wrong with a body is what the client sent: a chunk without a
	// size, a block of gzip that is none, a connection that it closed.
	return refused(http.StatusBadRequest, "the body cannot be read: %s", clip(err.Error()))
}

// parseCost is what parsing a body takes at most, beside the values that come of it:
// the longest text is copied as it is read, doubling, and once more without its
// escapes.
func parseCost(body []byte) int64 { return 5*int64(len(body)) + grain }

// parse is what a body holds, by its Content-Type.
func (s *Server) parse(ctx context.Context, g *generation, r *http.Request, body []byte, c *claim) (request, error) {
	kind, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != jsonType && kind != "multipart/form-data" {
		return request{}, refused(http.StatusUnsupportedMediaType, "the Content-Type is %s, expected %s or multipart/form-data", quoted(r.Header.Get("Content-Type")), jsonType)
	}
	done, err := c.work(ctx, parseCost(body), 0)
	if err != nil {
		return request{}, err
	}
	defer done()
	if kind == jsonType {
		return parseJSON(ctx, body, g.columns, s.options.MaxRows, c)
	}
	row, err := parseForm(body, parameters["boundary"], g.columns, c)
	return request{rows: []infer.Row{row}}, err
}
