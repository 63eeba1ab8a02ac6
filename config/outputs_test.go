package config_test

import (
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/config"
)

// What several outputs do not take is a problem at its place.
func TestOutputsThatCannotBe(t *testing.T) {
	const whole = `name: two
data: {path: two.csv}
inputs: {facts: {type: tabular, numeric: [x]}}
outputs:
  height: {type: regression, column: y}
  side: {type: binary, column: side}
training: {monitor: validation.side.accuracy}
`
	for _, c := range []struct{ old, new, want string }{
		{"", "", ""},
		{"validation.side.accuracy", "train.loss.height", ""},
		{"validation.side.accuracy", "validation.accuracy", `training.monitor: unknown figure "validation.accuracy"`},
		{"numeric: [x]", "numeric: [y]", `inputs.facts.numeric[0]: reads the column "y", which is the answer`},
		{"training:", "output: {type: regression, column: z}\ntraining:", "outputs: stands beside output; give one of them"},
		{"column: side}", "column: side, calibrate: true}", ""},
		{"column: side}", "column: side, threshold: 0.3, learning_rate: 0.1, weight_decay: 0}", ""},
		{"column: side}", "column: side, freeze: true, learning_rate: 0.1}", "outputs.side.learning_rate: has no effect, since the part is frozen"},
		{"two.csv}", "two.csv, split: {train: 0.8, validation: 0, test: 0.2}}", "training.monitor: is"},
		{"two.csv}\ninputs: {facts: {type: tabular, numeric: [x]}}\noutputs:\n  height: {type: regression, column: y}\n  side: {type: binary, column: side}", "two.csv, split: {train: 0.8, validation: 0, test: 0.2}}\ninputs: {facts: {type: tabular, numeric: [x]}}\noutputs:\n  side: {type: binary, column: side, calibrate: true}", "outputs.side.calibrate: is fitted on validation rows, and none are split off"},
		{"column: side}", "column: y}", "outputs: \"height\" and \"side\" both answer the column \"y\""},
		{"  side:", "  height:", "height"},
		{"column: side}", "column: side, weight: -1}", "outputs.side.weight: must be at least 0"},
		{"{monitor: validation.side.accuracy}", "{accumulate: 2}", ""},
		{"  side:", "  loss:", "none may be named loss"},
		{"outputs:\n  height: {type: regression, column: y}\n  side: {type: binary, column: side}\ntraining: {monitor: validation.side.accuracy}\n", "", "output: says what is predicted, and is missing"},
	} {
		cfg, err := config.Parse("two.yaml", []byte(strings.Replace(whole, c.old, c.new, 1)), config.Builtin())
		if c.want == "" {
			if err != nil {
				t.Errorf("%s: %v", c.new, err)
				continue
			}
			yaml, err := cfg.YAML()
			if err != nil || strings.Contains(string(yaml), "output:") || !strings.Contains(string(yaml), "weight: 1") {
				t.Errorf("%s: %v\n%s", c.new, err, yaml)
			}
			if _, err := config.Parse("again.yaml", yaml, config.Builtin()); err != nil {
				t.Errorf("the effective config cannot be read: %v", err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.new, err, c.want)
		}
	}
}
