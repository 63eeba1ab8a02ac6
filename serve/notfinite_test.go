package serve_test

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/infer"
	"github.com/chiasm-ml/chiasm/internal/sample"
	"github.com/chiasm-ml/chiasm/serve"
)

// overflowing is the sample's model with weights that are finite, and too large for
// its answers to be.
func overflowing(t *testing.T) string {
	t.Helper()
	_, _, b := trained(t, sample.Default().YAML())
	for _, p := range b.Model.Params() {
		for i := range p.Data {
			p.Data[i] = 3e38
		}
	}
	dir := filepath.Join(t.TempDir(), "overflowing")
	if err := b.Save(context.Background(), dir, 6); err != nil {
		t.Fatal(err)
	}
	return dir
}

// An answer that is not finite is 422 and names its row, or, with skip, an error
// beside the answers of the others; no number of an answer is null.
func TestS5_AnswersThatAreNotFinite(t *testing.T) {
	dir := overflowing(t)
	_, url := start(t, dir, serve.Options{Explainer: func(*infer.Model) (serve.Explainer, error) { return unfinite{}, nil }})
	says := func(got response, status int) {
		t.Helper()
		var e struct {
			Error struct {
				Row     *int
				Field   *string
				Message string
			}
		}
		if err := json.Unmarshal(got.body, &e); err != nil || got.status != status || e.Error.Row == nil || *e.Error.Row != 0 || e.Error.Field != nil || !strings.Contains(e.Error.Message, "finite") {
			t.Errorf("status %d, %s (%v)", got.status, got.body, err)
		}
	}
	says(send(t, asJSON(t, url, 0, 1)), 422)
	says(send(t, asForm(t, url, 0)), 422)
	says(send(t, post(t, url+"/v1/explain", "application/json", []byte(`{"rows":[{"caption":"a"}]}`))), 422)

	body, err := json.Marshal(object{"on_error": "skip", "rows": []object{row(0), {"width": "wide"}, row(1)}})
	if err != nil {
		t.Fatal(err)
	}
	got := send(t, post(t, url+"/v1/predict", "application/json", body))
	var answer struct {
		Predictions []any
		Errors      []struct {
			Row     int
			Message string
		}
	}
	if err := json.Unmarshal(got.body, &answer); err != nil || got.status != 200 || len(answer.Predictions) != 3 || len(answer.Errors) != 3 {
		t.Fatalf("status %d, %s (%v)", got.status, got.body, err)
	}
	for i, e := range answer.Errors {
		if answer.Predictions[i] != nil || e.Row != i || strings.Contains(e.Message, "finite") != (i != 1) {
			t.Errorf("row %d: %v, %+v", i, answer.Predictions[i], e)
		}
	}

	m, err := infer.Load(context.Background(), dir, infer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = m.Predict(context.Background(), []infer.Row{{"caption": "a"}})
	var e *infer.Error
	if !errors.Is(err, infer.ErrNotFinite) || !errors.As(err, &e) || e.Row != 0 || e.ExitCode() != 5 {
		t.Errorf("infer: %v", err)
	}
	p, err := m.Prepare(infer.Row{"caption": "a"})
	if err != nil {
		t.Fatal(err)
	}
	all, err := m.AnswerEach(context.Background(), []*infer.Prepared{p, p})
	if err != nil || len(all) != 2 || all[1].Value != nil || all[1].Err == nil || all[1].Err.Row != 1 {
		t.Errorf("infer, each: %+v, %v", all, err)
	}
}

type unfinite struct{}

func (unfinite) Explain(context.Context, infer.Row) (any, error) {
	return nil, &infer.Error{Message: "the scores are not finite", Err: infer.ErrNotFinite}
}
