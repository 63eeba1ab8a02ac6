package trainer

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/chiasm-ml/chiasm/model"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/optim"
)

// A Part is a part of a model that is trained in a way of its own.
type Part struct {
	// Path of a module, such as encoders.photo, fusion or head. Where one part is
	// within another, the inner one says what it says, and the outer one the rest.
	Path string
	// LearningRate takes the place of the optimizer's, and follows its schedule; 0
	// is the optimizer's.
	LearningRate float64
	// WeightDecay takes the place of the optimizer's; nil is the optimizer's.
	WeightDecay *float64
	// FreezeUntil leaves the part as it is for the first epochs; Always leaves it
	// for good, 0 does not.
	FreezeUntil int
	// LayerDecay multiplies the learning rate once more for each layer further
	// from the end of the part's Layers (Clark et al. 2020, ELECTRA); 0 is 1.
	LayerDecay float64
	// Layers are the part's layers, first to last, each by the paths of its
	// modules within the part. Parameters of none of them count as behind the last.
	Layers [][]string
}

// Always is the FreezeUntil of a part that is never trained.
const Always = math.MaxInt

// Groups are the ranges of a model's weights by how they are trained: what an
// optimizer is made for, beside their number. Parameters that were made
// trainable and no longer are (Param.Trainable) are in frozen groups.
func Groups(m *model.Model) []optim.Group { return groups(m, nil, 1, 0, 0) }

// groups are those of an epoch, from 0, of so many updates, for an optimizer of
// the given base rate.
func groups(m *model.Model, parts []Part, base float64, epoch, perEpoch int) []optim.Group {
	var gs []optim.Group
	for _, p := range m.Params() {
		lo := p.Offset()
		if lo < 0 { // a buffer
			continue
		}
		g := optim.Group{Lo: lo, Hi: lo + p.Size(), Decay: p.Decay, Frozen: !p.Trainable}
		for _, part := range parts {
			if nn.Within(p.Name, part.Path) {
				part.apply(&g, p.Name, base, epoch, perEpoch)
			}
		}
		if n := len(gs); n > 0 && alike(gs[n-1], g) {
			gs[n-1].Hi = g.Hi
			continue
		}
		gs = append(gs, g)
	}
	return gs
}

// alike says whether two groups differ in their range alone.
func alike(a, b optim.Group) bool {
	a.Lo, a.Hi = b.Lo, b.Hi
	return a == b
}

// apply makes a group of a parameter within the part what the part says.
func (p Part) apply(g *optim.Group, param string, base float64, epoch, perEpoch int) {
	if p.FreezeUntil > 0 {
		g.Frozen = g.Frozen || epoch < p.FreezeUntil
		if !g.Frozen {
			g.Since = max(g.Since, p.FreezeUntil*perEpoch)
		}
	}
	if p.WeightDecay != nil {
		g.WeightDecay = p.WeightDecay
	}
	if p.LearningRate > 0 {
		g.Rate = p.LearningRate / base
	}
	for i, layer := range p.Layers {
		within := func(module string) bool { return nn.Within(param, p.Path+"."+module) }
		if p.LayerDecay > 0 && slices.ContainsFunc(layer, within) {
			g.Rate = cmp.Or(g.Rate, 1) * math.Pow(p.LayerDecay, float64(len(p.Layers)-i))
			break
		}
	}
}

// check reports a part that cannot be.
func (p Part) check(m *model.Model) error {
	err := m.Has(p.Path)
	switch {
	case err != nil:
	case !(p.LearningRate >= 0 && !math.IsInf(p.LearningRate, 0)):
		err = fmt.Errorf("the learning rate of %s is %g, want one above 0", p.Path, p.LearningRate)
	case p.FreezeUntil < 0:
		err = fmt.Errorf("%s is frozen until epoch %d, want 0 or more", p.Path, p.FreezeUntil)
	case !(p.LayerDecay >= 0 && p.LayerDecay <= 1):
		err = fmt.Errorf("the layer decay of %s is %g, want one above 0, and at most 1", p.Path, p.LayerDecay)
	case p.LayerDecay > 0 && len(p.Layers) == 0:
		err = fmt.Errorf("%s is no stack of layers, so there is nothing that a layer decay could apply to", p.Path)
	}
	if err != nil {
		return &SetupError{err.Error()}
	}
	return nil
}

// checkParts reports parts that cannot be, and sorts them, outer ones first.
func (t *Trainer) checkParts() error {
	if len(t.Parts) == 0 {
		return nil
	}
	if _, ok := t.Optimizer.(optim.Regrouper); !ok {
		return &SetupError{fmt.Sprintf("an optimizer of the type %T trains all parts alike: it has no SetGroups, which a learning rate, a weight decay or a freeze of a part needs", t.Optimizer)}
	}
	for _, p := range t.Parts {
		if err := p.check(t.Model); err != nil {
			return err
		}
	}
	t.Parts = slices.Clone(t.Parts)
	slices.SortStableFunc(t.Parts, func(a, b Part) int { return cmp.Compare(len(a.Path), len(b.Path)) })
	return t.groupsLearn(t.groupsOf(0, 1), 0) // later epochs have no more that is frozen
}

// groupsOf are the groups of an epoch, from 0, of so many updates.
func (t *Trainer) groupsOf(epoch, perEpoch int) []optim.Group {
	return groups(t.Model, t.Parts, t.Optimizer.LearningRate(), epoch, perEpoch)
}

// groupsLearn is an error for groups that are all frozen.
func (t *Trainer) groupsLearn(gs []optim.Group, epoch int) error {
	if !slices.ContainsFunc(gs, func(g optim.Group) bool { return !g.Frozen }) {
		return &SetupError{fmt.Sprintf("all of the model is frozen in epoch %d: leave something to train", epoch+1)}
	}
	return nil
}

// regroup freezes and trains parts as the current epoch has it. An epoch in
// which everything is frozen is an error.
func (t *Trainer) regroup() error {
	if len(t.Parts) == 0 {
		return nil
	}
	var frozen []string
	for _, p := range t.Parts {
		if p.FreezeUntil > t.state.Epoch {
			frozen = append(frozen, p.Path)
		}
	}
	if err := t.Model.Freeze(frozen...); err != nil {
		return err
	}
	gs := t.groupsOf(t.state.Epoch, t.perEpoch())
	if err := t.groupsLearn(gs, t.state.Epoch); err != nil {
		return err
	}
	return t.Optimizer.(optim.Regrouper).SetGroups(gs)
}
