package serve

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"sync/atomic"

	"github.com/chiasm-ml/chiasm/infer"
)

// read reads a request's body, of a size that the server bears: of one request
// and of all together. Release gives the memory back, whatever the error.
func (s *Server) read(w http.ResponseWriter, r *http.Request) (body []byte, release func(), err error) {
	held := &held{from: http.MaxBytesReader(w, r.Body, s.options.MaxBody), all: &s.memory, most: s.options.MaxMemory}
	release = held.release
	if e := r.Header.Get("Content-Encoding"); e != "" && e != "identity" {
		return nil, release, refused(http.StatusUnsupportedMediaType, "the body is of Content-Encoding %q, expected none", e)
	}
	var b bytes.Buffer
	if n := r.ContentLength; n > 0 && n <= 1<<20 {
		b.Grow(int(n) + bytes.MinRead) // no trust in a larger claim before its bytes are there
	}
	_, err = b.ReadFrom(held)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		s.metrics.reject("size")
		return nil, release, refused(http.StatusRequestEntityTooLarge, "the body is larger than %d bytes", s.options.MaxBody)
	case errors.Is(err, errMemory):
		s.metrics.reject("memory")
		return nil, release, unavailable("requests of too many bytes are being answered; try again")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, release, refused(http.StatusBadRequest, "the body ends early")
	}
	return b.Bytes(), release, err
}

var errMemory = errors.New("no memory left for bodies")

// held counts the bytes of a body among those of all.
type held struct {
	from io.Reader
	all  *atomic.Int64
	n    int64
	most int64
}

func (h *held) Read(p []byte) (int, error) {
	n, err := h.from.Read(p)
	h.n += int64(n)
	if h.all.Add(int64(n)) > h.most {
		return n, errMemory
	}
	return n, err
}

func (h *held) release() { h.all.Add(-h.n) }

// parse is what a body holds, by its Content-Type.
func (s *Server) parse(g *generation, r *http.Request, body []byte) (request, error) {
	kind, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case err == nil && kind == jsonType:
		return parseJSON(body, g.files, s.options.MaxRows)
	case err == nil && kind == "multipart/form-data":
		row, err := parseForm(body, parameters["boundary"], g.files)
		return request{rows: []infer.Row{row}}, err
	}
	return request{}, refused(http.StatusUnsupportedMediaType, "the Content-Type is %q, expected %s or multipart/form-data", r.Header.Get("Content-Type"), jsonType)
}
