package serve

import (
	"slices"

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
