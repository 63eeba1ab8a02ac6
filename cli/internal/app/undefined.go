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
	if len(data.TargetsOf(p.Target)) > 1 {
		return nil // which rows have an answer differs by output; Run says so if no epoch has the figure
	}
	of, name, _ := strings.Cut(monitor, ".")
	for split, rows := range p.Splits.All() {
		if split != of || len(rows) == 0 {
			continue
		}
		answers, err := answersOf(p.Dataset, rows)
		if err != nil {
			return err
		}
		if err := answers.Defined(name, split+" rows"); err != nil {
			return fmt.Errorf("training.monitor is %s: %w", monitor, err)
		}
	}
	return nil
}

// tellUndefined says why figures of rows are not defined, which are a dash in the
// table and null in JSON.
func tellUndefined(w io.Writer, d *data.Dataset, rows []int, split string, values metrics.Values) {
	for _, v := range values {
		if !math.IsNaN(v.Value) {
			continue
		}
		why := "its rows give it no value"
		if answers, err := answersOf(d, rows); err == nil {
			if known := answers.Undefined(v.Name); known != "" {
				why = known
			}
		}
		fmt.Fprintf(w, "note: %s of %s rows is undefined: %s\n", v.Name, split, why)
	}
}
