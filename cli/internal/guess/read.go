package guess

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/chiasm-ml/chiasm/data"
)

// mostNamed is how many cells of one kind of mistake are named; the rest are
// counted.
const mostNamed = 5

// reading is a table as far as it can be read, and how it is written.
type reading struct {
	table   *data.Table
	dialect data.Dialect
	sniffed []data.Sniffed
}

// read reads a table as it is found to be written. Rows that cannot be read are left
// out, and what is wrong with columns other than the target is noted.
func read(ctx context.Context, path, target string) (*reading, error) {
	r := &reading{}
	var sniffErr error
	r.dialect, r.sniffed, sniffErr = data.Sniff(ctx, path)
	var bad *data.Error
	if sniffErr != nil && !errors.As(sniffErr, &bad) {
		return nil, sniffErr
	}
	return r, r.again(ctx, path, target)
}

// again reads the table in the dialect as it now is.
func (r *reading) again(ctx context.Context, path, target string) error {
	in, err := data.Open(path, data.Options{Dialect: r.dialect, Used: []string{target}, Bad: &data.BadRows{Most: math.MaxInt}})
	if err != nil {
		return err
	}
	defer in.Close()
	r.table, err = data.ReadAll(ctx, in)
	return err
}

// flaw says why a config could not use a column; empty where it could.
func (s *survey) flaw(p *profile) string {
	for _, f := range s.table.Flaws {
		if f.Column != p.name() {
			continue
		}
		if f.Cells > 0 {
			return fmt.Sprintf("%d of its %s, the first in row %d", f.Cells, f.Reason, f.Row)
		}
		return f.Reason
	}
	if !s.table.Has(p.name()) {
		return "another column has its name"
	}
	return ""
}

// dialectKeys are the keys of a config that say how the table is written, in the
// order of their reference.
var dialectKeys = []string{"separator", "encoding", "decimal", "thousands", "missing_values", "comment"}

// mostReasons of one key are told in its comment.
const mostReasons = 3

// writeDialect writes how the table was found to be written.
func (s *survey) writeDialect(w *page) {
	d := s.reading.dialect
	values := map[string]string{"separator": d.Separator, "encoding": d.Encoding, "decimal": d.Decimal, "thousands": d.Thousands, "comment": d.Comment}
	for _, key := range dialectKeys {
		var why []string
		for _, f := range s.reading.sniffed {
			if f.Key == key {
				why = append(why, f.Why)
			}
		}
		if len(why) == 0 {
			continue
		}
		if n := len(why) - mostReasons; n > 0 {
			why = append(why[:mostReasons:mostReasons], fmt.Sprintf("and %d more", n))
		}
		value := scalar(values[key])
		if key == "missing_values" {
			b, _ := json.Marshal(d.MissingValues) // of texts, which JSON writes as YAML does
			value = strings.ReplaceAll(string(b), `","`, `", "`)
			why = append(why, "these are empty cells in every column")
		}
		w.line(strings.Join(why, "; "), "  %s: %s", key, value)
	}
}
