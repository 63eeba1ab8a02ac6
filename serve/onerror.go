package serve

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"

	"github.com/chiasm-ml/chiasm/infer"
)

// What a request may ask to be done about rows that cannot be used.
const (
	onErrorFail = "fail" // none is answered; the default
	onErrorSkip = "skip" // the row has no prediction, but an error
	onErrorMask = "mask" // the value counts as missing, where it may be
)

var onErrorPolicies = []string{onErrorFail, onErrorSkip, onErrorMask}

// request is what a client sent.
type request struct {
	rows    []infer.Row
	onError string
}

// each reports whether errors are told row by row.
func (r request) each() bool { return r.onError == onErrorSkip || r.onError == onErrorMask }

// rowError is an error beside predictions.
type rowError struct {
	Row     int     `json:"row"`
	Field   *string `json:"field"`
	Message string  `json:"message"`
	Masked  bool    `json:"masked,omitempty"` // the row is answered, without this value
}

func newRowError(row int, e *infer.Error, masked bool) rowError {
	out := rowError{Row: row, Message: clipMessage(e.Explain()), Masked: masked}
	if e.Field != "" {
		field := clip(e.Field)
		out.Field = &field
	}
	return out
}

// toldBytes is what errors take, beside their structs.
func toldBytes(told []rowError) int64 {
	n := int64(0)
	for _, e := range told {
		n += valueCost(len(e.Message))
	}
	return n
}

// policy reads on_error.
func (p *parser) policy() error {
	if p.onError != "" {
		return p.wrong("the key occurs twice")
	}
	t, err := p.token()
	if err != nil {
		return err
	}
	name, _ := t.(string)
	if !slices.Contains(onErrorPolicies, name) {
		return p.wrong("is no such policy, expected fail, skip or mask")
	}
	p.onError = name
	return nil
}

// unusable keeps what is wrong with a value in its place, if errors may be told row
// by row, and returns it otherwise: reading then ends at once. on_error may stand
// behind the rows.
func (p *parser) unusable(err error) (any, error) {
	var r *refusal
	if !p.lenient || !errors.As(err, &r) || r.status != http.StatusBadRequest {
		return nil, err
	}
	if p.first == nil {
		p.first = r
	}
	return &infer.Error{Field: p.field, Message: r.message}, nil
}

// stepOver reads the rest of an array or object that has begun.
func (p *parser) stepOver() error {
	const most = 1000 // of its tokens, which nobody looks at
	for depth, n := 1, 0; depth > 0; n++ {
		if n == most {
			return p.wrong("is an object or an array of more than %d parts, expected a text, a number, true, false or null", most)
		}
		t, err := p.token()
		if err != nil {
			return err
		}
		switch t {
		case json.Delim('['), json.Delim('{'):
			depth++
		case json.Delim(']'), json.Delim('}'):
			depth--
		}
	}
	return nil
}
