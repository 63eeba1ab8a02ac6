package config_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/modality/tabular"
)

const joined = `name: joined
data: {path: data.csv}
inputs:
  title: {type: text, column: title, encoder: {type: ngrams}}
  facts: {type: tabular, numeric: [price]}
members:
  title: {of: [title], votes: 2}
  both: {seed: 3, inputs: {facts: {type: tabular, numeric: [price], encoder: {type: tabm}}}, fusion: {type: concat}, training: {epochs: 7}}
output: {type: multiclass, column: label, calibrate: true}
`

func parseJoined(t *testing.T, replace ...string) (*config.Config, error) {
	t.Helper()
	src := joined
	for i := 0; i < len(replace); i += 2 {
		if strings.Count(src, replace[i]) != 1 {
			t.Fatalf("%q stands %d times in the config", replace[i], strings.Count(src, replace[i]))
		}
		src = strings.Replace(src, replace[i], replace[i+1], 1)
	}
	return config.Parse("joined.yaml", []byte(src), config.Builtin())
}

// A member is a config of its own, and the effective config of the whole gives it back.
func TestMembers(t *testing.T) {
	c, err := parseJoined(t)
	if err != nil {
		t.Fatal(err)
	}
	check := func(c *config.Config) {
		t.Helper()
		ms := c.MemberConfigs()
		if len(ms) != 2 || len(ms[0].Inputs) != 1 || ms[0].Fusion != nil || ms[0].Data.MissingAll != "prior" || ms[0].Seed != 1 || ms[0].Training.Epochs != 20 {
			t.Fatalf("member title: %+v", ms[0])
		}
		both := ms[1]
		if both.Seed != 3 || both.Training.Epochs != 7 || both.EncoderOf(both.Inputs[1]).Type != "tabm" || both.EncoderOf(both.Inputs[0]).Type != "ngrams" {
			t.Errorf("member both: %+v", both)
		}
		if *both.Data.Split.Seed != 1 || both.Output.Config.(config.MulticlassOutput).Calibrate || !c.Output.Config.(config.MulticlassOutput).Calibrate {
			t.Error("a member has other splits than the whole, or is calibrated by itself")
		}
		if got := c.EncodersOf(c.Inputs[1]); !slices.Equal(got, []string{"tabm"}) {
			t.Errorf("facts are encoded by %v", got)
		}
		parts := c.Parts()
		if len(parts) != 2 || parts[1].Path != "members.both." || !slices.Equal(parts[1].Inputs, []string{"title", "facts"}) {
			t.Errorf("parts %+v", parts)
		}
	}
	check(c)
	src, err := c.YAML()
	if err != nil {
		t.Fatal(err)
	}
	again, err := config.Parse("joined.yaml", src, config.Builtin())
	if err != nil {
		t.Fatalf("%v\n%s", err, src)
	}
	check(again)
	if twice, err := again.YAML(); err != nil || string(twice) != string(src) {
		t.Errorf("the effective config changes:\n%s\n%s", src, twice)
	}
	if _, err := c.Only("title"); err == nil || !strings.Contains(err.Error(), "inputs cannot be taken out of an ensemble") {
		t.Error(err)
	}
}

// Members can be made in Go.
func TestMembersInGo(t *testing.T) {
	tabm := func(o *tabular.Options) { o.Numeric = []string{"price"} }
	c, err := config.New(nil, func(c *config.Config) {
		c.Name, c.Data.Path = "joined", "data.csv"
		c.Inputs = []config.Input{config.NewInput("facts", tabm)}
		c.Members = []config.Member{
			{Name: "a", Votes: 1}, {Name: "b", Votes: 2, Inputs: []config.Input{config.NewInput("facts", tabm, config.NewEncoder[encoders.TabMConfig](nil))}},
		}
		c.Output = config.NewOutput(func(o *config.RegressionOutput) { o.Column = "label" })
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := c.EncodersOf(c.Inputs[0]); !slices.Equal(got, []string{"mlp", "tabm"}) {
		t.Errorf("encoders %v", got)
	}
}

// Wrong members are named with what is wrong about them.
func TestWrongMembers(t *testing.T) {
	for want, replace := range map[string][]string{
		`fusion: stands beside members, which are joined by the mean of their predictions; leave it out`:               {"members:", "fusion: {type: concat}\nmembers:"},
		`members.title.of[0]: unknown input "titel", did you mean "title"?`:                                            {"of: [title]", "of: [titel]"},
		`members.title.votes: must be at least 1, is 0`:                                                                {"votes: 2", "votes: 0"},
		`members.both.inputs.facts: is read in another way than inputs.facts: a member may have an encoder of its own`: {"[price], encoder", "[cost], encoder"},
		`members.both.inputs.facts: the member does not read it; name it in ` + "`of`":                                 {"{seed: 3,", "{seed: 3, of: [title],"},
		`members.both: required key "fusion" is missing: 2 inputs are joined by one of`:                                {", fusion: {type: concat}", ""},
		`members: no member reads the input "facts"`:                                                                   {"both: {seed: 3, inputs: {facts: {type: tabular, numeric: [price], encoder: {type: tabm}}}, fusion: {type: concat}, training: {epochs: 7}}", "both: {of: [title]}"},
		`members: the name "a+b" is not made of letters, digits, _ and - only`:                                         {"both:", "a+b:"},
		`members.both: fusion.of[0]: unknown input "photo"`:                                                            {"{type: concat}", "{type: concat, of: [photo, title]}"},
		`members: predict one output; with several, train one model`:                                                   {"output: {type: multiclass, column: label, calibrate: true}", "outputs: {a: {type: multiclass, column: label}, b: {type: regression, column: cost}}"},
		`members.both: training.early_stopping.monitor: unknown figure "validation.mae"`:                               {"epochs: 7", "epochs: 7, early_stopping: {monitor: validation.mae}"},
	} {
		if _, err := parseJoined(t, replace...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\n  want %s", err, want)
		}
	}
}
