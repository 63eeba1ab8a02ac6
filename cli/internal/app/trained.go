package app

import (
	"fmt"
	"io"

	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/data"
)

// sameRule refuses to cut a table for a model that was trained under another rule:
// its test rows would be others, among them rows that it was trained on.
func (s *source) sameRule(split string) error {
	if was := s.bundle.Trained.SplitRule; was != data.SplitRule && s.bundle.Config.Data.Split.ByRule() {
		return &checkpoints.Error{Path: s.bundle.Dir, What: fmt.Sprintf(
			"the model was trained on rows drawn by rule %d, and this program draws by rule %d, so --split %s would be other rows: train anew, or give a table of the rows to use, without --split", was, data.SplitRule, split)}
	}
	return nil
}

// seen are the rows that the model was trained on, among some that were loaded.
type seen struct{ *data.Seen } // nil where the model does not keep its training rows

func (s *source) seen(rows []int) seen {
	if s.bundle.Trained.Rows == nil {
		return seen{}
	}
	found := s.bundle.Trained.Rows.Seen(s.dataset, rows)
	return seen{&found}
}

// tell writes a line if there are such rows. Where the training rows are alike, new
// ones are like them too, and the line is no warning.
func (s seen) tell(w io.Writer) {
	if s.Seen == nil || s.Rows == 0 {
		return
	}
	few := "none of as many new rows would be"
	if s.ByChance > 0 {
		few = fmt.Sprintf("about %d of as many new rows would be, since rows of this table are alike", s.ByChance)
	}
	was, is := "rows were", "rows are"
	if s.Rows == 1 {
		was, is = "rows was", "rows is"
	}
	if s.Surprising() {
		fmt.Fprintf(w, "warning: %d of %d %s trained on, by what the model reads of them (%s): their figures say nothing of new rows\n", s.Rows, s.Of, was, few)
		return
	}
	fmt.Fprintf(w, "note: %d of %d %s, by what the model reads of them, equal to rows that it was trained on; %s\n", s.Rows, s.Of, is, few)
}
