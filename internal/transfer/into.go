package transfer

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/nearest"
	"github.com/chiasm-ml/chiasm/model"
	"github.com/chiasm-ml/chiasm/nn"
)

// Options say what is taken.
type Options struct {
	// Map gives, for paths of this model's parameters or modules, what they are
	// called in the source, where that differs.
	Map map[string]string
	// Only are the modules that begin from the source; nil: all.
	Only []string
	// Strict makes it an error if a parameter of these is not there, or has
	// another shape.
	Strict bool
	// Target is this model's, and LabelAxes says which axis of which parameter has one
	// place for each of its labels, or decides between two (config.LabelAxes).
	Target    data.Target
	LabelAxes map[string]int
}

// An Account says what became of each array of numbers.
type Account struct {
	From string `json:"from"`
	// Taken are this model's parameters that are as in the source.
	Taken []string `json:"taken"`
	// ByLabel are those whose places for labels that both know are taken.
	ByLabel []Partial `json:"by_label,omitempty"`
	// Random are those that begin as a new model's, and why.
	Random []Random `json:"random,omitempty"`
	// LeftOver is what the source has beside.
	LeftOver []string `json:"left_over,omitempty"`
	// Kept are the inputs whose statistics and vocabularies are the source's.
	Kept []string `json:"kept_inputs,omitempty"`
}

// Partial is a parameter of which the places of some labels are taken.
type Partial struct {
	Name   string `json:"name"`
	Labels int    `json:"labels"` // taken
	Of     int    `json:"of"`     // of this model
}

// Random is a parameter that is not taken.
type Random struct {
	Name string `json:"name"`
	Why  string `json:"why"`
}

// A MismatchError is a source that does not fit the model.
type MismatchError struct{ Message string }

func (e *MismatchError) Error() string { return e.Message }

// ExitCode is 2: the config asks for what does not go together.
func (e *MismatchError) ExitCode() int { return 2 }

// Into copies weights into a model. Nothing is copied if it returns an error.
func (s *Source) Into(m *model.Model, o Options) (*Account, error) {
	t := &transfer{source: s, options: o, account: &Account{From: s.Path, Taken: []string{}}, theirs: map[string]*checkpoints.Tensor{}, used: map[string]bool{}}
	for i := range s.Weights {
		t.theirs[s.Weights[i].Name] = &s.Weights[i]
		t.names = append(t.names, s.Weights[i].Name)
	}
	if err := t.checkPaths(m); err != nil {
		return nil, err
	}
	for _, p := range m.Params() {
		if t.wanted(p.Name) {
			t.take(p)
		}
	}
	for _, name := range t.names {
		if !t.used[name] {
			t.account.LeftOver = append(t.account.LeftOver, name)
		}
	}
	if err := t.check(); err != nil {
		return nil, err
	}
	for _, copy := range t.copies {
		copy()
	}
	m.Changed()
	return t.account, nil
}

type transfer struct {
	source  *Source
	options Options
	account *Account
	theirs  map[string]*checkpoints.Tensor
	names   []string
	used    map[string]bool
	copies  []func()
}

// checkPaths refuses paths that this model does not have.
func (t *transfer) checkPaths(m *model.Model) error {
	for _, path := range slices.Concat(t.options.Only, slices.Sorted(maps.Keys(t.options.Map))) {
		if !slices.ContainsFunc(m.Params(), func(p *nn.Param) bool { return nn.Within(p.Name, path) }) {
			return &MismatchError{m.Has(path).Error()}
		}
	}
	return nil
}

func (t *transfer) wanted(name string) bool {
	return len(t.options.Only) == 0 || slices.ContainsFunc(t.options.Only, func(path string) bool { return nn.Within(name, path) })
}

func (t *transfer) there(name string) string { return There(name, t.options.Map) }

// There is what a parameter is called in a source: by the longest path of a map that it is
// within.
func There(name string, named map[string]string) string {
	best, found := "", false
	for path := range named {
		if _, ok := within(name, path); ok && (!found || len(path) > len(best)) {
			best, found = path, true
		}
	}
	if !found {
		return name
	}
	rest, _ := within(name, best)
	return strings.TrimSuffix(strings.TrimPrefix(named[best]+"."+rest, "."), ".")
}

// take finds where a parameter's numbers come from.
func (t *transfer) take(p *nn.Param) {
	name := t.there(p.Name)
	x := t.theirs[name]
	if x == nil || x.F32 == nil {
		why := "the source has no " + quoted(name)
		if near := nearest.Name(name, t.names); near != "" {
			why += ", and has " + quoted(near)
		}
		t.random(p, why)
		return
	}
	t.used[name] = true
	mine, theirs := TargetOf(t.options.Target, p.Name), TargetOf(t.source.Target, name)
	if mine != nil && theirs != nil && nn.Within(p.Name, headPath) && mine.Config().Type != theirs.Config().Type {
		t.random(p, fmt.Sprintf("it answers by %s, in the source by %s", mine.Config().Type, theirs.Config().Type))
		return
	}
	if axis, ok := t.options.LabelAxes[p.Name]; ok && mine != nil && theirs != nil && len(theirs.Labels()) > 0 {
		if !decidesOne(theirs) {
			t.byLabel(p, x, axis, mine.Labels(), theirs.Labels())
			return
		}
		if !slices.Equal(mine.Labels(), theirs.Labels()) {
			t.random(p, fmt.Sprintf("it decides between %s, in the source between %s", pair(mine.Labels()), pair(theirs.Labels())))
			return
		}
	}
	if !slices.Equal(p.Shape, x.Shape) {
		t.random(p, fmt.Sprintf("its shape is %v, in the source %v", p.Shape, x.Shape))
		return
	}
	t.account.Taken = append(t.account.Taken, p.Name)
	t.copies = append(t.copies, func() { copy(p.Data, x.F32) })
}

