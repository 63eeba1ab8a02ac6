package data

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/chiasm-ml/chiasm/internal/threshold"
)

// labelState is what the targets with labels learn.
type labelState struct {
	Config TargetConfig `json:"config"`
	Labels []string     `json:"labels"`
	Counts []int        `json:"counts"`
	Rows   int          `json:"rows,omitempty"` // of training, of a multilabel target
	// Thresholds were chosen after training; nil: a half for each.
	Thresholds Thresholds `json:"thresholds,omitempty"`
	index      map[string]int
	known      []string // that Fit keeps, whether it meets them or not
}

// A LabelKeeper is a Target whose Fit keeps the labels that a model tells apart
// already, first and in their order, whether or not training rows have them.
type LabelKeeper interface{ Know(labels []string) }

// set takes the labels met in training rows, with how often.
func (s *labelState) set(counts map[string]int) {
	s.Labels = sortedKeys(counts)
	if isWhole(s.Labels) { // 2 before 10
		slices.SortFunc(s.Labels, func(a, b string) int {
			x, _ := strconv.ParseInt(a, 10, 64)
			y, _ := strconv.ParseInt(b, 10, 64)
			switch {
			case x < y:
				return -1
			case x > y:
				return 1
			}
			return strings.Compare(a, b)
		})
	}
	if len(s.known) > 0 {
		met := slices.DeleteFunc(s.Labels, func(l string) bool { return slices.Contains(s.known, l) })
		s.Labels = slices.Concat(s.known, met)
	}
	s.Counts = make([]int, len(s.Labels))
	for i, label := range s.Labels {
		s.Counts[i] = counts[label]
	}
	s.makeIndex()
}

func (s *labelState) makeIndex() {
	s.index = make(map[string]int, len(s.Labels))
	for i, label := range s.Labels {
		s.index[label] = i
	}
}

func isWhole(labels []string) bool {
	for _, l := range labels {
		if _, err := strconv.ParseInt(l, 10, 64); err != nil {
			return false
		}
	}
	return true
}

func (s *labelState) restore(b []byte, types ...string) error {
	var n labelState
	if err := DecodeStrict(b, &n); err != nil {
		return err
	}
	n.makeIndex()
	switch {
	case !slices.Contains(types, n.Config.Type):
		return fmt.Errorf("the type is %q, expected %s", n.Config.Type, strings.Join(types, " or "))
	case len(n.Labels) != len(n.Counts):
		return fmt.Errorf("%d labels and %d counts", len(n.Labels), len(n.Counts))
	case len(n.index) != len(n.Labels):
		return fmt.Errorf("a label is listed twice")
	case n.Config.Type == Binary && len(n.Labels) != 2:
		return fmt.Errorf("%d labels for a binary target", len(n.Labels))
	case n.Config.Type == Multilabel && n.Rows < slices.Max(append(n.Counts, 1)):
		return fmt.Errorf("%d training rows, and a label that more have", n.Rows)
	}
	if err := n.Thresholds.Check(len(n.questions())); err != nil {
		return err
	}
	*s = n
	return nil
}

// questions are the labels that are each a yes or no: all of a multilabel target,
// the positive one of a binary one, none of a choice among many.
func (s *labelState) questions() []string {
	switch s.Config.Type {
	case Multilabel:
		return s.Labels
	case Binary:
		return s.Labels[1:]
	}
	return nil
}

// Questions are the labels of a target that are each decided by a threshold: all of
// a multilabel one, the positive one of a binary one, nil of the others.
func Questions(t Target) []string {
	if s := labelsOf(t); s != nil {
		return s.questions()
	}
	return nil
}

// Thresholds are the probabilities above which the Questions of a target are
// answered by yes, one for each; none: a half for each.
type Thresholds = threshold.Set

// ThresholdsOf are the thresholds of the Questions of a target; nil: that of a half
// for each.
func ThresholdsOf(t Target) Thresholds {
	if s := labelsOf(t); s != nil {
		return s.Thresholds
	}
	return nil
}

