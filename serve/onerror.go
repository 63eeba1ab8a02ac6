package serve

import (
	"context"
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
	out := rowError{Row: row, Message: e.Explain(), Masked: masked}
	if e.Field != "" {
		out.Field = &e.Field
	}
	return out
}

// predictEach answers rows of which some may be of no use: these have a prediction
// without a Value, and an error.
func (b *batcher) predictEach(ctx context.Context, r request) ([]infer.Prediction, []rowError, error) {
	prepared, at, told, err := b.prepareEach(ctx, r)
	if err != nil {
		return nil, nil, err
	}
	some, err := b.compute(ctx, prepared)
	if err != nil {
		return nil, nil, err
	}
	all := make([]infer.Prediction, len(r.rows))
	for k, i := range at {
		all[i] = some[k]
	}
	return all, told, nil
}

// prepareEach prepares the rows that can be used, and says which they are.
func (b *batcher) prepareEach(ctx context.Context, r request) (prepared []*infer.Prepared, at []int, told []rowError, err error) {
	b.coming.Add(1)
	defer b.coming.Add(-1)
	told = []rowError{}
	for i, row := range r.rows {
		if err := ctx.Err(); err != nil {
			return nil, nil, nil, err
		}
		p, masked, err := b.prepareOne(row, r.onError)
		for _, e := range masked {
			told = append(told, newRowError(i, e, true))
		}
		var e *infer.Error
		switch {
		case err == nil:
			prepared, at = append(prepared, p), append(at, i)
		case errors.As(err, &e) && r.onError == onErrorSkip:
			told = append(told, newRowError(i, e, false))
		default:
			return nil, nil, nil, atRow(err, i)
		}
	}
	return prepared, at, told, nil
}

func (b *batcher) prepareOne(row infer.Row, policy string) (p *infer.Prepared, masked []*infer.Error, err error) {
	if policy == onErrorMask {
		return b.model.PrepareMasked(row)
	}
	p, err = b.model.Prepare(row)
	return p, nil, err
}

// appendErrors closes an answer with the errors of its rows.
func appendErrors(b []byte, told []rowError) ([]byte, error) {
	list, err := json.Marshal(told)
	if err != nil {
		return nil, err
	}
	return append(append(b, `,"errors":`...), list...), nil
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
	for depth := 1; depth > 0; {
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
