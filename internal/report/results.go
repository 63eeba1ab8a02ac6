package report

import (
	"slices"

	"github.com/chiasm-ml/chiasm/trainer"
)

// A resultTable has a row a metric and a column a split.
type resultTable struct {
	Splits []Field // the name, and the number of rows
	Rows   []resultRow
}

type resultRow struct {
	Name   string
	Lower  bool // is better
	Values []string
}

func newResultTable(splits []Split) *resultTable {
	splits = splits[:min(len(splits), maxSplits)]
	t := &resultTable{}
	var names []string
	for _, s := range splits {
		t.Splits = append(t.Splits, Field{label(s.Name), counted(s.Rows, "row", "rows")})
		for _, v := range s.Values {
			if !slices.Contains(names, v.Name) && len(names) < maxMetrics {
				names = append(names, v.Name)
			}
		}
	}
	if len(names) == 0 {
		return nil
	}
	for _, name := range names {
		r := resultRow{Name: metricName(name), Lower: lowerIsBetter(name)}
		for _, s := range splits {
			if v, ok := s.Values.Get(name); ok {
				r.Values = append(r.Values, figure(v))
			} else {
				r.Values = append(r.Values, "")
			}
		}
		t.Rows = append(t.Rows, r)
	}
	return t
}

// An epochTable is the learning curves as numbers.
type epochTable struct {
	Head []string
	Rows []epochRow
	Left string
}

type epochRow struct {
	Epoch  string
	Best   bool
	Values []string
}

func newEpochTable(history []trainer.Epoch, best int) *epochTable {
	if len(history) == 0 {
		return nil
	}
	t := &epochTable{Head: []string{"Step", "Learning rate"}}
	var train, validation []string
	for _, e := range history {
		for _, v := range e.Train {
			if !slices.Contains(train, v.Name) && len(train) < maxMetrics {
				train = append(train, v.Name)
			}
		}
		for _, v := range e.Validation {
			if !slices.Contains(validation, v.Name) && len(validation) < maxMetrics {
				validation = append(validation, v.Name)
			}
		}
	}
	for _, name := range train {
		t.Head = append(t.Head, "Train "+lowerFirst(metricName(name)))
	}
	for _, name := range validation {
		t.Head = append(t.Head, "Validation "+lowerFirst(metricName(name)))
	}
	t.Head = append(t.Head, "Seconds", "Rows a second")
	picked := everyNth(len(history), MaxEpochs, func(i int) bool { return history[i].Epoch == best })
	for _, i := range picked {
		e := history[i]
		r := epochRow{Epoch: count(e.Epoch), Best: e.Epoch == best, Values: []string{count(e.Step), short(e.LearningRate)}}
		for _, name := range train {
			v, _ := e.Train.Get(name)
			r.Values = append(r.Values, figure(v))
		}
		for _, name := range validation {
			v, _ := e.Validation.Get(name)
			r.Values = append(r.Values, figure(v))
		}
		r.Values = append(r.Values, figure(float64(e.Seconds)), figure(float64(e.SamplesPerSecond)))
		t.Rows = append(t.Rows, r)
	}
	if len(picked) < len(history) {
		t.Left = count(len(picked)) + " of " + counted(len(history), "epoch", "epochs") + "; metrics.jsonl has them all."
	}
	return t
}