// headPath is that of the layers of heads.
const headPath = "head"

// TargetOf is what a parameter of a model with the target answers: of several, that of
// head.NAME, or nil for a parameter of none of them.
func TargetOf(t data.Target, param string) data.Target {
	several, ok := t.(*data.Targets)
	if !ok {
		return t
	}
	for _, x := range data.TargetsOf(several) {
		if nn.Within(param, headPath+"."+x.Name) {
			return x.Target
		}
	}
	return nil
}

// decidesOne says whether one score decides between two labels.
func decidesOne(t data.Target) bool {
	n := len(data.Questions(t))
	return n > 0 && n < len(t.Labels())
}

// pair is two labels, the positive one last.
func pair(labels []string) string {
	var all []string
	for _, l := range labels {
		all = append(all, quoted(l))
	}
	return strings.Join(all, " and ")
}

func (t *transfer) random(p *nn.Param, why string) {
	t.account.Random = append(t.account.Random, Random{p.Name, why})
}

// byLabel copies the places of the labels that both know.
func (t *transfer) byLabel(p *nn.Param, x *checkpoints.Tensor, axis int, mine, labels []string) {
	want := slices.Clone(p.Shape)
	want[axis] = len(labels)
	if !slices.Equal(want, x.Shape) {
		t.random(p, fmt.Sprintf("its shape is %v, in the source %v, for %d and %d labels", p.Shape, x.Shape, len(mine), len(labels)))
		return
	}
	inner, outer := 1, 1
	for i, d := range p.Shape {
		switch {
		case i < axis:
			outer *= d
		case i > axis:
			inner *= d
		}
	}
	common := 0
	for to, label := range mine {
		from := slices.Index(labels, label)
		if from < 0 {
			continue
		}
		common++
		t.copies = append(t.copies, func() {
			for o := range outer {
				dst := (o*p.Shape[axis] + to) * inner
				src := (o*x.Shape[axis] + from) * inner
				copy(p.Data[dst:dst+inner], x.F32[src:src+inner])
			}
		})
	}
	switch common {
	case 0:
		t.random(p, "the source knows none of the labels")
	case len(mine):
		t.account.Taken = append(t.account.Taken, p.Name)
	default:
		t.account.ByLabel = append(t.account.ByLabel, Partial{p.Name, common, len(mine)})
	}
}

// check refuses a source of which nothing is taken, and with Strict one of which
// something is not.
func (t *transfer) check() error {
	a := t.account
	switch {
	case len(a.Taken)+len(a.ByLabel) == 0:
		return &MismatchError{fmt.Sprintf("%s: none of its %d arrays fits the model%s; give their names by training.init_from.map", t.source.Path, len(t.names), first(a.Random))}
	case t.options.Strict && len(a.Random) > 0:
		return &MismatchError{fmt.Sprintf("%s: %d of the model's arrays cannot be taken, and training.init_from.strict is set%s", t.source.Path, len(a.Random), first(a.Random))}
	}
	return nil
}

func first(random []Random) string {
	if len(random) == 0 {
		return ""
	}
	return fmt.Sprintf(" (%s: %s)", random[0].Name, random[0].Why)
}

// quoted is a name from a file, safe for a line of a terminal.
func quoted(name string) string {
	const most = 120
	if len(name) > most {
		name = name[:most]
	}
	return fmt.Sprintf("%q", name)
}

// Lines says in a few lines for people what was taken.
func (a *Account) Lines() []string {
	lines := []string{fmt.Sprintf("began from %s: %s taken", a.From, arrays(len(a.Taken)))}
	if len(a.Kept) > 0 {
		lines = append(lines, "kept the statistics and vocabularies of "+strings.Join(a.Kept, ", "))
	}
	for _, p := range a.ByLabel {
		lines = append(lines, fmt.Sprintf("%s: %d of %d labels taken, the others are new", p.Name, p.Labels, p.Of))
	}
	const most = 5
	for _, r := range a.Random[:min(most, len(a.Random))] {
		lines = append(lines, fmt.Sprintf("%s is new: %s", r.Name, r.Why))
	}
	if n := len(a.Random) - most; n > 0 {
		lines = append(lines, fmt.Sprintf("and %d more are new; result.json lists them", n))
	}
	if n := len(a.LeftOver); n > 0 {
		shown := a.LeftOver[:min(3, n)]
		var names []string
		for _, name := range shown {
			names = append(names, quoted(name))
		}
		line := fmt.Sprintf("left over there: %s, such as %s", arrays(n), strings.Join(names, ", "))
		lines = append(lines, line)
	}
	return lines
}

func arrays(n int) string {
	if n == 1 {
		return "1 array"
	}
	return fmt.Sprintf("%d arrays", n)
}
