package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/chiasm-ml/chiasm/checkpoints"
)

// tell prints what the rows had that is probably not meant, and in one line which
// cells were not used as they stand; the whole goes to the file that was asked for.
func (s *source) tell(o SourceOptions, to Streams) error {
	mostly := s.report.Mostly()
	for _, w := range s.report.Warnings() {
		if !slices.Contains(mostly, w) { // that is in the line
			warnTo(to)(errors.New(w))
		}
	}
	if line := s.report.UnusedLine(); line != "" {
		kind, where := "note", "--data-report FILE tells of which rows"
		if len(mostly) > 0 {
			kind = "warning"
		}
		if o.DataReport != "" {
			where = o.DataReport + " tells of which rows"
		}
		fmt.Fprintf(to.Err, "%s: %s; %s\n", kind, line, where)
	}
	if o.DataReport == "" {
		return nil
	}
	b, err := json.MarshalIndent(s.report, "", "  ")
	if err != nil {
		return err
	}
	return checkpoints.WriteFileAtomic(o.DataReport, checkpoints.Bytes(append(b, '\n')))
}

// account loads rows for the report, or for the error of a cell that is not used as
// it stands.
func (s *source) account(rows []int) error {
	for _, row := range rows {
		for input := range s.dataset.Inputs() {
			if _, err := s.dataset.Item(input, row); err != nil {
				return err
			}
		}
	}
	return nil
}
