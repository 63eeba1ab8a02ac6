package tabular

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/phrase"
)

type state struct {
	Config     Options          `json:"config"`
	Scales     []data.Scaling   `json:"numeric,omitempty"` // of numbers, then of the parts of dates
	Dates      []*data.DateRule `json:"dates,omitempty"`
	Categories [][]string       `json:"categories,omitempty"`
	index      []map[string]int32
	ranges     [][2]float64 // of the scales
}

// MarshalJSON writes the config and what Fit learnt.
func (p *Preprocessor) MarshalJSON() ([]byte, error) { return json.Marshal(p.state) }

// UnmarshalJSON restores what MarshalJSON wrote.
func (p *Preprocessor) UnmarshalJSON(b []byte) error {
	var s state
	if err := data.DecodeStrict(b, &s); err != nil {
		return err
	}
	if err := s.Config.Validate(); err != nil {
		return err
	}
	if len(s.Dates) != len(s.Config.Dates) {
		return fmt.Errorf("the state has %d formats for %d columns of dates", len(s.Dates), len(s.Config.Dates))
	}
	names := slices.Clone(s.Config.Numeric)
	for i, r := range s.Dates {
		if r == nil {
			return fmt.Errorf("column %s: no format", phrase.Quote(s.Config.Dates[i]))
		}
		if err := r.Check(); err != nil {
			return fmt.Errorf("column %s: %w", phrase.Quote(s.Config.Dates[i]), err)
		}
		names = append(names, slices.Repeat([]string{s.Config.Dates[i]}, len(r.Parts))...)
	}
	if len(s.Scales) != len(names) || len(s.Categories) != len(s.Config.Categorical) {
		return fmt.Errorf("the state has %d scales and %d vocabularies for %d numbers and %d categorical columns",
			len(s.Scales), len(s.Categories), len(names), len(s.Config.Categorical))
	}
	for i, scale := range s.Scales {
		if err := scale.Check(); err != nil {
			return fmt.Errorf("column %s: %w", phrase.Quote(names[i]), err)
		}
	}
	s.makeIndex()
	for i, values := range s.Categories {
		if len(s.index[i]) != len(values) {
			return fmt.Errorf("column %s: a category is listed twice", phrase.Quote(s.Config.Categorical[i]))
		}
	}
	p.state = s
	return nil
}

// makeIndex derives what is not in the JSON.
func (s *state) makeIndex() {
	s.ranges = make([][2]float64, len(s.Scales))
	for i := range s.Scales {
		s.ranges[i] = s.Scales[i].Range()
	}
	s.index = make([]map[string]int32, len(s.Categories))
	for i, values := range s.Categories {
		s.index[i] = make(map[string]int32, len(values))
		for j, v := range values {
			s.index[i][v] = int32(j + 1)
		}
	}
}
