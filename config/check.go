package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/strictyaml"
	"github.com/chiasm-ml/chiasm/metrics"
	"github.com/chiasm-ml/chiasm/modality/text/tokenizer"
	"github.com/chiasm-ml/chiasm/optim"
)

// check reports what no struct can say alone. What depends on a value that is
// already known to be wrong is left out.
func (c *Config) check() {
	c.checkName()
	c.checkInputs()
	c.checkColumns()
	c.checkFusion()
	c.checkOutput()
	c.checkOutputs()
	c.checkCalibrate()
	c.checkTraining()
	c.checkBalance()
	c.checkGroups()
	c.checkInitFrom()
	c.checkMembers()
}

// isName says whether a name can be part of a path of parameters and of files.
func isName(s, also string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_-"+also, r)
	})
}

func (c *Config) checkName() {
	if !isName(c.Name, ". ") || strings.HasPrefix(c.Name, ".") || strings.TrimSpace(c.Name) != c.Name {
		c.report.Problemf("name", nil, "names the run's folder, so it is made of letters, digits, space, point, _ and -, is %q", c.Name)
	}
}

// inputPath is the dotted key of an input, which is a problem's path only if it
// has a plain name; others are reported and not looked into.
func inputPath(name string) string { return "inputs." + name }

func (c *Config) checkInputs() {
	for _, in := range c.Inputs {
		at := inputPath(in.Name)
		if !isName(in.Name, "") {
			c.report.Problemf("inputs", nil, "the name %q is not made of letters, digits, _ and - only", in.Name)
			continue
		}
		m, ok := c.optionsOf(in)
		if !ok || c.report.Failed(at) {
			continue
		}
		if text, ok := m.(TextInput); ok && text.Tokenizer != nil && text.NGrams != nil {
			key, read := "ngrams", "sub-words"
			if c.registry.ngrams[text.Encoder.Type] {
				key, read = "tokenizer", "n-grams"
			}
			c.report.Problemf(at+"."+key, nil, "has no effect, since the encoder %s reads %s; leave it out", text.Encoder.Type, read)
			continue
		}
		c.explain(at, second(m.preprocessor(nil)))
	}
}

// second is the error of a constructor that is called for its error alone.
func second[T any](_ T, err error) error { return err }

// explain reports the error of a constructor at the options it was given, or at
// the one of them that the error names.
func (c *Config) explain(at string, err error) {
	var (
		fromData      *data.ConfigError
		fromTokenizer *tokenizer.OptionError
		fromOptim     *optim.ConfigError
	)
	switch {
	case err == nil:
	case errors.As(err, &fromData):
		c.report.Problemf(at+"."+fromData.Field, nil, "%s", fromData.Message)
	case errors.As(err, &fromTokenizer):
		c.report.Problemf(at+".tokenizer."+fromTokenizer.Key, nil, "%s", fromTokenizer.Problem)
	case errors.As(err, &fromOptim):
		c.report.Problemf(at+"."+fromOptim.Field, nil, "is %v: %s", fromOptim.Value, fromOptim.Reason)
	default:
		c.report.Problemf(at, nil, "%s", err)
	}
}

// checkColumns refuses features that give the answer away, or say which split
// a row is in.
func (c *Config) checkColumns() {
	answers := c.answers()
	for _, in := range c.Inputs {
		m, ok := c.optionsOf(in)
		if !ok {
			continue
		}
		for _, n := range m.columns() {
			at := strings.TrimSuffix(inputPath(in.Name)+"."+n.key, ".")
			for _, a := range answers {
				if n.column != "" && n.column == a.column {
					c.report.Problemf(at, []string{a.key}, "reads the column %q, which is the answer", n.column)
				}
			}
			switch n.column {
			case "":
			case c.Data.Split.Column:
				c.report.Problemf(at, []string{"data.split.column"}, "reads the column %q, which says what rows are for, and nothing of them", n.column)
			case c.Training.SampleWeight:
				c.report.Problemf(at, []string{"training.sample_weight"}, "reads the column %q, which says what rows count in training, and nothing of them", n.column)
			}
		}
	}
	for _, a := range answers {
		answer := a.column
		switch answer {
		case "":
		case c.Data.Split.Column:
			c.report.Problemf(a.key, []string{"data.split.column"}, "is %q, the column of the splits", answer)
		case c.Training.SampleWeight:
			c.report.Problemf(a.key, []string{"training.sample_weight"}, "is %q, the column of what rows count in training", answer)
		case c.Data.Split.Time:
			c.report.Problemf(a.key, []string{"data.split.time"}, "is %q, by which the split orders the rows", answer)
		case c.Data.Split.Group:
			c.report.Problemf(a.key, []string{"data.split.group"}, "is %q, whose values the split keeps on one side", answer)
		}
	}
}

