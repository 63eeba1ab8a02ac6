package config

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/head"
	"github.com/chiasm-ml/chiasm/internal/memory"
	"github.com/chiasm-ml/chiasm/model"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/optim"
	"github.com/chiasm-ml/chiasm/trainer"
)

// NewInputs makes the preprocessors of all inputs, in the order of the file,
// for data.Fit to complete. Images come from the source, which may be nil if
// there are none.
func (c *Config) NewInputs(images data.Files) ([]data.Input, error) {
	inputs := make([]data.Input, len(c.Inputs))
	for i, in := range c.Inputs {
		m, _ := c.optionsOf(in)
		p, err := m.preprocessor(images)
		if err != nil {
			return nil, err // none that check did not see
		}
		inputs[i] = data.Input{Name: in.Name, Preprocessor: p}
	}
	return inputs, nil
}

// read is an error for a Config that was not read from YAML: what it names is
// then not known.
func (c *Config) read() error {
	if c != nil && c.registry != nil {
		if _, ok := c.Output.Config.(predicted); ok || len(c.Outputs) > 0 {
			return nil
		}
	}
	return errors.New("config: a Config is missing: Load, Parse and New make one")
}

// NewTarget makes the target, for data.Fit to complete.
func (c *Config) NewTarget() (data.Target, error) {
	if err := c.read(); err != nil {
		return nil, err
	}
	return c.newTarget()
}

// InputNames lists the inputs, in the order of the file.
func (c *Config) InputNames() []string {
	var names []string
	for _, in := range c.Inputs {
		names = append(names, in.Name)
	}
	return names
}

// HasFiles says whether the cells of an input name files: images, or others.
func (c *Config) HasFiles() bool {
	for _, in := range c.Inputs {
		if c.readsFiles(in) {
			return true
		}
	}
	return false
}

// NewModel makes the model for fitted inputs and a fitted target, as NewInputs
// and NewTarget made them or a file restored them. Rows is the number of
// training rows, which balanced weights of labels need; 0 if the model is not
// to be trained. What a constructor refuses is an *Error at its place in the
// file.
func (c *Config) NewModel(inputs []data.Input, target data.Target, rows int) (*model.Model, error) {
	return c.newModel(inputs, target, rows, 0)
}

// NewModelWithin is NewModel of a model that is not to be trained, and whose
// parameters and buffers have at most so many numbers: those that a file holds. Its
// programs may take a quarter of the machine's memory each.
func (c *Config) NewModelWithin(most int, inputs []data.Input, target data.Target) (*model.Model, error) {
	return c.newModel(inputs, target, 0, most)
}

func (c *Config) newModel(inputs []data.Input, target data.Target, rows, most int) (*model.Model, error) {
	mc, err := c.modelConfig(inputs, target, rows)
	if err != nil {
		return nil, err
	}
	if mc.Most = most; most > 0 {
		mc.Memory = memory.Loaded()
	}
	m, err := model.New(mc)
	if errors.Is(err, model.ErrNotJoined) || errors.Is(err, model.ErrNotAveraged) {
		return nil, c.refused("training.balance", "", err)
	}
	return m, err
}

// LabelAxes says which parameters of the model have a place for each label, or one
// that decides between two, and on which axis: those that another number of labels
// would change.
func (c *Config) LabelAxes(inputs []data.Input, target data.Target) (map[string]int, error) {
	mc, err := c.modelConfig(inputs, target, 0)
	if err != nil {
		return nil, err
	}
	m, err := model.New(mc)
	if err != nil {
		return nil, err
	}
	wider, ok := widened(mc.Head, target)
	if !ok {
		return nil, nil
	}
	mc.Head = wider
	more, err := model.New(mc)
	if err != nil {
		return nil, err
	}
	shapes := map[string][]int{} // by name: the other head may lack a temperature
	for _, p := range more.Params() {
		shapes[p.Name] = p.Shape
	}
	axes := map[string]int{}
	for _, p := range m.Params() {
		for axis, d := range shapes[p.Name] {
			if p.Shape[axis] != d {
				axes[p.Name] = axis
			}
		}
	}
	return axes, nil
}

// widened has heads with a score more for those whose targets have labels; false where
// none has any.
func widened(h head.Head, target data.Target) (head.Head, bool) {
	joint, several := h.(head.Joint)
	if !several {
		return head.Multiclass{Labels: h.Size() + 1}, len(target.Labels()) > 0
	}
	joint.Heads = slices.Clone(joint.Heads)
	some := false
	for k, x := range data.TargetsOf(target) {
		if one, ok := widened(joint.Heads[k].Head, x.Target); ok {
			joint.Heads[k].Head, some = one, true
		}
	}
	return joint, some
}

