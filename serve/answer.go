package serve

import (
	"context"
	"encoding/json"
	"math"
	"net/http"
	"strconv"

	"github.com/chiasm-ml/chiasm/infer"
)

const jsonType = "application/json"

func writeJSON(w http.ResponseWriter, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return send(w, append(b, '\n'))
}

func send(w http.ResponseWriter, b []byte) error {
	w.Header().Set("Content-Type", jsonType)
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	w.Write(b) // an error is a client that is gone
	return nil
}

// A stream is JSON that is written as it grows, so that no answer is in memory twice.
// One that fits is sent whole, with its length. A long one is made in turns with other
// large requests, and nobody's turn waits for a client that does not read.
type stream struct {
	ctx   context.Context
	w     http.ResponseWriter
	claim *claim
	b     []byte
	begun bool
}

const streamed = 32 << 10

// flush sends what there is, if that is enough.
func (s *stream) flush() error {
	if len(s.b) < streamed {
		return nil
	}
	if !s.begun {
		s.begun = true
		s.w.Header().Set("Content-Type", jsonType)
	}
	s.claim.yield()
	_, err := s.w.Write(s.b)
	s.b = s.b[:0]
	if err == nil {
		err = s.claim.turn(s.ctx)
	}
	if err != nil {
		return errGone // its status is sent, and no other can be
	}
	return nil
}

// close sends the rest.
func (s *stream) close() error {
	s.claim.yield()
	s.b = append(s.b, '\n')
	if !s.begun {
		return send(s.w, s.b)
	}
	if _, err := s.w.Write(s.b); err != nil {
		return errGone
	}
	return nil
}

// errGone is a client that did not read its answer.
var errGone = refused(statusClientGone, "the client went away")

func quote(s string) []byte {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // of a string
	}
	return b
}

// number appends a number as short as it can be and still be read back the
// same; one that is not finite is null.
func number(b []byte, v float64, bits int) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return append(b, "null"...)
	}
	return strconv.AppendFloat(b, v, 'g', -1, bits)
}

// answered counts the rows that have a prediction.
func answered(all []infer.Prediction) int {
	n := 0
	for _, p := range all {
		if p.Answered() {
			n++
		}
	}
	return n
}

// writePredictions answers with labels in the model's order, null for a row without
// a prediction. told are the errors of rows, if they were asked for.
func (g *generation) writePredictions(s *stream, all []infer.Prediction, told []rowError, each bool) error {
	s.b = append(s.b, `{"predictions":[`...)
	for i, p := range all {
		if i > 0 {
			s.b = append(s.b, ',')
		}
		if err := g.writePrediction(s, p); err != nil {
			return err
		}
	}
	s.b = append(s.b, ']')
	if each {
		if err := s.errors(told); err != nil {
			return err
		}
	}
	s.b = append(s.b, '}')
	return s.close()
}

func (g *generation) writePrediction(s *stream, p infer.Prediction) error {
	if !p.Answered() {
		s.b = append(s.b, "null"...)
		return nil
	}
	s.b = append(s.b, '{')
	if p.Outputs == nil {
		if err := g.writeAnswer(s, 0, infer.Answer{Value: p.Value, Probabilities: p.Probabilities}); err != nil {
			return err
		}
	} else {
		s.b = append(s.b, `"outputs":{`...)
		for k, a := range p.Outputs {
			if k > 0 {
				s.b = append(s.b, ',')
			}
			s.b = append(append(s.b, quote(a.Output)...), ':', '{')
			if err := g.writeAnswer(s, k, a); err != nil {
				return err
			}
			s.b = append(s.b, '}')
		}
		s.b = append(s.b, '}')
	}
	s.b = append(s.b, `,"present":[`...)
	for j, name := range p.Present {
		if j > 0 {
			s.b = append(s.b, ',')
		}
		s.b = append(s.b, quote(name)...)
	}
	s.b = append(appendUnused(append(s.b, ']'), p.Unused), '}')
	return s.flush()
}

// writeAnswer is what is said of a row for the k-th output.
func (g *generation) writeAnswer(s *stream, k int, a infer.Answer) error {
	s.b = append(s.b, `"prediction":`...)
	switch v := a.Value.(type) {
	case float64:
		s.b = number(s.b, v, 64)
	case string:
		s.b = append(s.b, quote(v)...)
	}
	if a.Probabilities == nil {
		return nil
	}
	s.b = append(s.b, `,"probabilities":{`...)
	for j, v := range a.Probabilities {
		if j > 0 {
			s.b = append(s.b, ',')
		}
		s.b = number(append(s.b, g.labels[k][j]...), float64(v), 32)
		if err := s.flush(); err != nil {
			return err
		}
	}
	s.b = append(s.b, '}')
	return nil
}

// errors are the errors of rows.
func (s *stream) errors(told []rowError) error {
	s.b = append(s.b, `,"errors":[`...)
	for i, e := range told {
		if i > 0 {
			s.b = append(s.b, ',')
		}
		text, err := json.Marshal(e)
		if err != nil {
			return err
		}
		s.b = append(s.b, text...)
		if err := s.flush(); err != nil {
			return err
		}
	}
	s.b = append(s.b, ']')
	return nil
}
