package app

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/chiasm-ml/chiasm/internal/report"
	"github.com/chiasm-ml/chiasm/trainer"
)

// AloneResult is what each input knows alone, by the heads that training.balance trains.
type AloneResult struct {
	Split  string          `json:"split"`
	Inputs []trainer.Alone `json:"inputs"`

	figure string // that says most by itself
}

// measureAlone measures the heads on the split that judges the model; nil without heads.
func (t *training) measureAlone(ctx context.Context) (*AloneResult, error) {
	name, rows := t.judged()
	all, err := trainer.EvaluateAlone(ctx, t.bundle.Model, t.data.Dataset, rows, t.config.Training.Workers)
	if err != nil || all == nil {
		return nil, err
	}
	return &AloneResult{Split: name, Inputs: all, figure: t.bundle.Model.Head().Figure()}, nil
}

// say writes one line.
func (a *AloneResult) say(w io.Writer) {
	if a == nil {
		return
	}
	var all []string
	for _, in := range a.Inputs {
		v, _ := in.Values.Get(a.figure)
		all = append(all, in.Input+" "+number(v))
	}
	fmt.Fprintf(w, "what each input knows alone (%s on %s, by its head of training.balance): %s\n", words(a.figure), a.Split, strings.Join(all, ", "))
}

// page is what the report shows.
func (a *AloneResult) page() []report.Alone {
	if a == nil {
		return nil
	}
	var all []report.Alone
	for _, in := range a.Inputs {
		all = append(all, report.Alone{Name: in.Input, Rows: in.Rows, Values: in.Values})
	}
	return all
}
