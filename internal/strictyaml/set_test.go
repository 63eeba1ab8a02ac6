package strictyaml

import "testing"

func TestOverrides(t *testing.T) {
	c, err := load(t, good,
		"training.epochs=3", "training.patience.epochs=4", "name=a=b", "inputs.photo.encoder.channels=[1, 2]",
		"inputs.photo.encoder.channels[1]=7", "inputs.photo.encoder.channels.0=5", "tree={type: average, power: 1}", "tree.power=6",
		"inputs.title.encoder=transformer", "training.clip=null", "labels.x=1",
		"inputs.title.encoder.dim=32")
	if err != nil {
		t.Fatal(err)
	}
	if e := c.Inputs[1].Config.(caption).Encoder; e.Config.(transformer).Dim != 32 {
		t.Errorf("the text %q became %+v", "transformer", e)
	}
	channels := c.Inputs[0].Config.(picture).Encoder.Config.(cnn).Channels
	switch {
	case c.Training.Epochs != 3, c.Training.Patience.Epochs != 4, c.Name != "a=b", len(channels) != 2, channels[0] != 5,
		channels[1] != 7, c.Tree.Config != any(average{Pool: "linear", Power: 6}), c.Training.Clip != nil, c.Labels["x"] != 1:
		t.Errorf("got %+v", c)
	}
}

func TestWrongOverrides(t *testing.T) {
	for _, c := range []struct{ override, want string }{
		{"training.epochs=abc", `--set training.epochs=abc: training.epochs: expected a whole number, found text "abc"`},
		{"training.epochs=0", `--set training.epochs=0: training.epochs: must be at least 1, is 0`},
		{"training.epoch=3", `--set training.epoch=3: training: unknown key "epoch", did you mean "epochs"?`},
		{"trainin.epochs=3", `--set trainin.epochs=3: unknown key "trainin", did you mean "training"?`},
		{"training", `--set training: expected key=value`},
		{"=3", `--set =3: the key before = has an empty part`},
		{"training..epochs=3", `--set training..epochs=3: the key before = has an empty part`},
		{"training.epochs=", `--set training.epochs=: training.epochs: no value after =`},
		{"training.epochs=[1", `--set training.epochs=[1: training.epochs: not valid YAML: did not find expected ',' or ']' (while parsing a flow sequence that started on line 1)`},
		{"name.first=x", `--set name.first=x: name: expected text, found a mapping`},
		{"inputs.photo.size.x=3", `--set inputs.photo.size.x=3: inputs.photo.size: holds the number 32, so there is no key "x" in it`},
		{"inputs.photo.size={a: {b: 1}}", `--set inputs.photo.size={a: {b: 1}}: inputs.photo.size: expected a list of 2, found a mapping`},
		{"inputs.photo.encoder.channels[1]=3", `--set inputs.photo.encoder.channels[1]=3: inputs.photo.encoder.channels: a list of 1 entries has no entry "1"; they are numbered from 0`},
		{"inputs.photo.encoder.type=rnn", `--set inputs.photo.encoder.type=rnn: inputs.photo.encoder.type: unknown picture encoder "rnn", did you mean "cnn"? Known are cnn, vit`},
		{"training={low: 1, low: 2}", `--set training={low: 1, low: 2}: training: key "low" is repeated`},
	} {
		_, err := load(t, good, c.override)
		if err == nil || err.Error() != c.want {
			t.Errorf("--set %s:\ngot  %v\nwant %s", c.override, err, c.want)
		}
	}
}

// No override undoes another without a word.
func TestOverridesThatUndoOthers(t *testing.T) {
	for _, c := range []struct {
		overrides []string
		want      string
	}{
		{[]string{"training.epochs=3", "seed=1", "training.epochs=3"}, "--set training.epochs=3: training.epochs: is given twice, before as training.epochs=3"},
		{[]string{"tree.of[0]=a", "tree.of.0=b"}, "--set tree.of.0=b: tree.of.0: is given twice, before as tree.of[0]=a"},
		{[]string{"training.epochs=3", "training={epochs: 4}"}, "--set training={epochs: 4}: training: comes after training.epochs=3, which it would undo; give it first"},
	} {
		if _, err := load(t, good, c.overrides...); err == nil || err.Error() != c.want {
			t.Errorf("%q: got\n%v\nwant\n%s", c.overrides, err, c.want)
		}
	}
	if _, err := load(t, good, "training={epochs: 4}", "training.epochs=3"); err != nil {
		t.Error(err)
	}
}

// Wrong overrides do not hide one another.
func TestWrongOverridesTogether(t *testing.T) {
	_, err := load(t, good, "a", "b", "training.epochs=[")
	want := "--set a: expected key=value\n--set b: expected key=value\n" +
		"--set training.epochs=[: training.epochs: not valid YAML: did not find expected node content"
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}