func (c *Config) checkOutput() {
	if p, ok := c.Output.Config.(predicted); ok && !c.report.Failed("output") {
		c.explain("output", second(data.NewTarget(p.target())))
	}
}

func (c *Config) checkTraining() {
	t := c.Training
	const at = "training"
	if t.Optimizer.Config != nil && !c.registry.inference && !c.report.Failed(at+".optimizer") {
		construct := c.registry.optimizers.maker(t.Optimizer.Type, t.Optimizer.Config)
		c.explain(at+".optimizer", second(construct(1, []optim.Group{{Lo: 0, Hi: 1}})))
	}
	if t.Schedule.Config != nil && !c.registry.inference && !c.report.Failed(at+".schedule") {
		construct := c.registry.schedules.maker(t.Schedule.Type, t.Schedule.Config)
		c.explain(at+".schedule", second(construct(1, 1000)))
	}
	monitor := at + ".monitor"
	if stop := t.EarlyStopping; stop != nil && c.report.Given(at+".early_stopping.monitor") {
		if stop.Monitor != t.Monitor {
			c.report.Problemf(at+".early_stopping.monitor", []string{monitor}, "is %q, and training.monitor is %q; give one of them", stop.Monitor, t.Monitor)
		}
		monitor = at + ".early_stopping.monitor"
	}
	c.checkMonitor(monitor, t.Monitor)
}

func (c *Config) checkInitFrom() {
	from := c.Training.InitFrom
	if from == nil {
		return
	}
	var names []string
	for _, in := range c.Inputs {
		names = append(names, in.Name)
	}
	for i, name := range from.Refit {
		if !slices.Contains(names, name) {
			c.report.Problemf(fmt.Sprintf("training.init_from.refit[%d]", i), []string{"inputs"}, "%s", strictyaml.Unknown("input", name, names))
		}
	}
}

func (c *Config) checkMonitor(at, monitor string) {
	known := c.monitors()
	if known == nil || slices.Contains(known, monitor) {
		if strings.HasPrefix(monitor, "validation.") && c.Data.Split.Column == "" && c.Data.Split.Validation == 0 {
			c.report.Problemf(at, []string{"data.split"}, "is %q, and no rows are split off for validation; set data.split.validation, or monitor train.loss", monitor)
		}
		return
	}
	c.report.Problemf(at, []string{"output"}, "%s", strictyaml.Unknown("figure", monitor, known))
}

// monitors are the figures that an epoch of the output's type gives; nil while
// the type is not known.
func (c *Config) monitors() []string {
	if len(c.Outputs) == 0 {
		p, ok := c.Output.Config.(predicted)
		if !ok {
			return nil
		}
		validation, train := figures(p)
		return append(validation, train...)
	}
	known := []string{"validation.loss", "train.loss"}
	for _, o := range c.Outputs {
		p, ok := o.Config.(predicted)
		if !ok {
			return nil
		}
		validation, _ := figures(p)
		for _, name := range validation {
			known = append(known, strings.Replace(name, ".", "."+o.Name+".", 1))
		}
		known = append(known, "train."+metrics.LossPrefix+o.Name)
	}
	return known
}

// figures are those of one output, by split.
func figures(p predicted) (validation, train []string) {
	train = []string{"train.loss"}
	values, counted := p.figures()
	if counted {
		train = append(train, "train.accuracy")
	}
	for _, v := range values {
		validation = append(validation, "validation."+v.Name)
	}
	return validation, train
}
