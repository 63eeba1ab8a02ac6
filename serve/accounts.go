package serve

import "github.com/prometheus/client_golang/prometheus"

// accounts say where the memory is.
type accounts struct {
	budget                       int64 // Options.Memory
	weights, programs            int64 // of the model, reserved
	requests, peak               int64
	connections, connectionBytes int64
	waiting                      int64 // requests
}

func (s *Server) accounts() accounts {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.current == nil {
		return accounts{}
	}
	r := s.current.resident
	n, bytes := s.conns.counts()
	return accounts{
		budget: s.options.Memory, weights: r.weights, programs: r.programs + r.explaining,
		requests: s.budget.used.Load(), peak: s.budget.peak.Load(), waiting: s.budget.waiting.Load(),
		connections: int64(n), connectionBytes: bytes,
	}
}

// memoryInfo shows the accounts as metrics.
type memoryInfo struct {
	accounts                                 func() accounts
	budget, used, peak, waiting, connections *prometheus.Desc
}

func newMemoryInfo(of func() accounts) memoryInfo {
	gauge := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, labels, nil)
	}
	return memoryInfo{
		accounts:    of,
		budget:      gauge("chiasm_memory_budget_bytes", "What the server may take (--memory)."),
		used:        gauge("chiasm_memory_used_bytes", "What is taken of the budget, by what takes it.", "by"),
		peak:        gauge("chiasm_memory_peak_bytes", "The most that requests took together."),
		waiting:     gauge("chiasm_memory_waiting", "Requests that wait for memory or for a core."),
		connections: gauge("chiasm_connections", "Connections that are open."),
	}
}

func (i memoryInfo) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{i.budget, i.used, i.peak, i.waiting, i.connections} {
		to <- d
	}
}

func (i memoryInfo) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v int64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(v), labels...)
	}
	a := i.accounts()
	gauge(i.budget, a.budget)
	gauge(i.used, a.weights, "weights")
	gauge(i.used, a.programs, "programs")
	gauge(i.used, a.requests, "requests")
	gauge(i.used, a.connectionBytes, "connections")
	gauge(i.peak, a.peak)
	gauge(i.waiting, a.waiting)
	gauge(i.connections, a.connections)
}