func (c *Config) modelConfig(inputs []data.Input, target data.Target, rows int) (model.Config, error) {
	var none model.Config
	if err := c.fits(inputs, target); err != nil {
		return none, err
	}
	h, err := c.newHead(target, rows)
	if err != nil {
		at := "output"
		if len(c.Outputs) > 0 {
			at = "outputs"
		}
		return none, c.refused(at, "", err)
	}
	mc := model.Config{Seed: c.Seed, Head: h, Members: c.networks()}
	if mc.Members == nil {
		mc.Balance = c.Training.balance()
	}
	for i, in := range c.Inputs {
		input := model.Input{Name: in.Name, Features: inputs[i].Features()}
		if mc.Members == nil {
			input.Encoder = c.encoder(in)
		}
		mc.Inputs = append(mc.Inputs, input)
	}
	if c.Fusion != nil {
		mc.Fusion = c.node(c.Fusion, "fusion")
	}
	return mc, nil
}

// fits says whether restored inputs and a restored target are those of the
// config.
func (c *Config) fits(inputs []data.Input, target data.Target) error {
	if err := c.read(); err != nil {
		return err
	}
	if target == nil {
		return errors.New("config: a target is missing: NewTarget makes one")
	}
	if len(inputs) != len(c.Inputs) {
		return fmt.Errorf("%d inputs for a config that names %d", len(inputs), len(c.Inputs))
	}
	for i, in := range c.Inputs {
		if inputs[i].Name != in.Name {
			return fmt.Errorf("input %d is called %q, in the config %q", i+1, inputs[i].Name, in.Name)
		}
	}
	if len(c.Outputs) > 0 {
		return nil // newHead compares them
	}
	if have, want := target.Config(), c.Output.Config.(predicted).target(); have.Type != want.Type {
		return fmt.Errorf("a %s target for a config with a %s output", have.Type, want.Type)
	} else if cmp.Or(have.Transform, "none") != cmp.Or(want.Transform, "none") {
		return fmt.Errorf("a target of transform %s for a config with transform %s", cmp.Or(have.Transform, "none"), cmp.Or(want.Transform, "none"))
	}
	return nil
}

func (c *Config) encoder(in Input) encoderMaker {
	e := c.EncoderOf(in)
	construct := c.registry.encoders[in.Type].maker(e.Type, e.Config)
	return func(s *nn.Scope, given encoders.Input) (encoders.Encoder, error) {
		made, err := construct(s, given)
		if err != nil {
			return nil, c.refused(inputPath(in.Name)+".encoder", s.Path(), err)
		}
		return made, nil
	}
}

func (c *Config) node(f *Fusion, at string) *fusion.Node {
	construct := c.registry.fusions.maker(f.Type, f.Config)
	attends, ok := f.Config.(interface{ Attends() bool })
	passes, hands := f.Config.(interface{ Passes() string })
	n := &fusion.Node{
		Type: f.Type, Attends: ok && attends.Attends(),
		New: func(s *nn.Scope, set fusion.Setting) (fusion.Fusion, error) {
			made, err := construct(s, set)
			if err != nil {
				return nil, c.refused(at, s.Path(), err)
			}
			return made, nil
		},
	}
	if hands {
		n.Passes = passes.Passes()
	}
	for i, o := range f.Of {
		if o.Fusion != nil {
			n.Of = append(n.Of, fusion.Branch{Node: c.node(o.Fusion, operandPath(at, i))})
		} else {
			n.Of = append(n.Of, fusion.Branch{Input: o.Input})
		}
	}
	return n
}

// refused is a constructor's error at a place in the file, where the reader
// looks for it rather than among the parameters' paths.
func (c *Config) refused(at, scope string, err error) error {
	var e *Error
	if errors.As(err, &e) {
		return err // of a constructor inside
	}
	message := strings.TrimPrefix(strings.TrimPrefix(err.Error(), scope+": "), scope+".")
	return &Error{Problems: []Problem{{At: c.report.Position(at), Path: at, Message: message}}}
}

// NewOptimizer makes the optimizer of a model's weights.
func (c *Config) NewOptimizer(m *model.Model) (optim.Optimizer, error) {
	if err := c.read(); err != nil {
		return nil, err
	}
	o := c.Training.Optimizer
	return c.registry.optimizers.maker(o.Type, o.Config)(len(m.Weights()), trainer.Groups(m))
}

// NewSchedule makes the schedule of a run of so many updates.
func (c *Config) NewSchedule(base float64, steps int) (*optim.Schedule, error) {
	if err := c.read(); err != nil {
		return nil, err
	}
	s := c.Training.Schedule
	return c.registry.schedules.maker(s.Type, s.Config)(base, steps)
}
