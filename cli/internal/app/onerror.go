package app

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/trainer"
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
	// left are the reasons of bad, and of rows whose answer is not finite, by row.
	left map[int]string
	mute int // of these answers
}

func newTrouble(policy string) *trouble {
	t := &trouble{policy: policy, masked: map[int][]*data.Error{}, left: map[int]string{}}
	if policy == onErrorSkip {
		t.bad = data.Any("--on-error skip", "written without a prediction")
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
	for _, r := range t.bad.Rows() {
		t.left[r.Row-1] = (&data.Error{Column: r.Column, Message: r.Reason}).Error()
	}
	if len(rows) > 0 && len(usable) == 0 {
		first := t.bad.Rows()[0]
		return nil, &data.Error{File: s.table.File, Row: first.Row, Line: first.Line, Column: first.Column, Message: first.Reason, Hint: fmt.Sprintf("none of %d rows can be predicted, so --on-error skip leaves nothing", len(rows))}
	}
	return usable, nil
}

// unanswered takes note of a row whose answer is not finite.
func (t *trouble) unanswered(e *trainer.AnswerError) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.left[e.Row] = data.NotFinite
	t.mute++
	return nil
}

// lacksAnswer reports whether a row that was predicted has an answer that is not
// finite.
func (t *trouble) lacksAnswer(row int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.left[row] != ""
}

// reason is why a row was not used as it stands, as a cell says it; false where it
// was.
func (t *trouble) reason(row int) (string, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if r, ok := t.left[row]; ok {
		return r, true
	}
	cells := slices.Clone(t.masked[row])
	slices.SortFunc(cells, func(a, b *data.Error) int { return strings.Compare(a.Column, b.Column) })
	all := ""
	for i, e := range cells {
		if i > 0 {
			all += "; "
		}
		all += (&data.Error{Column: e.Column, Message: e.Message, Err: e.Err}).Error()
	}
	return all, len(cells) > 0
}

// tell warns of what was masked; of what was left out the data report does.
func (t *trouble) tell(warn func(error)) {
	if t.mute > 0 {
		warn(fmt.Errorf("%s without a prediction: %s (--on-error skip)", several(t.mute, "row"), data.NotFinite))
	}
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
	reason, _ := t.reason(first)
	warn(fmt.Errorf("%s of %s taken as empty (--on-error mask), the first of them in row %d: %s", several(cells, "cell"), several(len(t.masked), "row"), first+1, reason))
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
	p := predicted{Output: output, Rows: rows, Skipped: len(t.left), Masked: len(t.masked), Errors: []rowReason{}, Data: report}
	left := append(sortedRows(t.left), sortedRows(t.masked)...)
	slices.Sort(left)
	for _, row := range left[:min(len(left), mostReasons)] {
		reason, _ := t.reason(row)
		p.Errors = append(p.Errors, rowReason{row + 1, reason})
	}
	b, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	_, err = s.Out.Write(append(b, '\n'))
	return err
}

func sortedRows[V any](m map[int]V) []int {
	rows := make([]int, 0, len(m))
	for row := range m {
		rows = append(rows, row)
	}
	slices.Sort(rows)
	return rows
}
