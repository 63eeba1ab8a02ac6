package explain_test

import (
	"context"
	"encoding/json"
	"math"
	"runtime"
	"testing"

	"github.com/chiasm-ml/chiasm/explain"
)

// What an explanation takes is known before: all that it allocates is less.
func TestB10_ExplanationsArePriced(t *testing.T) {
	for _, fusion := range []string{"{type: concat}", "{type: cross_attention, dim: 16, heads: 4}", "{type: score_average}"} {
		s := newSubject(fusion, "{type: multiclass, column: kind}")
		e := must(explain.New(s.model, s.inputs, s.target, explain.Options{MostSteps: 1})) // more steps leave more garbage, and hold no more
		price := must(e.Price())
		most := int64(0)
		for row := range rows {
			r := must(explain.Read(s.table, row, s.inputs, s.target))
			if _, err := e.Explain(context.Background(), r); err != nil { // which makes programs
				continue // of a row without any input
			}
			took := int64(math.MaxInt64)
			for range 5 { // the collector empties pools, which are then filled anew
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				must(json.Marshal(must(e.Explain(context.Background(), r))))
				runtime.ReadMemStats(&after)
				took = min(took, int64(after.TotalAlloc-before.TotalAlloc))
			}
			most = max(most, took)
		}
		if most == 0 || most > price.Each {
			t.Errorf("%s: an explanation allocates %d bytes, and was to take %d at most", fusion, most, price.Each)
		}
		if price.Programs <= 0 {
			t.Errorf("%s: programs take %d", fusion, price.Programs)
		}
	}
}

// An explanation ends with its context between two operators, and gives way there.
func TestB11_ExplanationsGiveWay(t *testing.T) {
	s := newSubject("{type: concat}", "{type: multiclass, column: kind}")
	ctx, cancel := context.WithCancel(context.Background())
	asked := 0
	e := must(explain.New(s.model, s.inputs, s.target, explain.Options{GiveWay: func(ctx context.Context) error {
		if asked++; asked == 100 {
			cancel()
		}
		return ctx.Err()
	}}))
	r := must(explain.Read(s.table, 0, s.inputs, s.target))
	if _, err := e.Explain(ctx, r); err != context.Canceled || asked != 100 {
		t.Errorf("%v after %d operators", err, asked)
	}
	if _, err := e.Explain(context.Background(), r); err != nil || asked < 500 {
		t.Errorf("%v after %d operators", err, asked)
	}
}
