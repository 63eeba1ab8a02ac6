package app

import (
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/fit"
	"github.com/chiasm-ml/chiasm/metrics"
)

// judges refuses to choose epochs by a figure that their rows leave undefined: no
// epoch would be better than another.
func judges(p *fit.Data, monitor string) error {
	of, name, _ := strings.Cut(monitor, ".")
	for split, rows := range p.Splits.All() {
		if split != of || len(rows) == 0 {
			continue
		}
		d, rows, figure, err := figureOf(p.Dataset, rows, name)
		if err != nil || d == nil {
			return err
		}
		of := ""
		if figure != name {
			of = " with an answer for " + strings.TrimSuffix(name, "."+figure)
		}
		if len(rows) == 0 {
			return &data.ConfigError{Field: "training.monitor", Message: fmt.Sprintf("%s cannot be measured: there are no %s rows%s", monitor, split, of)}
		}
		answers, err := answersOf(d, rows)
		if err != nil {
			return err
		}
		if err := answers.Defined(figure, split+" rows"+of); err != nil {
			return fmt.Errorf("training.monitor is %s: %w", monitor, err)
		}
	}
	return nil
}

// figureOf is what a figure is measured on: of one of several outputs, as in price.mae,
// this output alone, on the rows that have its answer. The loss of all of them is of no
// dataset (nil).
func figureOf(d *data.Dataset, rows []int, name string) (*data.Dataset, []int, string, error) {
	several, ok := d.Target().(*data.Targets)
	if !ok {
		return d, rows, name, nil
	}
	output, figure, ok := strings.Cut(name, ".")
	if !ok {
		return nil, nil, name, nil
	}
	for _, x := range data.TargetsOf(several) {
		if x.Name != output {
			continue
		}
		one, err := d.Answering(output)
		if err != nil {
			return nil, nil, "", err
		}
		own, err := data.Answered(d.Table(), several, x.Target, rows)
		return one, own, figure, err
	}
	return nil, nil, name, nil
}

// tellUndefined says why figures of rows are not defined, which are a dash in the
// table and null in JSON.
func tellUndefined(w io.Writer, d *data.Dataset, rows []int, split string, values metrics.Values) {
	for _, v := range values {
		if !math.IsNaN(v.Value) {
			continue
		}
		fmt.Fprintf(w, "note: %s of %s rows is undefined: %s\n", v.Name, split, whyUndefined(d, rows, v.Name))
	}
}

func whyUndefined(d *data.Dataset, rows []int, name string) string {
	const nothing = "its rows give it no value"
	d, own, figure, err := figureOf(d, rows, name)
	if err != nil || d == nil {
		return nothing
	}
	if len(own) == 0 {
		return "none of them has an answer for it"
	}
	if answers, err := answersOf(d, own); err == nil {
		if known := answers.Undefined(figure); known != "" {
			return known
		}
	}
	return nothing
}
