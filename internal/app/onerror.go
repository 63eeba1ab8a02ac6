package app

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/chiasm-ml/chiasm/data"
)

// What predict does about rows that cannot be used.
const (
	onErrorFail = "fail" // nothing is predicted; the default
	onErrorSkip = "skip" // the row has no prediction, but the reason
	onErrorMask = "mask" // the cell counts as empty, where it may be
)

// errorColumn holds the reasons, behind the predictions. A table that has it
// already is refused, as with the others that predict writes.
const errorColumn = "prediction_error"

func checkOnError(policy string) error {
	if !slices.Contains([]string{"", onErrorFail, onErrorSkip, onErrorMask}, policy) {
		return &UsageError{fmt.Sprintf("--on-error is %q, want fail, skip or mask", policy)}
	}
	return nil
}

// trouble is what could not be used of a table, and what was done about it.
type trouble struct {
	policy string
	mu     sync.Mutex
	masked map[int][]*data.Error // by row
	bad    *data.BadRows
}

func newTrouble(policy string) *trouble {
	t := &trouble{policy: policy, masked: map[int][]*data.Error{}}
	if policy == onErrorSkip {
		t.bad = data.Any("--on-error skip")
	}
	return t
}

// reads reports whether rows have reasons.
func (t *trouble) reads() bool { return t.policy == onErrorSkip || t.policy == onErrorMask }

// inputs are a model's, as the policy has them read.
func (t *trouble) inputs(all []data.Input) []data.Input {
	if t.policy != onErrorMask {
		return all
	}
	out := slices.Clone(all)
	for i := range out {
		out[i].Preprocessor = &data.Masking{Preprocessor: out[i].Preprocessor, Tell: t.mask}
	}
	return out
}

// mask takes note of a cell; a row may be loaded more than once.
func (t *trouble) mask(row int, why *data.Error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !slices.ContainsFunc(t.masked[row], func(e *data.Error) bool { return e.Column == why.Column }) {
		t.masked[row] = append(t.masked[row], why)
	}
}

// sift loads the rows and returns those that can be predicted.
func (t *trouble) sift(ctx context.Context, s *source, rows []int) ([]int, error) {
	if t.policy != onErrorSkip {
		return rows, nil
	}
	if err := s.dataset.Prepare(ctx, s.table.Usable(rows)); err != nil {
		return nil, err
	}
	usable := s.table.Usable(rows)
	if len(rows) > 0 && len(usable) == 0 {
		first := t.bad.Rows()[0]
		return nil, &data.Error{File: s.table.File, Row: first.Row, Line: first.Line, Column: first.Column, Message: first.Reason, Hint: fmt.Sprintf("none of %d rows can be predicted, so --on-error skip leaves nothing", len(rows))}
	}
	return usable, nil
}

// reasons are why rows were not used as they stand, by row, as a cell says it.
func (t *trouble) reasons() map[int]string {
	all := map[int]string{}
	for _, r := range t.bad.Rows() {
		all[r.Row-1] = (&data.Error{Column: r.Column, Message: r.Reason}).Error()
	}
	for row, cells := range t.masked {
		slices.SortFunc(cells, func(a, b *data.Error) int { return strings.Compare(a.Column, b.Column) })
		for i, e := range cells {
			if i > 0 {
				all[row] += "; "
			}
			all[row] += (&data.Error{Column: e.Column, Message: e.Message, Err: e.Err}).Error()
		}
	}
	return all
}

// tell warns of what was masked; of what was left out the data report does.
func (t *trouble) tell(warn func(error)) {
	if len(t.masked) == 0 {
		return
	}
	cells, first := 0, -1
	for row, all := range t.masked {
		cells += len(all)
		if first < 0 || row < first {
			first = row
		}
	}
	warn(fmt.Errorf("%s of %s taken as empty (--on-error mask), the first of them in row %d: %s", several(cells, "cell"), several(len(t.masked), "row"), first+1, t.reasons()[first]))
}

// predicted is what predict prints as JSON.
type predicted struct {
	Output  string      `json:"output"`
	Rows    int         `json:"rows"`
	Skipped int         `json:"skipped"` // rows without a prediction
	Masked  int         `json:"masked"`  // rows of which a cell was taken as empty
	Errors  []rowReason `json:"errors"`  // the first of both
	// Data is what became of every cell, as data_report.json of a run.
	Data *data.Report `json:"data"`
}

type rowReason struct {
	Row    int    `json:"row"` // the first is 1
	Reason string `json:"reason"`
}

// mostReasons bounds predicted.Errors; the table written has all.
const mostReasons = 100

// writeTo prints the account of a file that was written.
func (t *trouble) writeTo(s Streams, report *data.Report, output string, rows int) error {
	if !s.JSON || output == "-" { // whose standard output is the table
		return nil
	}
	p := predicted{Output: output, Rows: rows, Skipped: t.bad.Len(), Masked: len(t.masked), Errors: []rowReason{}, Data: report}
	reasons := t.reasons()
	for _, row := range sortedRows(reasons) {
		if len(p.Errors) < mostReasons {
			p.Errors = append(p.Errors, rowReason{row + 1, reasons[row]})
		}
	}
	b, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	_, err = s.Out.Write(append(b, '\n'))
	return err
}

func sortedRows(m map[int]string) []int {
	rows := make([]int, 0, len(m))
	for row := range m {
		rows = append(rows, row)
	}
	slices.Sort(rows)
	return rows
}
