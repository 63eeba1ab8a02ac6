package config_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/optim"
)

// flatten is an encoder as another module would write it.
type flatten struct {
	project *nn.Linear
	dim     int
}

type flattenConfig struct {
	// Width of the vector.
	Dim int `yaml:"dim" default:"8" validate:"min=1"`
}

func newFlatten(s *nn.Scope, in encoders.Input, c flattenConfig) (*flatten, error) {
	return &flatten{project: nn.NewLinear(s.In("project"), in.Features[0].Len(), c.Dim), dim: c.Dim}, nil
}

func (e *flatten) Shape() encoders.Shape { return encoders.Shape{Tokens: 1, Dim: e.dim} }

func (e *flatten) Encode(g *nn.Graph, in encoders.Given) encoders.Encoding {
	x := in.Features[0]
	b := x.Shape()[0]
	pooled := e.project.Forward(g, g.Reshape(x, b, x.Shape().TotalSize()/b))
	return encoders.Encoding{Tokens: g.Reshape(pooled, b, 1, e.dim), Mask: in.Present, Pooled: pooled}
}

// first is a fusion that keeps its first modality.
type first struct{ shape encoders.Shape }

type firstConfig struct {
	// Strict refuses more than one modality.
	Strict bool `yaml:"strict"`
}

func newFirst(s *nn.Scope, set fusion.Setting, c firstConfig) (*first, error) {
	if c.Strict && len(set.Inputs) > 1 {
		return nil, errStrict{s.Path()}
	}
	return &first{set.Inputs[0].Shape}, nil
}

type errStrict struct{ path string }

func (e errStrict) Error() string { return e.path + ": one modality is enough" }

func (f *first) Shape() encoders.Shape { return encoders.Shape{Tokens: 1, Dim: f.shape.Dim} }

func (f *first) Fuse(g *nn.Graph, ms []fusion.Modality) fusion.Fused {
	return fusion.Fused{Pooled: ms[0].Pooled}
}

var _ *gorgonia.Node = encoders.Encoding{}.Pooled // what plug-ins work with

