package auto

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/internal/compare"
	"github.com/chiasm-ml/chiasm/metrics"
)

// Presets say how much is tried.
const (
	Fast = "fast" // inputs alone, the plainest fusions, the other encoder of tables
	Good = "good" // the fusions that a comparison tries, other encoders, a second seed of the best
	Best = "best" // without single inputs, and more seeds
)

// Presets lists them.
var Presets = []string{Fast, Good, Best}

// A Candidate is a model to be trained.
type Candidate struct {
	config.Member
	Kind string // of compare: Modality, Subset or Fusion
	Why  string // what it is tried for
	base string // of another seed: the candidate that it repeats
}

// A Pool makes candidates stage by stage, cheapest first: what a stage has depends on how those
// before have done.
type Pool struct {
	// Config has every input that a candidate reads.
	Config *config.Config
	// Skipped are fusions that cannot be had, with the reason.
	Skipped []Skip

	base    *config.Config
	preset  string
	names   []string // of the base's inputs
	others  []other  // encoders and readings of these
	stage   int
	made    []Candidate
	members map[string]bool // their names
}

// Skip is what is not tried, and why.
type Skip struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// other is an input that a candidate has in the place of one of the config's.
type other struct {
	input string       // in the place of this
	kind  string       // the encoder's type
	as    config.Input // of the same name: another encoder; of another: read in another way too
	table bool
}

// NewPool makes a pool for a config of one model.
func NewPool(base *config.Config, preset string) (*Pool, error) {
	p := &Pool{base: base, preset: preset, members: map[string]bool{}}
	for _, in := range base.Inputs {
		p.names = append(p.names, in.Name)
	}
	p.others = othersOf(base)
	inputs := slices.Clone(base.Inputs)
	members := []config.Member{{Name: "base", Votes: 1, Of: p.names, Fusion: base.Fusion}}
	for _, o := range p.others {
		if o.as.Name != o.input {
			inputs = append(inputs, o.as)
			members = append(members, config.Member{Name: o.as.Name, Votes: 1, Of: []string{o.as.Name}})
		}
	}
	whole := *base
	whole.Inputs = inputs
	var err error
	p.Config, err = whole.WithMembers(members...)
	return p, err
}

// Next are the candidates of the next stage, given what those before reached on validation rows;
// nil when there is no more.
func (p *Pool) Next(metric string, reached map[string]float64) []Candidate {
	stages := []func(ranking) []Candidate{p.alone, p.encoders, p.fusions, p.encodersFused, p.seeds(1)}
	switch p.preset {
	case Fast:
		stages = stages[:3]
	case Best:
		stages = append(stages, p.without, p.seeds(2), p.seeds(3), p.seeds(4))
	}
	for p.stage < len(stages) {
		r := p.rank(metric, reached)
		p.stage++
		var out []Candidate
		for _, c := range stages[p.stage-1](r) {
			if !p.members[c.Name] {
				p.members[c.Name] = true
				c.Votes = 1
				out = append(out, c)
			}
		}
		p.made = append(p.made, out...)
		if len(out) > 0 {
			return out
		}
	}
	return nil
}

// Made are all candidates so far, in their order.
func (p *Pool) Made() []Candidate { return slices.Clone(p.made) }

// ranking is what has been trained, the best first.
type ranking []Candidate

func (p *Pool) rank(metric string, reached map[string]float64) ranking {
	var r ranking
	for _, c := range p.made {
		if _, ok := reached[c.Name]; ok {
			r = append(r, c)
		}
	}
	slices.SortStableFunc(r, func(a, b Candidate) int {
		x, y := reached[a.Name], reached[b.Name]
		switch {
		case metrics.Better(metric, x, y):
			return -1
		case metrics.Better(metric, y, x):
			return 1
		}
		return 0
	})
	return r
}

// first is the best of a kind.
func (r ranking) first(kind string) (Candidate, bool) {
	for _, c := range r {
		if c.Kind == kind && c.base == "" {
			return c, true
		}
	}
	return Candidate{}, false
}

// alone are the inputs alone, or, of a single one, the config itself.
func (p *Pool) alone(ranking) []Candidate {
	var out []Candidate
	for _, name := range p.names {
		out = append(out, Candidate{Member: config.Member{Name: name, Of: []string{name}}, Kind: compare.Modality, Why: "the input alone"})
	}
	return out
}

// fusions are those of all inputs: the config's own, and those that a comparison tries.
func (p *Pool) fusions(ranking) []Candidate {
	if len(p.names) < 2 {
		return nil
	}
	own := p.base.Fusion
	name := own.Type
	if !own.Flat() {
		name = "own"
	}
	out := []Candidate{p.fused(name, own, "the fusion of the config")}
	kinds := p.base.Registry().Ladder()
	if p.preset == Fast {
		kinds = []string{"score_average", "concat"}
	}
	for _, kind := range kinds {
		if kind == name {
			continue
		}
		f, err := p.fusion(kind)
		if err != nil {
			p.Skipped = append(p.Skipped, Skip{kind, oneLine(err)})
			continue
		}
		out = append(out, p.fused(kind, f, "another fusion"))
	}
	rank := p.base.Registry().Ladder()
	slices.SortStableFunc(out, func(a, b Candidate) int { return cmp.Compare(place(rank, a.Name), place(rank, b.Name)) })
	return out
}

