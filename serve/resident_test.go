package serve_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/infer"
	"github.com/chiasm-ml/chiasm/internal/sample"
	"github.com/chiasm-ml/chiasm/serve"
)

// wide is the sample's model with as many channels: its activations are large, its
// weights are not.
func wide(channels int) string {
	return strings.NewReplacer("size: [4, 5]", "size: [32, 32]", "channels: [2]}", fmt.Sprintf("channels: [%d]}", channels)).Replace(sample.Default().YAML())
}

func getting(t *testing.T, url string) response {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return send(t, r)
}

type priced struct{ stays, each int64 }

func (p priced) Price() (stays, each int64, err error)           { return p.stays, p.each, nil }
func (p priced) Explain(context.Context, infer.Row) (any, error) { return "because", nil }

// What the model computes with is taken from the budget, and leaves half of it to
// requests: it computes fewer rows at once, explains nothing, or is refused.
func TestB10_ProgramsAreReserved(t *testing.T) {
	dir, want, b := trained(t, wide(64))
	metricOf := func(s *serve.Server, by string) float64 {
		return metric(t, s, fmt.Sprintf("chiasm_memory_used_bytes{by=%q}", by))
	}
	for _, memory := range []int64{16 << 20, 64 << 20, 1 << 30} {
		s, url := start(t, dir, serve.Options{Memory: memory})
		programs, weights := metricOf(s, "programs"), metricOf(s, "weights")
		if programs <= 0 || weights <= 0 || programs > float64(memory/4) || programs+weights > float64(memory/2) {
			t.Errorf("of %d, programs take %v, weights %v", memory, programs, weights)
		}
		rows := make([]int, count)
		for i := range rows {
			rows[i] = i
		}
		if err := agrees(b, want, send(t, asJSON(t, url, rows...)), rows...); err != nil {
			t.Errorf("of %d: %v", memory, err)
		}
	}

	ask := func(p priced) (response, string) {
		var log bytes.Buffer
		_, url := start(t, dir, serve.Options{Memory: 32 << 20, Logger: slog.New(slog.NewTextHandler(&log, nil)), Explainer: func(*infer.Model) (serve.Explainer, error) { return p, nil }})
		got := send(t, post(t, url+"/v1/explain", "application/json", []byte(`{"rows":[{"caption":"a"}]}`)))
		model := getting(t, url+"/v1/model")
		if says := strings.Contains(string(model.body), `"explain":true`); says != (got.status != 413 || p.stays < 1<<20) {
			t.Errorf("the model says that it explains: %v", says)
		}
		return got, log.String()
	}
	if got, _ := ask(priced{1 << 20, 1 << 10}); got.status != 200 {
		t.Errorf("status %d: %s", got.status, got.body)
	}
	if got, log := ask(priced{16 << 20, 1}); got.status != 413 || !strings.Contains(log, "nothing is explained") {
		t.Errorf("status %d: %s; the log has %s", got.status, got.body, log)
	}
	if got, _ := ask(priced{1, 1 << 30}); got.status != 413 {
		t.Errorf("an explanation that is too large: status %d: %s", got.status, got.body)
	}
}

// A model of which a row takes more than the half of the budget is refused with what to give.
func TestB10_ModelsThatDoNotFit(t *testing.T) {
	dir, _, _ := trained(t, wide(4096))
	load := func(ctx context.Context) (*infer.Model, error) { return infer.Load(ctx, dir, infer.Options{}) }
	_, err := serve.New(context.Background(), serve.Options{Memory: 16 << 20, Load: load})
	var option *serve.OptionError
	if !errors.As(err, &option) || !strings.Contains(err.Error(), "--memory") {
		t.Fatalf("%v", err)
	}
	m, err := load(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var large *infer.MemoryError
	if _, err := m.Fit(1 << 10); !errors.As(err, &large) {
		t.Errorf("a kilobyte: %v", err)
	}
	before := int64(1) << 62
	for _, room := range []int64{1 << 30, 256 << 20, 64 << 20, large.Bytes} {
		taken, err := m.Fit(room)
		if err != nil || taken > room || taken > before {
			t.Errorf("of %d it takes %d, %v", room, taken, err)
		}
		before = taken
	}
}

// The documents that follow from the model are made once for each.
func TestB10_DocumentsAreMadeOnce(t *testing.T) {
	dir, _, _ := trained(t, sample.Default().YAML())
	s, _ := start(t, dir, serve.Options{})
	for _, path := range []string{"/v1/model", "/openapi.json"} {
		first, second := s.Document(path), s.Document(path)
		if len(first) == 0 || &first[0] != &second[0] {
			t.Errorf("%s is made for each request", path)
		}
		if err := s.Reload(context.Background()); err != nil {
			t.Fatal(err)
		}
		if third := s.Document(path); &first[0] == &third[0] {
			t.Errorf("%s is of the model before", path)
		}
	}
}
