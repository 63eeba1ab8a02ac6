package main

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
)

// row is a comparison: ratio is the peer's time over ours.
type row struct {
	Case     string  `json:"case"`
	Kind     string  `json:"kind"`
	Threads  int     `json:"threads"`
	Peer     string  `json:"peer"`
	Ratio    float64 `json:"ratio"`
	Low      float64 `json:"low"`
	High     float64 `json:"high"`
	Ours     float64 `json:"ours_seconds,omitempty"` // medians
	Theirs   float64 `json:"peer_seconds,omitempty"`
	OurBytes int     `json:"ours_bytes,omitempty"`
	Bytes    int     `json:"peer_bytes,omitempty"`
}

// best is the peer with its faster number of threads: on busy cores, more threads can be slower,
// and nobody would use them.
const best = " (its best)"

// compare creates the rows of one case from the seconds of its contenders: each of ours against
// each peer with the same number of threads and, with more than one thread, against the peer's
// best.
func compare(name, kind string, cs []*contender, seconds [][]float64) []row {
	var rows []row
	for i, c := range cs {
		if c.peer != ours {
			continue
		}
		for _, p := range peersOf(cs) {
			if s := find(cs, seconds, p, c.threads); s != nil {
				rows = append(rows, newRow(name, kind, c.threads, p, seconds[i], s))
			}
			if c.threads > 1 {
				if s := fastest(cs, seconds, p); s != nil {
					rows = append(rows, newRow(name, kind, c.threads, p+best, seconds[i], s))
				}
			}
		}
	}
	return rows
}

func newRow(name, kind string, threads int, peer string, ours, theirs []float64) row {
	r := ratios(ours, theirs)
	return row{
		Case: name, Kind: kind, Threads: threads, Peer: peer, Ratio: r.median, Low: r.low, High: r.high,
		Ours: spreadOf(ours).median, Theirs: spreadOf(theirs).median,
	}
}

func peersOf(cs []*contender) []string {
	var names []string
	seen := map[string]bool{ours: true}
	for _, c := range cs {
		if !seen[c.peer] {
			seen[c.peer] = true
			names = append(names, c.peer)
		}
	}
	return names
}

func find(cs []*contender, seconds [][]float64, peer string, threads int) []float64 {
	for i, c := range cs {
		if c.peer == peer && c.threads == threads {
			return seconds[i]
		}
	}
	return nil
}

// fastest returns the seconds of the peer's thread count with the smallest median.
func fastest(cs []*contender, seconds [][]float64, peer string) (s []float64) {
	for i, c := range cs {
		if c.peer == peer && (s == nil || spreadOf(seconds[i]).median < spreadOf(s).median) {
			s = seconds[i]
		}
	}
	return s
}

// scaling is the speed-up of ours from one thread to the largest number of threads.
func scaling(name, kind string, cs []*contender, seconds [][]float64) []row {
	one := find(cs, seconds, ours, 1)
	var rows []row
	for i, c := range cs {
		if c.peer == ours && c.threads > 1 && one != nil {
			rows = append(rows, newRow(name, kind, c.threads, ours+" at 1 thread", seconds[i], one))
		}
	}
	return rows
}

// header is printed above the rows.
const header = "case\tkind\tthreads\tpeer\tratio\tlow\thigh\tours\tpeer's\t\n"

func writeTable(w io.Writer, rows []row) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, header)
	for _, r := range rows {
		a, b := duration(r.Ours), duration(r.Theirs)
		if r.OurBytes > 0 {
			a, b = megabytes(r.OurBytes), megabytes(r.Bytes)
		}
		fmt.Fprintf(t, "%s\t%s\t%d\t%s\t%.2f\t%.2f\t%.2f\t%s\t%s\t\n", r.Case, r.Kind, r.Threads, r.Peer, r.Ratio, r.Low, r.High, a, b)
	}
	return t.Flush()
}

func duration(s float64) string {
	switch {
	case s >= 1:
		return fmt.Sprintf("%.2f s", s)
	case s >= 1e-3:
		return fmt.Sprintf("%.2f ms", s*1e3)
	}
	return fmt.Sprintf("%.1f µs", s*1e6)
}

func megabytes(n int) string { return fmt.Sprintf("%.0f MB", float64(n)/1e6) }

// writeJSON writes an array of rows, one per line.
func writeJSON(w io.Writer, rows []row) error {
	for i, r := range rows {
		b, err := json.Marshal(r)
		if err != nil {
			return err
		}
		open, end := " ", ","
		if i == 0 {
			open = "["
		}
		if i == len(rows)-1 {
			end = "]"
		}
		if _, err := fmt.Fprintf(w, "%s%s%s\n", open, b, end); err != nil {
			return err
		}
	}
	return nil
}
