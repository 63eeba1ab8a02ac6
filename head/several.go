package head

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/metrics"
	"github.com/chiasm-ml/chiasm/nn"
)

// Named is one of several heads.
type Named struct {
	Name string
	Head
	// Weight of its loss in that of all.
	Weight float64
}

// Joint is several heads over one network: the scores of all, one behind the other.
// Its answers are those of a data.Targets with the same names, of which rows may lack
// some: a head learns of, and is measured on, the rows that have its answer. Its loss is
// the sum of theirs, each a mean over its own rows, times their weights.
//
// A Joint decodes nothing by itself; see Of.
type Joint struct{ Heads []Named }

// Kind is several.
func (Joint) Kind() string { return data.Several }

// Check reports what is wrong with one of the heads.
func (h Joint) Check() error {
	if len(h.Heads) == 0 {
		return errors.New("there is none of several heads")
	}
	seen := map[string]bool{}
	for _, x := range h.Heads {
		switch {
		case x.Name == "" || strings.ContainsAny(x.Name, ". \t\n"):
			return fmt.Errorf("one of several heads is named %q, want letters, digits, _ and -", x.Name)
		case seen[x.Name]:
			return fmt.Errorf("two heads are named %s", x.Name)
		case x.Head == nil:
			return fmt.Errorf("%s: the head is missing", x.Name)
		}
		seen[x.Name] = true
		if x.Weight < 0 {
			return fmt.Errorf("%s: the weight is %v, want 0 or more", x.Name, x.Weight)
		}
		if err := x.Check(); err != nil {
			return fmt.Errorf("%s: %w", x.Name, err)
		}
	}
	return nil
}

// Index is the place of the head with the name; -1 without one.
func (h Joint) Index(name string) int {
	return slices.IndexFunc(h.Heads, func(x Named) bool { return x.Name == name })
}

// WithThresholds is a head with other thresholds: of a Joint, those of the one with the
// name, else the name is empty.
func WithThresholds(h Head, name string, t data.Thresholds) (Head, error) {
	j, ok := h.(Joint)
	if !ok {
		if name != "" {
			return h, fmt.Errorf("there is one output, which has no name, and none named %q", name)
		}
		return h.WithThresholds(t)
	}
	k := j.Index(name)
	if k < 0 {
		return h, fmt.Errorf("there is no output %q among %s", name, strings.Join(j.Losses(), ", "))
	}
	one, err := j.Heads[k].Head.WithThresholds(t)
	if err != nil {
		return h, err
	}
	j.Heads = slices.Clone(j.Heads)
	j.Heads[k].Head = one
	return j, nil
}

// One is a head with its part of the scores and its target.
type One struct {
	Name   string // empty of a head that is the only one
	Head   Head
	Target data.Target
	// From and To bound its scores among those of a row.
	From, To int
}

// Of lists the heads that a head consists of, with their targets; those of a Joint by
// their names, else the one.
func Of(h Head, t data.Target) []One {
	targets := data.TargetsOf(t)
	j, ok := h.(Joint)
	if !ok || len(targets) != len(j.Heads) {
		if h == nil {
			return nil
		}
		return []One{{Head: h, Target: t, To: h.Size()}}
	}
	var all []One
	from := 0
	for k, x := range j.Heads {
		all = append(all, One{x.Name, x.Head, targets[k].Target, from, from + x.Size()})
		from += x.Size()
	}
	return all
}

// Size is the scores of all.
func (h Joint) Size() int {
	n := 0
	for _, x := range h.Heads {
		n += x.Size()
	}
	return n
}

// Setting is of as many scores. No fusion decides all of them at once: package model
// refuses one that would.
func (h Joint) Setting() fusion.Setting {
	return fusion.Setting{Outputs: h.Size(), Decision: fusion.Value}
}

