package serve

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/chiasm-ml/chiasm/infer"
)

// metrics are what /metrics shows. They are few enough to be written here:
// Prometheus's text is lines of names and numbers.
type metrics struct {
	mu       sync.Mutex
	requests map[[2]string]uint64  // by path and status
	seconds  map[string]*histogram // by path
	batches  *histogram
	rejected map[string]uint64 // by reason
	rows     uint64
	unused   map[[2]string]uint64 // by column and reason
	inFlight int
	reloads  map[string]uint64 // by result
	began    time.Time
}

var (
	secondBounds = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}
	batchBounds  = []float64{1, 2, 4, 8, 16, 32, 64}
)

func newMetrics() *metrics {
	return &metrics{
		requests: map[[2]string]uint64{}, seconds: map[string]*histogram{}, batches: newHistogram(batchBounds),
		rejected: map[string]uint64{"queue": 0, "size": 0, "memory": 0, "time": 0},
		unused:   map[[2]string]uint64{}, reloads: map[string]uint64{"ok": 0, "failed": 0}, began: time.Now(),
	}
}

// histogram counts values up to each bound.
type histogram struct {
	bounds []float64
	counts []uint64 // one more than bounds
	sum    float64
}

func newHistogram(bounds []float64) *histogram {
	return &histogram{bounds: bounds, counts: make([]uint64, len(bounds)+1)}
}

func (h *histogram) add(v float64) {
	i, _ := slices.BinarySearch(h.bounds, v)
	h.counts[i]++
	h.sum += v
}

func (m *metrics) begin() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.inFlight++
}

func (m *metrics) end(path string, status int, took time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.inFlight--
	m.requests[[2]string{path, strconv.Itoa(status)}]++
	if m.seconds[path] == nil {
		m.seconds[path] = newHistogram(secondBounds)
	}
	m.seconds[path].add(took.Seconds())
}

func (m *metrics) batch(rows int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.batches.add(float64(rows))
}

func (m *metrics) predicted(rows int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rows += uint64(rows)
}

func (m *metrics) reject(reason string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rejected[reason]++
}

func (m *metrics) reloaded(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err != nil {
		m.reloads["failed"]++
	} else {
		m.reloads["ok"]++
	}
}

// write writes all metrics, in a fixed order.
func (m *metrics) write(to io.Writer, d infer.Description) {
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	var w exposition
	m.mu.Lock()
	w.family("chiasm_requests_total", "counter", "Requests answered, by path and status.")
	for _, k := range slices.SortedFunc(maps.Keys(m.requests), func(a, b [2]string) int {
		return strings.Compare(a[0]+" "+a[1], b[0]+" "+b[1])
	}) {
		w.line("", float64(m.requests[k]), "path", k[0], "code", k[1])
	}
	w.family("chiasm_request_seconds", "histogram", "Time to answer a request, by path.")
	for _, path := range slices.Sorted(maps.Keys(m.seconds)) {
		w.histogram(m.seconds[path], "path", path)
	}
	w.family("chiasm_batch_rows", "histogram", "Rows computed together.")
	w.histogram(m.batches)
	w.family("chiasm_rows_total", "counter", "Rows predicted.")
	w.line("", float64(m.rows))
	m.writeUnused(&w)
	w.family("chiasm_rejected_total", "counter", "Requests refused for a limit, by which.")
	for _, reason := range slices.Sorted(maps.Keys(m.rejected)) {
		w.line("", float64(m.rejected[reason]), "reason", reason)
	}
	w.family("chiasm_reloads_total", "counter", "Reloads of the model, by how they ended.")
	for _, result := range slices.Sorted(maps.Keys(m.reloads)) {
		w.line("", float64(m.reloads[result]), "result", result)
	}
	w.family("chiasm_in_flight", "gauge", "Requests being answered.")
	w.line("", float64(m.inFlight))
	w.family("process_start_time_seconds", "gauge", "When the server was made.")
	w.line("", float64(m.began.UnixMilli())/1000)
	m.mu.Unlock()
	w.family("chiasm_model_info", "gauge", "The model that answers.")
	w.line("", 1, "name", d.Name, "checksum", d.Checksum, "version", d.Version)
	w.family("go_goroutines", "gauge", "Goroutines.")
	w.line("", float64(runtime.NumGoroutine()))
	w.family("go_memstats_heap_inuse_bytes", "gauge", "Bytes of the heap in use.")
	w.line("", float64(memory.HeapInuse))
	to.Write(w.Bytes()) // an error is a client that is gone
}

// exposition is Prometheus's text format, version 0.0.4.
type exposition struct {
	bytes.Buffer
	name string
}

func (w *exposition) family(name, kind, help string) {
	w.name = name
	fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
}

var escape = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// line writes a value of the family; labels are names and values in turn.
func (w *exposition) line(suffix string, v float64, labels ...string) {
	w.WriteString(w.name + suffix)
	for i := 0; i < len(labels); i += 2 {
		between := ","
		if i == 0 {
			between = "{"
		}
		fmt.Fprintf(w, `%s%s="%s"`, between, labels[i], escape.Replace(labels[i+1]))
	}
	if len(labels) > 0 {
		w.WriteByte('}')
	}
	fmt.Fprintf(w, " %s\n", strconv.FormatFloat(v, 'g', -1, 64))
}

func (w *exposition) histogram(h *histogram, labels ...string) {
	total := uint64(0)
	for i, n := range h.counts {
		total += n
		bound := "+Inf"
		if i < len(h.bounds) {
			bound = strconv.FormatFloat(h.bounds[i], 'g', -1, 64)
		}
		w.line("_bucket", float64(total), append(slices.Clone(labels), "le", bound)...)
	}
	w.line("_sum", h.sum, labels...)
	w.line("_count", float64(total), labels...)
}
