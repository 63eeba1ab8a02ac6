package serve

import (
	"maps"
	"slices"
	"strings"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/infer"
)

// appendUnused tells a client which of the cells that it sent were not used as they
// stand. Of those that it left out "present" tells, and of those that were masked for
// it "errors". A row of which all was used has no such key.
func appendUnused(b []byte, all []infer.Unused) []byte {
	first := true
	for _, u := range all {
		if slices.Contains([]string{data.Masked, data.Filled, data.Unusable}, u.Reason) {
			continue
		}
		if first {
			b = append(b, `,"unused":[`...)
		} else {
			b = append(b, ',')
		}
		first = false
		b = append(append(b, `{"column":`...), quote(u.Column)...)
		b = append(append(b, `,"reason":`...), quote(u.Reason)...)
		b = append(b, '}')
	}
	if !first {
		b = append(b, ']')
	}
	return b
}

var unusedSchema = object{
	"type": "array", "description": "cells that hold something and were not used as they stand; absent where there are none",
	"items": objectOf(object{
		"column": object{"type": "string"},
		"reason": object{"type": "string", "description": "such as unknown (no category that the model knows), truncated (a longer text than is read)"},
	}, "column", "reason"),
}

// cells counts what was not used of rows that were answered.
func (m *metrics) cells(all []infer.Prediction) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range all {
		for _, u := range p.Unused {
			m.unused[[2]string{u.Column, u.Reason}]++
		}
	}
}

// writeUnused writes the counts of cells; m is locked.
func (m *metrics) writeUnused(w *exposition) {
	w.family("chiasm_unused_cells_total", "counter", "Cells of predicted rows that were not used as they stand, by column and reason.")
	for _, k := range slices.SortedFunc(maps.Keys(m.unused), func(a, b [2]string) int {
		return strings.Compare(a[0]+"\x00"+a[1], b[0]+"\x00"+b[1])
	}) {
		w.line("", float64(m.unused[k]), "column", k[0], "reason", k[1])
	}
}
