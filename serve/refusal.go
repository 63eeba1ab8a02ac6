package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"

	"github.com/chiasm-ml/chiasm/infer"
)

// refusal is an error with the answer that it becomes.
type refusal struct {
	status  int
	row     int // from 0; -1: none
	field   string
	message string
	retry   bool // it may be otherwise in a second
	never   bool // it takes more memory than is ever given
}

func (e *refusal) Error() string { return e.message }

func refused(status int, format string, args ...any) *refusal {
	return &refusal{status: status, row: -1, message: fmt.Sprintf(format, args...)}
}

func unavailable(message string) *refusal {
	return &refusal{status: http.StatusServiceUnavailable, row: -1, message: message, retry: true}
}

// at names the row and the field of a refusal.
func (e *refusal) at(row int, field string) *refusal {
	e.row, e.field = row, field
	return e
}

// refuse answers with an error.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	var known *refusal
	var row *infer.Error
	var network net.Error
	switch {
	case errors.As(err, &known):
		switch known {
		case errBusy:
			s.metrics.reject("memory")
		case errQueue:
			s.metrics.reject("queue")
		}
		if known.never {
			s.metrics.reject("never")
		}
	case errors.As(err, &row):
		known = &refusal{status: http.StatusUnprocessableEntity, row: row.Row, field: row.Field, message: row.Explain()}
		if row.Unknown {
			known.status = http.StatusBadRequest
		}
	case errors.As(err, &network) && network.Timeout() && !timedOut(err):
		known = refused(http.StatusRequestTimeout, "the body did not arrive in time")
	case timedOut(err):
		s.metrics.reject("time")
		known = unavailable(fmt.Sprintf("no answer within %v; try again", s.options.Timeout))
	case errors.Is(err, context.Canceled) || r.Context().Err() != nil:
		known = refused(statusClientGone, "the client went away")
	default:
		s.options.Logger.Error("internal fault", "error", err)
		known = refused(http.StatusInternalServerError, "internal fault")
	}
	writeError(w, known)
}

// statusClientGone is in the metrics for requests whose client did not wait;
// nobody reads it.
const statusClientGone = 499

// writeError writes {"error":{"row":…,"field":…,"message":…}}, null where no
// row or field is to blame.
func writeError(w http.ResponseWriter, e *refusal) {
	var body struct {
		Error struct {
			Row     *int    `json:"row"`
			Field   *string `json:"field"`
			Message string  `json:"message"`
		} `json:"error"`
	}
	body.Error.Message = clipMessage(e.message)
	if e.row >= 0 {
		body.Error.Row = &e.row
	}
	if e.field != "" {
		field := clip(e.field)
		body.Error.Field = &field
	}
	h := w.Header()
	h.Set("Content-Type", jsonType)
	h.Set("X-Content-Type-Options", "nosniff")
	if e.retry {
		h.Set("Retry-After", "1")
	}
	w.WriteHeader(e.status)
	json.NewEncoder(w).Encode(body) // a client that is gone reads no error either
}