// WithThresholds is the same target with other thresholds, one for each of its
// Questions. The target itself stays as it is, since others may read it.
func WithThresholds(t Target, thresholds Thresholds) (Target, error) {
	if err := thresholds.Check(len(Questions(t))); err != nil {
		return nil, err
	}
	switch t := t.(type) {
	case *ClassTarget:
		c := *t
		c.state.Thresholds = thresholds
		return &c, nil
	case *MultilabelTarget:
		l := *t
		l.state.Thresholds = thresholds
		return &l, nil
	}
	return t, nil
}

// WithThresholdsOf is WithThresholds of one of several targets, by its name; of a
// single one, the name is empty.
func WithThresholdsOf(t Target, name string, thresholds Thresholds) (Target, error) {
	several, ok := t.(*Targets)
	if !ok {
		return WithThresholds(t, thresholds)
	}
	of := slices.Clone(several.of)
	for k, x := range of {
		if x.Name == name {
			var err error
			of[k].Target, err = WithThresholds(x.Target, thresholds)
			return &Targets{of}, err
		}
	}
	return nil, fmt.Errorf("there is no output %s", show(name))
}

// labelsOf is the state of a target with labels; nil of another.
func labelsOf(t Target) *labelState {
	switch t := t.(type) {
	case *ClassTarget:
		return &t.state
	case *MultilabelTarget:
		return &t.state
	}
	return nil
}

// find is the place of a label. One that no training row has is an error: the
// model has no output for it.
func (s *labelState) find(t *Table, row int, label string) (int, error) {
	i, ok := s.index[label]
	if !ok {
		return 0, t.Errorf(row, s.Config.Column, "no training row has the label %s", show(label)).
			WithHint("correct it, or put rows of it into training, as split.stratify does")
	}
	return i, nil
}

// ClassTarget is the Target of one label a row. Binary: (B) float32, 1 for the
// positive label. Multiclass: (B) Int, the label's place.
type ClassTarget struct{ state labelState }

// Know is told of labels before Fit; see LabelKeeper.
func (c *ClassTarget) Know(labels []string) { c.state.known = slices.Clone(labels) }

// Config is what the target was made with.
func (c *ClassTarget) Config() TargetConfig { return c.state.Config }

// Labels of the training rows in byte order, or by value where all are whole
// numbers; the positive one of a binary target comes last.
func (c *ClassTarget) Labels() []string { return c.state.Labels }

// Counts is how many training rows have each label.
func (c *ClassTarget) Counts() []int { return c.state.Counts }

// Feature is one value a row.
func (c *ClassTarget) Feature() Feature {
	if c.state.Config.Type == Binary {
		return Feature{Name: "target"}
	}
	return Feature{Name: "target", Int: true, Sizes: []int{len(c.state.Labels)}}
}

// Fit learns the labels. Fewer than two, or for a binary target any other
// number than two, is an error.
func (c *ClassTarget) Fit(_ context.Context, t *Table, rows []int, notes *Notes) error {
	name := c.state.Config.Column
	column, err := t.Column(name)
	if err != nil {
		return err
	}
	counts := map[string]int{}
	for _, row := range rows {
		cell := column.Cell(row)
		err := checkLabel(t, row, name, cell.Text)
		if cell.Missing() {
			err = noTarget(t, row, name)
		}
		if err == nil {
			counts[cell.Text]++
		} else if err := t.Skip(err); err != nil {
			return err
		}
	}
	if len(counts) == 0 {
		return noneLeft(t, name)
	}
	if err := checkLabels(t, name, counts, len(rows)); err != nil {
		return err
	}
	c.state.set(counts)
	labels := c.state.Labels
	if c.state.Config.Type == Binary {
		if known := c.state.known; len(labels) != 2 && len(counts) == 2 && len(known) > 0 {
			return t.Errorf(-1, name, "a binary target has two labels, and with those of the model that it begins from, %s, there are %d: %s", list(known), len(labels), list(labels)).WithHint("set training.init_from.relabel to forget the model's, or use type: multiclass")
		}
		if len(labels) != 2 {
			return t.Errorf(-1, name, "a binary target has two labels, the training rows have %d: %s", len(labels), list(labels)).WithHint("use type: multiclass")
		}
		if err := c.setPositive(t); err != nil {
			return err
		}
		c.warnPositive(notes)
		return nil
	}
	notes.WarnSpelling("label "+show(name), labels)
	return nil
}

