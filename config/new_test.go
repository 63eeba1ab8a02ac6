package config_test

import (
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/modality/image"
	"github.com/chiasm-ml/chiasm/modality/tabular"
	"github.com/chiasm-ml/chiasm/modality/text"
	"github.com/chiasm-ml/chiasm/optim"
)

const writtenYAML = `
name: listings
data: {path: listings.csv}
inputs:
  photo: {type: image, column: photo, size: 64, encoder: {type: cnn, channels: [8], dropout: 0}}
  title: {type: text, column: title, encoder: ngrams}
  facts: {type: tabular, numeric: [price]}
fusion:
  type: score_average
  of:
    - {type: cross_attention, of: [photo, title], dim: 32, freeze_until: 2}
    - facts
output: {type: multiclass, column: category, learning_rate: 0.01}
training:
  epochs: 7
  optimizer: {type: sgd, momentum: 0}
  schedule: {type: step, step_size: 2}
  early_stopping: {monitor: validation.accuracy, patience: 3}
`

// inGo is writtenYAML, said in Go.
func inGo(c *config.Config) {
	c.Name, c.Data.Path = "listings", "listings.csv"
	c.Inputs = []config.Input{
		config.NewInput("photo", func(o *image.Options) { o.Column, o.Size = "photo", [2]int{64, 64} },
			config.NewEncoder(func(o *encoders.CNNConfig) { o.Channels, o.Dropout = []int{8}, 0 })),
		config.NewInput("title", func(o *text.Common) { o.Column = "title" }, config.NewEncoder[encoders.NGramsConfig](nil)),
		config.NewInput("facts", func(o *config.TabularInput) { o.Numeric = []string{"price"} }),
	}
	inner := config.NewFusion(func(o *fusion.CrossAttentionConfig) { o.Dim = 32 }, config.Operand{Input: "photo"}, config.Operand{Input: "title"})
	two, rate := 2, 0.01
	inner.FreezeUntil = &two
	c.Fusion = config.NewFusion[fusion.ScoreAverageConfig](nil, config.Operand{Fusion: inner}, config.Operand{Input: "facts"})
	c.Output = config.NewOutput(func(o *config.MulticlassOutput) { o.Column = "category" })
	c.Output.LearningRate = &rate
	c.Training.Epochs = 7
	c.Training.Optimizer = config.NewOptimizer(func(o *optim.SGDConfig) { o.Momentum = 0 })
	c.Training.Schedule = config.NewSchedule(func(o *optim.StepConfig) { o.StepSize = 2 })
	c.Training.EarlyStopping = &config.EarlyStopping{Monitor: "validation.accuracy"}
	c.Training.EarlyStopping.Patience = 3
}

// A config in Go is the config that YAML of the same content is: one source of
// defaults.
func TestNewIsWhatYAMLSays(t *testing.T) {
	written, err := config.Parse("train.yaml", []byte(writtenYAML), config.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	made, err := config.New(nil, inGo)
	if err != nil {
		t.Fatal(err)
	}
	again, err := config.New(config.Builtin(), func(c *config.Config) { *c = *written })
	if err != nil {
		t.Fatal(err)
	}
	want, _ := written.YAML()
	for name, c := range map[string]*config.Config{"in Go": made, "what was read": again} {
		if got, err := c.YAML(); err != nil || string(got) != string(want) {
			t.Errorf("%s: %v\n%s\nwant\n%s", name, err, got, want)
		}
	}
}

func TestNewSaysWhatIsMissing(t *testing.T) {
	input := config.NewInput("facts", func(o *tabular.Options) { o.Numeric = []string{"price"} })
	output := config.NewOutput(func(o *config.BinaryOutput) { o.Column = "sold" })
	type options struct{}
	for _, c := range []struct {
		name string
		set  func(c *config.Config)
		want []string
	}{
		{"nothing", nil, []string{"config: name: must not be empty", "config: data.path: must not be empty", "config: inputs: must have at least 1 entry", `config: output: says what is predicted, and is missing`}},
		{"no column", func(c *config.Config) {
			c.Name, c.Data.Path, c.Output = "a", "a.csv", output
			c.Inputs = []config.Input{config.NewInput[image.Options]("photo", nil)}
		}, []string{"config: inputs.photo.column: must not be empty", "config: inputs.photo.size[0]: must be at least 1"}},
		{"two inputs and no fusion", func(c *config.Config) {
			c.Name, c.Data.Path, c.Output = "a", "a.csv", output
			c.Inputs = []config.Input{input, config.NewInput("more", func(o *tabular.Options) { o.Categorical = []string{"maker"} })}
		}, []string{"config: ", "fusion"}},
		{"options of nobody", func(c *config.Config) {
			c.Name, c.Data.Path, c.Output, c.Inputs = "a", "a.csv", output, []config.Input{config.NewInput[options]("facts", nil, config.NewEncoder[options](nil))}
			c.Fusion = config.NewFusion[options](nil)
		}, []string{"config: inputs.facts: no type of input has options of the type config_test.options", "config: fusion: no fusion has options of the type"}},
		{"an encoder of another kind", func(c *config.Config) {
			c.Name, c.Data.Path, c.Output = "a", "a.csv", output
			c.Inputs = []config.Input{config.NewInput("facts", func(o *tabular.Options) { o.Numeric = []string{"price"} }, config.NewEncoder[encoders.CNNConfig](nil))}
		}, []string{"config: inputs.facts.encoder: no tabular encoder has options of the type encoders.CNNConfig"}},
		{"bounds", func(c *config.Config) {
			c.Name, c.Data.Path, c.Output, c.Inputs = "a", "a.csv", output, []config.Input{input}
			c.Training.Epochs = 0
		}, []string{"config: training.epochs: must be at least 1, is 0"}},
		{"zero values", func(c *config.Config) { *c = config.Config{Fusion: &config.Fusion{}, Inputs: []config.Input{{}}} }, []string{"config: "}},
	} {
		_, err := config.New(nil, c.set)
		if err == nil {
			t.Errorf("%s: no error", c.name)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: the error does not have %q:\n%v", c.name, want, err)
			}
		}
		t.Logf("%s:\n%v", c.name, err)
	}
}

// An input of another module is chosen by its options as well, its encoder beside
// them: the config is that of the file.
func TestNewOfAddedInput(t *testing.T) {
	reg := withLengths(t)
	written, err := config.Parse("c.yaml", []byte(files), reg)
	if err != nil {
		t.Fatal(err)
	}
	made, err := config.New(reg, func(c *config.Config) {
		c.Name, c.Data.Path = "files", "table/files.csv"
		c.Inputs = []config.Input{config.NewInput("size", func(o *lengthsOptions) { o.Column = "file" }, config.NewEncoder(func(o *flattenConfig) { o.Dim = 3 }))}
		c.Output = config.NewOutput(func(o *config.RegressionOutput) { o.Column = "price" })
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := yaml(t, made), yaml(t, written); got != want {
		t.Errorf("the config is\n%s\nwant\n%s", got, want)
	}
}
