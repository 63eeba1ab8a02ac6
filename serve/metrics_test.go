package serve_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chiasm-ml/chiasm/infer"
	"github.com/chiasm-ml/chiasm/internal/sample"
	"github.com/chiasm-ml/chiasm/serve"
)

// families are the names that a registry shows.
func families(t *testing.T, r prometheus.Gatherer) []string {
	t.Helper()
	all, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range all {
		names = append(names, f.GetName())
	}
	return names
}

// A program that has a registry finds a server's metrics there as long as the
// server lives, and those of the process once. Nothing is registered globally.
func TestMetricsInARegistryOfTheProgram(t *testing.T) {
	global := families(t, prometheus.DefaultGatherer)
	dir, _, _ := trained(t, sample.Default().YAML())
	r := prometheus.NewRegistry()
	o := serve.Options{Registerer: r}
	o.Load = func(ctx context.Context) (*infer.Model, error) { return infer.Load(ctx, dir, infer.Options{}) }
	s, err := serve.New(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"chiasm_batch_rows", "chiasm_connections", "chiasm_in_flight", "chiasm_memory_budget_bytes", "chiasm_memory_peak_bytes", "chiasm_memory_used_bytes", "chiasm_memory_waiting", "chiasm_model_info", "chiasm_rejected_total", "chiasm_reloads_total", "chiasm_rows_total"}
	if got := families(t, r); !slices.Equal(got, want) {
		t.Errorf("it shows %q, want %q", got, want)
	}
	if _, err := serve.New(context.Background(), o); err == nil || !strings.Contains(err.Error(), "WrapRegistererWith") {
		t.Errorf("of a second server: error %v", err)
	}
	s.Close()
	s.Close()
	if got := families(t, r); len(got) != 0 {
		t.Errorf("closed, it shows %q", got)
	}
	r = prometheus.NewRegistry() // one keeps in mind which labels a name had
	for _, model := range []string{"first", "second"} {
		o.Registerer = prometheus.WrapRegistererWith(prometheus.Labels{"model": model}, r)
		s, err := serve.New(context.Background(), o)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
	}
	if got := families(t, r); !slices.Equal(got, want) {
		t.Errorf("of two servers it shows %q, want %q", got, want)
	}
	o.Registerer = prometheus.NewRegistry()
	o.Load = func(context.Context) (*infer.Model, error) { return nil, errors.New("lost") }
	for range 2 {
		if _, err := serve.New(context.Background(), o); err == nil || err.Error() != "lost" {
			t.Errorf("error %v", err)
		}
	}
	if got := families(t, prometheus.DefaultGatherer); !slices.Equal(got, global) {
		t.Errorf("the global registry has %q, had %q", got, global)
	}
}

// What dashboards and alerts have asked for since before goes on.
func TestNamesOfMetrics(t *testing.T) {
	dir, _, _ := trained(t, sample.Default().YAML())
	s, url := start(t, dir, serve.Options{})
	if got := send(t, asJSON(t, url, 0)); got.status != 200 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	for name, want := range map[string]float64{
		`chiasm_requests_total{code="200",path="/v1/predict"}`: 1, `chiasm_request_seconds_count{path="/v1/predict"}`: 1, `chiasm_request_seconds_bucket{path="/v1/predict",le="+Inf"}`: 1,
		`chiasm_batch_rows_bucket{le="64"}`: 1, `chiasm_batch_rows_sum`: 1, `chiasm_rows_total`: 1, `chiasm_in_flight`: 1,
	} {
		if got := metric(t, s, name); got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	shown := string(request(t, "GET", url+"/metrics").body)
	for _, line := range []string{
		`chiasm_rejected_total{reason="queue"} 0`, `chiasm_rejected_total{reason="size"} 0`, `chiasm_rejected_total{reason="memory"} 0`, `chiasm_rejected_total{reason="time"} 0`,
		`chiasm_reloads_total{result="ok"} 0`, `chiasm_reloads_total{result="failed"} 0`,
		`go_goroutines `, `go_memstats_heap_inuse_bytes `,
	} {
		if !strings.Contains(shown, "\n"+line) {
			t.Errorf("/metrics lacks %s", line)
		}
	}
}