// setPositive makes the positive label the second one.
func (c *ClassTarget) setPositive(t *Table) error {
	s := &c.state
	p := s.Config.Positive
	if p == "" || p == s.Labels[1] {
		return nil
	}
	if p != s.Labels[0] {
		return t.Errorf(-1, s.Config.Column, "the positive label is to be %s, the training rows have %s", show(p), list(s.Labels))
	}
	slices.Reverse(s.Labels)
	slices.Reverse(s.Counts)
	s.makeIndex()
	return nil
}

// rare is the share below which a label is one that is looked for.
const rare = 0.1

// warnPositive says that what is rare is not what is looked for, where nobody has
// said that it is not to be: the figures would be those of always finding the rest.
func (c *ClassTarget) warnPositive(notes *Notes) {
	s := &c.state
	n := s.Counts[0] + s.Counts[1]
	if s.Config.Positive != "" || float64(s.Counts[0]) >= rare*float64(n) {
		return
	}
	notes.Warn("only %d of %d training rows have the label %s, and average precision and thresholds are of the other one; to look for it, set output.positive: %s", s.Counts[0], n, show(s.Labels[0]), s.Labels[0])
}

// Write sets the label of a row.
func (c *ClassTarget) Write(t *Table, row int, dst Slot, _ *Notes) error {
	column, err := t.Column(c.state.Config.Column)
	if err != nil {
		return err
	}
	if column.Cell(row).Missing() {
		return noTarget(t, row, column.Name)
	}
	i, err := c.state.find(t, row, column.Cell(row).Text)
	if err != nil {
		return err
	}
	if c.state.Config.Type == Binary {
		dst.F32[0] = float32(i)
	} else {
		dst.Int[0] = i
	}
	return nil
}

// MarshalJSON writes the config and what Fit learnt.
func (c *ClassTarget) MarshalJSON() ([]byte, error) { return json.Marshal(c.state) }

// UnmarshalJSON restores what MarshalJSON wrote.
func (c *ClassTarget) UnmarshalJSON(b []byte) error { return c.state.restore(b, Binary, Multiclass) }

// MultilabelTarget is the Target of any number of labels a row: (B, C) float32, 1 where
// the row has the label. A cell holds its labels with the separator between
// them, spaces around them ignored. An empty cell is a row of no label, and
// counted.
type MultilabelTarget struct{ state labelState }

// Know is told of labels before Fit; see LabelKeeper.
func (l *MultilabelTarget) Know(labels []string) { l.state.known = slices.Clone(labels) }

// Config is what the target was made with.
func (l *MultilabelTarget) Config() TargetConfig { return l.state.Config }

// Labels of the training rows in byte order, or by value where all are whole
// numbers.
func (l *MultilabelTarget) Labels() []string { return l.state.Labels }

// Counts is how many training rows have each label.
func (l *MultilabelTarget) Counts() []int { return l.state.Counts }

// Feature is C values a row.
func (l *MultilabelTarget) Feature() Feature {
	return Feature{Name: "target", Shape: []int{len(l.state.Labels)}}
}

// Fit learns the labels.
func (l *MultilabelTarget) Fit(_ context.Context, t *Table, rows []int, notes *Notes) error {
	name := l.state.Config.Column
	column, err := t.Column(name)
	if err != nil {
		return err
	}
	counts := map[string]int{}
	for _, row := range rows {
		labels, err := l.split(t, column, row)
		for _, label := range labels {
			if err == nil {
				err = checkLabel(t, row, name, label)
			}
		}
		if err != nil {
			if err := t.Skip(err); err != nil {
				return err
			}
			continue
		}
		for _, label := range labels {
			counts[label]++
		}
	}
	if len(counts) == 0 {
		return t.Errorf(-1, name, "no training row has a label").WithHint("there is nothing to learn")
	}
	l.state.set(counts)
	l.state.Rows = len(rows)
	notes.WarnSpelling("label "+show(name), l.state.Labels)
	for i, label := range l.state.Labels {
		if l.state.Counts[i] == len(rows) {
			notes.Warn("label %s: every training row has %s", show(name), show(label))
		}
	}
	return nil
}