// Answers has a part for each head.
func (h Joint) Answers(g *nn.Graph, name string, b int) Answers {
	var out Answers
	for k, x := range h.Heads {
		part := x.Answers(g, fmt.Sprintf("%s.%d", name, k), b)
		part.Present = g.Constant(fmt.Sprintf("%s.%d.present", name, k), b)
		out.Parts = append(out.Parts, part)
	}
	return out
}

// each calls f with the columns of each head among scores (B, Size).
func (h Joint) each(g *nn.Graph, scores *gorgonia.Node, f func(k int, own *gorgonia.Node)) {
	from := 0
	for k, x := range h.Heads {
		own := scores
		if len(h.Heads) > 1 {
			own = g.Slice(scores, 1, from, from+x.Size())
		}
		f(k, own)
		from += x.Size()
	}
}

// Predict is what each head makes of its scores.
func (h Joint) Predict(g *nn.Graph, logits *gorgonia.Node) *gorgonia.Node {
	var all []*gorgonia.Node
	h.each(g, logits, func(k int, own *gorgonia.Node) { all = append(all, h.Heads[k].Predict(g, own)) })
	return g.Concat(1, all...)
}

// Loss is the sum over heads. That of each is an output by its name, before its weight.
func (h Joint) Loss(g *nn.Graph, logits *gorgonia.Node, answers Answers, weight *gorgonia.Node) *gorgonia.Node {
	var all []*gorgonia.Node
	h.each(g, logits, func(k int, own *gorgonia.Node) {
		part, x := answers.Parts[k], h.Heads[k]
		loss := x.Loss(g, own, part, g.Mul(weight, part.Present))
		g.Output(metrics.LossPrefix+x.Name, loss)
		if part.Factor != nil {
			loss = g.Mul(loss, part.Factor)
		}
		all = append(all, g.Scale(loss, x.Weight))
	})
	return g.Sum(all...)
}

// Losses names the terms that Loss makes outputs.
func (h Joint) Losses() []string {
	var names []string
	for _, x := range h.Heads {
		names = append(names, x.Name)
	}
	return names
}

// parts calls f with each head and its part of a row's scores.
func (h Joint) parts(scores []float32, f func(k int, own []float32)) {
	for k, x := range h.Heads {
		f(k, scores[:x.Size()])
		scores = scores[x.Size():]
	}
}

// RowLoss is the weighted sum over the heads that the row has an answer for.
func (h Joint) RowLoss(logits []float32, answers data.Slot, row int) float64 {
	sum := 0.0
	h.parts(logits, func(k int, own []float32) {
		if part := answers.Parts[k]; part.Present[row] != 0 {
			sum += h.Heads[k].Weight * h.Heads[k].RowLoss(own, part.Slot, row)
		}
	})
	return sum
}

// Weight is 1: each head weighs its own rows.
func (Joint) Weight(data.Slot, int) float64 { return 1 }

// Weighted says whether rows of a head weigh differently.
func (h Joint) Weighted() bool {
	return slices.ContainsFunc(h.Heads, func(x Named) bool { return x.Weighted() })
}

// Logits are those of each head.
func (h Joint) Logits(predictions []float32) []float32 {
	var out []float32
	h.parts(predictions, func(k int, own []float32) { out = append(out, h.Heads[k].Logits(own)...) })
	return out
}

// AddWeights adds to sums, by head, what rows with the given weights count in its loss.
func (h Joint) AddWeights(answers data.Slot, rows, sums []float64) {
	for k, part := range answers.Parts[:min(len(sums), len(answers.Parts), len(h.Heads))] {
		for i, w := range rows[:min(len(rows), len(part.Present))] {
			if part.Present[i] != 0 {
				sums[k] += w * h.Heads[k].Head.Weight(part.At(i), 0)
			}
		}
	}
}

// Probabilities is nil: each head has its own.
func (Joint) Probabilities([]float32) []float64 { return nil }

// Decode is nil: each head has its own.
func (Joint) Decode(data.Target, []float32) any { return nil }

// Compare tells nothing: each head has its own.
func (Joint) Compare(data.Target, []float32, data.Slot) Miss { return Miss{} }