// extended is a registry with plug-ins of each kind.
func extended(t testing.TB) *config.Registry {
	t.Helper()
	reg := config.Builtin()
	for _, err := range []error{
		config.AddEncoder(reg, config.Image, "flatten", "pixels through one matrix", newFlatten),
		config.AddFusion(reg, "first", "the first modality", newFirst),
		config.AddOptimizer(reg, "plain", "plain gradient descent", func(n int, groups []optim.Group, c struct {
			Rate float64 `yaml:"rate" default:"0.1" validate:"gt=0"`
		}) (*optim.SGD, error) {
			return optim.NewSGD(n, groups, optim.SGDConfig{LearningRate: c.Rate})
		}),
		config.AddSchedule(reg, "halves", "half the rate", func(base float64, steps int, _ struct{}) (*optim.Schedule, error) {
			return optim.NewConstant(base/2, steps, optim.ConstantConfig{})
		}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return reg
}

func TestPluginsAreRead(t *testing.T) {
	reg := extended(t)
	src := strings.NewReplacer(
		"{type: cnn, channels: [32, 64, 128]}", "{type: flatten, dim: 3}",
		"{type: cross_attention, dim: 128, heads: 4, layers: 1}", "first",
		"{type: adamw, learning_rate: 1e-3, weight_decay: 0.01}", "plain",
		"{type: cosine, warmup: 0.05}", "halves",
	).Replace(whole)
	c, err := config.Parse("c.yaml", []byte(src), reg)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Inputs[0].Config.(config.ImageInput).Encoder.Config; got != any(flattenConfig{Dim: 3}) {
		t.Errorf("the encoder's options are %+v", got)
	}
	text := yaml(t, c)
	for _, want := range []string{"type: flatten\n      dim: 3\n", "type: first\n  strict: false\n", "type: plain\n    rate: 0.1\n", "type: halves\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("the effective config lacks %q:\n%s", want, text)
		}
	}
	s, err := c.NewSchedule(4, 10)
	if err != nil || s.LR(0) != 2 {
		t.Errorf("the schedule gives %v (%v)", s.LR(0), err)
	}
	// A registry is a value: another does not know them.
	_, err = config.Parse("c.yaml", []byte(src), config.Builtin())
	if err == nil || !strings.Contains(err.Error(), `unknown image encoder "flatten"; known are cnn`) {
		t.Errorf("got %v", err)
	}
	_, err = config.Parse("c.yaml", []byte(src), reg, "inputs.picture.encoder.dim=0")
	if want := "--set inputs.picture.encoder.dim=0: inputs.picture.encoder.dim: must be at least 1, is 0"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestRefusedPlugins(t *testing.T) {
	reg := extended(t)
	type untagged struct{ Dim int }
	for _, c := range []struct {
		err  error
		want string
	}{
		{config.AddEncoder(reg, config.Image, "flatten", "again", newFlatten), `image encoder: the name "flatten" is taken`},
		{config.AddEncoder(reg, config.Image, "cnn", "another", newFlatten), `image encoder: the name "cnn" is taken`},
		{config.AddEncoder(reg, config.Text, "flatten", "of ids", newFlatten), ""},
		{config.AddEncoder(reg, "sound", "flatten", "of samples", newFlatten), `encoder flatten: unknown type of input "sound"; known are image, tabular, text, vector`},
		{config.AddEncoder(reg, config.Image, "silent", "", newFlatten), `image encoder silent: describe it in a line, for listings`},
		{config.AddEncoder(reg, config.Image, "untagged", "no tags", func(*nn.Scope, encoders.Input, untagged) (*flatten, error) { return nil, nil }), `image encoder untagged: config_test.untagged.Dim has no yaml tag`},
		{config.AddFusion(reg, "first", "again", newFirst), `fusion: the name "first" is taken`},
		{config.AddFusion(reg, "of", "takes a key that all have", func(*nn.Scope, fusion.Setting, config.Fusion) (*first, error) { return nil, nil }), `fusion of: config.Fusion repeats the key "type" of every fusion`},
		{config.AddOptimizer(reg, "sgd", "again", optim.NewSGD), `optimizer: the name "sgd" is taken`},
		{config.AddSchedule(reg, "step", "again", optim.NewStep), `schedule: the name "step" is taken`},
	} {
		if c.want == "" && c.err == nil {
			continue
		}
		if c.err == nil || c.err.Error() != c.want {
			t.Errorf("got %v, want %s", c.err, c.want)
		}
	}
}

func TestListings(t *testing.T) {
	builtin, reg := config.Builtin(), extended(t)
	for _, c := range []struct {
		what, added   string // what extended added
		before, after []config.Entry
	}{
		{"image encoders", "flatten", builtin.Encoders(config.Image), reg.Encoders(config.Image)},
		{"text encoders", "", builtin.Encoders(config.Text), reg.Encoders(config.Text)},
		{"tabular encoders", "", builtin.Encoders(config.Tabular), reg.Encoders(config.Tabular)},
		{"fusions", "first", builtin.Fusions(), reg.Fusions()},
		{"optimizers", "plain", builtin.Optimizers(), reg.Optimizers()},
		{"schedules", "halves", builtin.Schedules(), reg.Schedules()},
	} {
		want, got := []string{}, []string{}
		for _, e := range c.before {
			want = append(want, e.Name)
		}
		if c.added != "" {
			want = append(want, c.added)
			slices.Sort(want)
		}
		for _, e := range c.after {
			got = append(got, e.Name)
			if e.Summary == "" || strings.Contains(e.Summary, "\n") {
				t.Errorf("%s is described as %q", e.Name, e.Summary)
			}
		}
		if len(c.before) == 0 || !slices.Equal(got, want) {
			t.Errorf("%s are %v, want %v", c.what, got, want)
		}
	}
	if e := reg.Encoders("sound"); e != nil {
		t.Errorf("encoders of nothing are %v", e)
	}
	if got := strings.Join(reg.Inputs(), " "); got != "image tabular text vector" {
		t.Errorf("inputs are %s", got)
	}
}

// Each registered name is in the schema, with its description, and each option
// of a built-in has one.
func TestSchemaNamesAll(t *testing.T) {
	reg := extended(t)
	b, err := config.Schema(reg)
	if err != nil {
		t.Fatal(err)
	}
	var s any
	if err := json.Unmarshal(b, &s); err != nil {
		t.Fatal(err)
	}
	var names []string
	walk(s, func(o map[string]any) {
		properties, ok := o["properties"].(map[string]any)
		if !ok {
			return
		}
		for key, p := range properties {
			p := p.(map[string]any)
			if name, ok := p["const"].(string); ok {
				names = append(names, name)
			} else if p["description"] == nil && !slices.Contains([]string{"rate", "strict"}, key) && o["title"] != "pixels through one matrix" {
				t.Errorf("%s has no description", key)
			}
		}
	})
	for _, entries := range [][]config.Entry{reg.Encoders(config.Image), reg.Encoders(config.Text), reg.Encoders(config.Tabular), reg.Fusions(), reg.Optimizers(), reg.Schedules()} {
		for _, e := range entries {
			if !slices.Contains(names, e.Name) || !strings.Contains(string(b), e.Summary) {
				t.Errorf("the schema lacks %s", e.Name)
			}
		}
	}
}

func walk(v any, visit func(map[string]any)) {
	switch v := v.(type) {
	case map[string]any:
		visit(v)
		for _, x := range v {
			walk(x, visit)
		}
	case []any:
		for _, x := range v {
			walk(x, visit)
		}
	}
}
