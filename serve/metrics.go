package serve

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/chiasm-ml/chiasm/infer"
)

// metrics are what one server counts. They are in a registry of its own, which
// /metrics shows, and in Options.Registerer; nothing is registered globally.
type metrics struct {
	requests *prometheus.CounterVec   // by path and code
	seconds  *prometheus.HistogramVec // by path
	batches  prometheus.Histogram
	rows     prometheus.Counter
	unused   *prometheus.CounterVec // by column and reason
	rejected *prometheus.CounterVec // by reason
	reloads  *prometheus.CounterVec // by result
	inFlight prometheus.Gauge
	model    modelInfo
	memory   memoryInfo

	page  http.Handler          // of the server's own registry
	guest prometheus.Registerer // Options.Registerer; may be nil
}

// newMetrics registers the metrics. model is the one that answers, or nil.
func newMetrics(o Options, model func() *infer.Description, accounts func() accounts) (*metrics, error) {
	counters := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	m := &metrics{
		requests: counters("chiasm_requests_total", "Requests answered, by path and status.", "path", "code"),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "chiasm_request_seconds", Help: "Time to answer a request, by path.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"path"}),
		batches: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "chiasm_batch_rows", Help: "Rows computed together.", Buckets: []float64{1, 2, 4, 8, 16, 32, 64},
		}),
		rows:     prometheus.NewCounter(prometheus.CounterOpts{Name: "chiasm_rows_total", Help: "Rows predicted."}),
		unused:   counters("chiasm_unused_cells_total", "Cells of predicted rows that were not used as they stand, by column and reason.", "column", "reason"),
		rejected: counters("chiasm_rejected_total", "Requests refused for a limit, by which.", "reason"),
		reloads:  counters("chiasm_reloads_total", "Reloads of the model, by how they ended.", "result"),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{Name: "chiasm_in_flight", Help: "Requests being answered."}),
		model:    modelInfo{model, prometheus.NewDesc("chiasm_model_info", "The model that answers.", []string{"name", "checksum", "version"}, nil)},
		memory:   newMemoryInfo(accounts),
		guest:    o.Registerer,
	}
	// Series that are 0 until something fails are there from the start: a rate
	// needs the 0 before the 1.
	for _, reason := range []string{"queue", "size", "memory", "never", "connections", "time", "host", "origin", "token"} {
		m.rejected.WithLabelValues(reason)
	}
	for _, result := range []string{"ok", "failed"} {
		m.reloads.WithLabelValues(result)
	}
	// Those of the process are its program's, where that has a registry.
	own := prometheus.NewRegistry()
	own.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	own.MustRegister(m.all()...)
	m.page = promhttp.HandlerFor(own, promhttp.HandlerOpts{ErrorLog: slog.NewLogLogger(o.Logger.Handler(), slog.LevelError)})
	return m, m.visit()
}

func (m *metrics) all() []prometheus.Collector {
	return []prometheus.Collector{m.requests, m.seconds, m.batches, m.rows, m.unused, m.rejected, m.reloads, m.inFlight, m.model, m.memory}
}

// visit registers the metrics with Options.Registerer: all of them or none.
func (m *metrics) visit() error {
	if m.guest == nil {
		return nil
	}
	for i, c := range m.all() {
		err := m.guest.Register(c)
		if err == nil {
			continue
		}
		for _, c := range m.all()[:i] {
			m.guest.Unregister(c)
		}
		var taken prometheus.AlreadyRegisteredError
		if errors.As(err, &taken) {
			return errors.New("serve: Options.Registerer has the metrics of a server already: give each server its own, as prometheus.WrapRegistererWith makes them")
		}
		return fmt.Errorf("serve: Options.Registerer: %w", err)
	}
	return nil
}

// leave takes the metrics out of Options.Registerer, where another server may
// then register its own.
func (m *metrics) leave() {
	if m.guest == nil {
		return
	}
	for _, c := range m.all() {
		m.guest.Unregister(c)
	}
}

func (m *metrics) begin() { m.inFlight.Inc() }

func (m *metrics) end(path string, status int, took time.Duration) {
	m.inFlight.Dec()
	m.requests.WithLabelValues(path, strconv.Itoa(status)).Inc()
	m.seconds.WithLabelValues(path).Observe(took.Seconds())
}

func (m *metrics) batch(rows int) { m.batches.Observe(float64(rows)) }

func (m *metrics) predicted(rows int) { m.rows.Add(float64(rows)) }

func (m *metrics) reject(reason string) { m.rejected.WithLabelValues(reason).Inc() }

func (m *metrics) reloaded(err error) {
	result := "ok"
	if err != nil {
		result = "failed"
	}
	m.reloads.WithLabelValues(result).Inc()
}

// cells counts what was not used of rows that were answered.
func (m *metrics) cells(all []infer.Prediction) {
	for _, p := range all {
		for _, u := range p.Unused {
			m.unused.WithLabelValues(label(u.Column), label(u.Reason)).Inc()
		}
	}
}

// label is a text as a label's value, which must be UTF-8.
func label(s string) string { return strings.ToValidUTF8(s, "�") }

// modelInfo is a metric of value 1 whose labels say which model answers now.
type modelInfo struct {
	model func() *infer.Description
	desc  *prometheus.Desc
}

func (i modelInfo) Describe(to chan<- *prometheus.Desc) { to <- i.desc }

func (i modelInfo) Collect(to chan<- prometheus.Metric) {
	if d := i.model(); d != nil {
		to <- prometheus.MustNewConstMetric(i.desc, prometheus.GaugeValue, 1, label(d.Name), label(d.Checksum), label(d.Version))
	}
}