// Spoken is of no score: each head has its own.
func (Joint) Spoken(data.Target, []float32, int) Spoken {
	return Spoken{Value: func([]float32) float64 { return 0 }}
}

// Figure is the loss.
func (Joint) Figure() string { return "loss" }

// Calibrated is false.
func (Joint) Calibrated() bool { return false }

// Thresholds is nil: each head has its own.
func (Joint) Thresholds() data.Thresholds { return nil }

// WithThresholds refuses any.
func (h Joint) WithThresholds(t data.Thresholds) (Head, error) { return h, t.Check(0) }

// Meter measures each head on the rows that have its answer. Figures are named by the
// head, a point, and the figure's own name; loss is the weighted sum of the losses.
func (h Joint) Meter(t data.Target, table *data.Table) (Meter, error) {
	m := &jointMeter{head: h, rows: make([]int, len(h.Heads))}
	targets := data.TargetsOf(t)
	if len(targets) != len(h.Heads) {
		return nil, fmt.Errorf("%d heads and %d targets", len(h.Heads), len(targets))
	}
	for k, x := range h.Heads {
		own, err := x.Meter(targets[k].Target, table)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", x.Name, err)
		}
		m.parts = append(m.parts, own)
	}
	return m, nil
}

// A jointMeter leaves out AddLoss: the loss of all is not a mean over rows where some
// lack answers.
type jointMeter struct {
	head  Joint
	parts []Meter
	rows  []int // that have an answer, by head
}

func (m *jointMeter) AddLoss(float64, int) {}

// AddLosses takes in logits (N, Size) of rows with their answers.
func (m *jointMeter) AddLosses(logits []float32, answers data.Slot) {
	size := m.head.Size()
	for i := range len(logits) / size {
		m.head.parts(logits[i*size:(i+1)*size], func(k int, own []float32) {
			if part := answers.Parts[k]; part.Present[i] != 0 {
				m.parts[k].AddLoss(m.head.Heads[k].RowLoss(own, part.At(i), 0), 1)
			}
		})
	}
}

func (m *jointMeter) Add(predictions []float32, rows []int, answers data.Slot) error {
	size, from := m.head.Size(), 0
	for k, x := range m.head.Heads {
		own, at := answers.Parts[k].Answered()
		var scores []float32
		var having []int
		for _, i := range at {
			lo := i*size + from
			scores, having = append(scores, predictions[lo:lo+x.Size()]...), append(having, rows[i])
		}
		from += x.Size()
		if m.rows[k] += len(at); len(at) == 0 {
			continue
		}
		if err := m.parts[k].Add(scores, having, own); err != nil {
			return fmt.Errorf("%s: %w", x.Name, err)
		}
	}
	return nil
}

func (m *jointMeter) Result() Result {
	var out Result
	loss := 0.0
	var values metrics.Values
	for k, x := range m.head.Heads {
		own := m.parts[k].Result()
		for _, v := range own.Values {
			if v.Name == "loss" && m.rows[k] > 0 {
				loss += x.Weight * v.Value
			}
			values = append(values, metrics.Named{Name: x.Name + "." + v.Name, Value: v.Value})
		}
		out.Parts = append(out.Parts, NamedResult{x.Name, own})
	}
	out.Values = append(metrics.Values{{Name: "loss", Value: loss}}, values...)
	return out
}

// SeveralError says that something takes a model of one output only.
type SeveralError struct {
	What  string   // takes one
	Names []string // of the model's outputs
}

func (e *SeveralError) Error() string {
	return fmt.Sprintf("%s takes a model of one output, and this one has %d: %s; predict and evaluate take them all", e.What, len(e.Names), strings.Join(e.Names, ", "))
}

// ExitCode is 2.
func (e *SeveralError) ExitCode() int { return 2 }

// Single is a *SeveralError for several heads.
func Single(h Head, what string) error {
	if j, ok := h.(Joint); ok {
		return &SeveralError{what, j.Losses()}
	}
	return nil
}