// place is that of a name in a list, its end if it is not there.
func place(list []string, name string) int {
	if i := slices.Index(list, name); i >= 0 {
		return i
	}
	return len(list)
}

func (p *Pool) fused(name string, f *config.Fusion, why string) Candidate {
	return Candidate{Member: config.Member{Name: p.free(name), Of: p.names, Fusion: f}, Kind: compare.Fusion, Why: why}
}

// free is a name that no input's candidate has.
func (p *Pool) free(name string) string {
	for slices.Contains(p.names, name) {
		name += "_fusion"
	}
	return name
}

// fusion is one of all inputs with its defaults.
func (p *Pool) fusion(kind string) (*config.Fusion, error) {
	options := ""
	if _, number := p.base.Output.Config.(config.RegressionOutput); kind == "score_average" && !number {
		options = "weights: fitted"
	}
	c, err := p.base.WithFusion(kind, options)
	if err != nil {
		return nil, err
	}
	return c.Fusion, nil
}

// encoders are inputs alone that are encoded in another way.
func (p *Pool) encoders(ranking) []Candidate {
	var out []Candidate
	for _, o := range p.others {
		if p.preset == Fast && !o.table {
			continue
		}
		out = append(out, Candidate{
			Member: p.replaced(config.Member{Name: o.input + "-" + o.kind, Of: []string{o.input}}, o), Kind: compare.Modality,
			Why: "another encoder of " + o.input,
		})
	}
	return out
}

// encodersFused are the best fusion so far with the encoders that were better alone than the
// config's.
func (p *Pool) encodersFused(r ranking) []Candidate {
	best, ok := r.first(compare.Fusion)
	if !ok || !best.Fusion.Flat() {
		return nil
	}
	member, name := best.Member, best.Name
	var better []string
	for _, o := range p.others {
		at := slices.IndexFunc(r, func(c Candidate) bool { return c.Name == o.input+"-"+o.kind })
		was := slices.IndexFunc(r, func(c Candidate) bool { return c.Name == o.input })
		if at < 0 || was >= 0 && was < at || slices.Contains(better, o.input) {
			continue
		}
		member, name = p.replaced(member, o), name+"-"+o.kind
		better = append(better, o.input)
	}
	if better == nil {
		return nil
	}
	member.Name = name
	return []Candidate{{Member: member, Kind: compare.Fusion, Why: "encoders that were better alone"}}
}

// seeds repeats the best candidates with another seed.
func (p *Pool) seeds(round uint64) func(ranking) []Candidate {
	return func(r ranking) []Candidate {
		const most = 2
		var out []Candidate
		for _, c := range r {
			if c.base != "" || len(out) == most {
				continue
			}
			seed := p.base.Seed + round
			again := c
			again.base, again.Why = c.Name, "another seed of "+c.Name
			again.Name, again.Seed = fmt.Sprintf("%s-seed%d", c.Name, seed), &seed
			out = append(out, again)
		}
		return out
	}
}

// without is the best fusion without each of three inputs or more.
func (p *Pool) without(r ranking) []Candidate {
	best, ok := r.first(compare.Fusion)
	if !ok || len(p.names) < 3 || !best.Fusion.Flat() {
		return nil
	}
	var out []Candidate
	for i, name := range best.Of {
		m := best.Member
		f := *m.Fusion
		f.Of = slices.DeleteFunc(slices.Clone(f.Of), func(o config.Operand) bool { return o.Input == name })
		m.Fusion, m.Of = &f, slices.Delete(slices.Clone(best.Of), i, i+1)
		m.Inputs = slices.DeleteFunc(slices.Clone(m.Inputs), func(in config.Input) bool { return in.Name == name })
		m.Name = best.Name + "-without-" + name
		out = append(out, Candidate{Member: m, Kind: compare.Subset, Why: "without " + name})
	}
	return out
}

// replaced is a member that encodes an input in another way.
func (p *Pool) replaced(m config.Member, o other) config.Member {
	if o.as.Name == o.input {
		m.Inputs = append(slices.Clone(m.Inputs), o.as)
		return m
	}
	of := slices.Clone(m.Of)
	for i, name := range of {
		if name == o.input {
			of[i] = o.as.Name
		}
	}
	m.Of = of
	if m.Fusion != nil {
		f := *m.Fusion
		f.Of = slices.Clone(f.Of)
		for i, x := range f.Of {
			if x.Input == o.input {
				f.Of[i].Input = o.as.Name
			}
		}
		m.Fusion = &f
	}
	return m
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