// split lists the labels of a cell, each once.
func (l *MultilabelTarget) split(t *Table, column *Column, row int) ([]string, error) {
	cell := column.Cell(row)
	if cell.Missing() {
		return nil, nil
	}
	parts := strings.Split(cell.Text, l.state.Config.Separator)
	for i, part := range parts {
		if parts[i] = strings.TrimSpace(part); parts[i] == "" {
			return nil, t.Errorf(row, column.Name, "%s has nothing between two separators, or at an end", show(cell.Text)).
				WithHint("write labels with %q between them", l.state.Config.Separator)
		}
	}
	slices.Sort(parts)
	return slices.Compact(parts), nil
}

// Write sets the labels of a row.
func (l *MultilabelTarget) Write(t *Table, row int, dst Slot, notes *Notes) error {
	column, err := t.Column(l.state.Config.Column)
	if err != nil {
		return err
	}
	labels, err := l.split(t, column, row)
	if err != nil {
		return err
	}
	if len(labels) == 0 {
		notes.Cell(column.Name, NoLabels)
	}
	clear(dst.F32)
	for _, label := range labels {
		i, err := l.state.find(t, row, label)
		if err != nil {
			return err
		}
		dst.F32[i] = 1
	}
	return nil
}

// MarshalJSON writes the config and what Fit learnt.
func (l *MultilabelTarget) MarshalJSON() ([]byte, error) { return json.Marshal(l.state) }

// UnmarshalJSON restores what MarshalJSON wrote.
func (l *MultilabelTarget) UnmarshalJSON(b []byte) error { return l.state.restore(b, Multilabel) }

// checkLabel refuses a label that JSON could not carry or that stands for no
// answer at all.
func checkLabel(t *Table, row int, column, label string) error {
	if !utf8.ValidString(label) {
		return t.Errorf(row, column, "the label %s is not UTF-8", show(label)).WithHint("save the file as UTF-8")
	}
	if label == "NaN" {
		return t.Errorf(row, column, "the label is NaN, which is no answer").WithHint("fill it in, or take the row out")
	}
	return nil
}

// checkLabels refuses a column that is not one of classes: of one value, of
// measurements, or of numbers written in several ways.
func checkLabels(t *Table, name string, counts map[string]int, rows int) error {
	labels := sortedKeys(counts)
	if len(labels) < 2 {
		return t.Errorf(-1, name, "every training row has the label %s", list(labels)).WithHint("there is nothing to learn: choose another column or split")
	}
	values := map[float64]string{}
	fractions, nan := 0, ""
	for _, label := range labels {
		v, err := ParseNumber(label)
		if err != nil {
			if strings.EqualFold(label, "nan") {
				nan = label
			}
			continue
		}
		if other, ok := values[v]; ok {
			return t.Errorf(-1, name, "the labels %s and %s are one number", show(other), show(label)).WithHint("write it in one way")
		}
		values[v] = label
		if v != math.Trunc(v) {
			fractions++
		}
	}
	if nan != "" && len(values) == len(labels)-1 {
		return t.Errorf(-1, name, "the label %s stands among numbers", show(nan)).WithHint("it is no answer: fill it in, or take its rows out")
	}
	if fractions > 0 && len(values) == len(labels) && len(labels) > max(10, rows/2) {
		return t.Errorf(-1, name, "the column has %d different numbers in %d training rows", len(labels), rows).WithHint("measurements are for type: regression")
	}
	return nil
}

// list writes labels for a message.
func list(labels []string) string {
	const most = 5
	var b strings.Builder
	for i, l := range labels[:min(most, len(labels))] {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(show(l))
	}
	if len(labels) > most {
		fmt.Fprintf(&b, " and %d more", len(labels)-most)
	}
	return b.String()
}
