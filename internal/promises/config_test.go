package promises_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/config"
)

// TestConfigs is G1: a wrong config is refused before a row is read, all its
// problems at once, each with file, line and column. There is no table here.
func TestConfigs(t *testing.T) {
	const training = "training: {epochs: 1, "
	edit := func(old, new string) func(p *place) { return func(p *place) { p.replace(old, new) } }
	is := func(yaml string) func(p *place) { return func(p *place) { p.yaml = yaml } }
	add := func(yaml string) func(p *place) { return func(p *place) { p.yaml += yaml } }
	// wrong: each message, a line of its own, and no other.
	wrong := func(messages ...string) outcomeOf {
		return func(t *testing.T, p *place) {
			t.Helper()
			p.save()
			if err := os.Remove(p.at("data.csv")); err != nil {
				t.Fatal(err)
			}
			o := p.chiasm("train", "--config", p.at("train.yaml"), "--output", p.at("run"))
			p.refused(t, o, 2, len(messages), messages...)
		}
	}
	known := func(kinds []config.Entry) string {
		var names []string
		for _, e := range kinds {
			names = append(names, e.Name)
		}
		return strings.Join(names, ", ")
	}
	reg := config.Builtin()
	suite(t, "G1", []input{
		// Unknown keys, at each level.
		{"unknown key at the top", edit("seed: 7", "sed: 7"), wrong(`:2:1: unknown key "sed", did you mean "seed"?`)},
		{"unknown key of data", edit("images: images", "image: images"), wrong(`:3:24: data: unknown key "image", did you mean "images"?`)},
		{"unknown key of a split", edit("{column: split}", "{column: split, sed: 1}"), wrong(`data.split: unknown key "sed"`)},
		{"unknown key of an input", edit("max_tokens", "max_token"), wrong(`:6:42: inputs.caption: unknown key "max_token", did you mean "max_tokens"?`)},
		{"unknown key of an encoder", edit("channels: [2]", "channels: [2], chanels: [3]"), wrong(`inputs.picture.encoder: unknown key "chanels", did you mean "channels"?`)},
		{"unknown key of augmentation", edit("flip: 0.5", "flips: 0.5"), wrong(`inputs.picture.augment: unknown key "flips", did you mean "flip"?`)},
		{"unknown key of a fusion", edit("{type: concat, dim", "{type: concat, dims"), wrong(`:8:24: fusion: unknown key "dims", did you mean "dim"?`)},
		{"unknown key of the output", edit("column: kind", "column: kind, loss: mse"), wrong(`output: unknown key "loss"`)},
		{"unknown key of training", edit("epochs: 1", "epoch: 1"), wrong(`:10:12: training: unknown key "epoch", did you mean "epochs"?`)},
		{"unknown key of an optimizer", edit("learning_rate:", "lr:"), wrong(`training.optimizer: unknown key "lr"`)},
		{"unknown key of a schedule", edit("warmup:", "warm_up:"), wrong(`training.schedule: unknown key "warm_up", did you mean "warmup"?`)},
		{"case", edit("seed: 7", "Seed: 7"), wrong(`:2:1: unknown key "Seed", did you mean "seed"?`)},

		// Keys and documents.
		{"repeated key", add("seed: 8\n"), wrong(`key "seed" is repeated, first on line 2`)},
		{"repeated input", edit("  caption:", "  picture:"), wrong(`:6:3: inputs: key "picture" is repeated, first on line 5`)},
		{"missing key", edit("name: sample\n", ""), wrong(`required key "name" is missing`)},
		{"missing column", edit("column: caption, ", ""), wrong(`inputs.caption: required key "column" is missing`)},
		{"trailing document", add("---\nname: again\n"), wrong("a second document starts here")},
		{"empty", is(""), wrong("the document is empty")},
		{"a list", is("- name: sample\n"), wrong("expected a mapping, found a list")},
		{"no YAML", is("name: [a\n"), wrong("not valid YAML")},
		{"a table", is("picture,caption\n0.png,a bird\n"), wrong("expected a mapping")},
		{"merge key", edit(training, "training: {<<: {epochs: 2}, "), wrong("merge keys (<<) are not supported")},
		{"tag", edit("seed: 7", "seed: !!python/object 7"), wrong("is not supported")},

		// Values.
		{"wrong type", edit("epochs: 1", "epochs: two"), wrong(`:10:20: training.epochs: expected a whole number, found text "two"`)},
		{"null", edit("epochs: 1", "epochs: null"), wrong("training.epochs: has no value: expected a whole number")},
		{"NaN", edit("learning_rate: 0.01", "learning_rate: .nan"), wrong("learning_rate: expected a finite number, found .nan")},
		{"infinite", edit("learning_rate: 0.01", "learning_rate: .inf"), wrong("learning_rate: expected a finite number, found .inf")},
		{"negative", edit("epochs: 1", "epochs: -1"), wrong("training.epochs: must be at least 1, is -1")},
		{"huge", edit("epochs: 1", "epochs: 100000000000000000000"), wrong("training.epochs: the number 100000000000000000000 is too large")},
		{"a size beyond all", edit("size: [4, 5]", "size: [4, 500000]"), wrong("inputs.picture.size[1]: must be at most 2048")},
		{"heads that do not divide the width", edit("heads: 2", "heads: 3"), wrong("inputs.caption.encoder.heads: must divide dim, which is 4, is 3")},
		{"none of the words", edit("missing: error, augment", "missing: drop, augment"), wrong("inputs.picture.missing: must be one of error, mask")},
		{"escape codes", edit("missing: error, augment", `missing: "\e[31m", augment`), wrong(`must be one of error, mask, is "\x1b[31m"`)},

		// Types list what there is.
		{"unknown type of input", edit("picture: {type: image", "picture: {type: photo"), wrong(`inputs.picture.type: unknown type of input "photo"`)},
		{"unknown encoder", edit("type: cnn", "type: ccn"), wrong("inputs.picture.encoder.type: unknown image encoder \"ccn\", did you mean \"cnn\"?")},
		{"unknown fusion", edit("type: concat", "type: magic"), wrong("fusion.type: unknown fusion \"magic\"; known are " + known(reg.Fusions()))},
		{"unknown optimizer", edit("type: adamw", "type: sgdd"), wrong("training.optimizer.type: unknown optimizer \"sgdd\", did you mean \"sgd\"?")},

		// Bombs.
		{"10,000 deep", is("a: " + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000)), wrong("nested deeper than 100 levels")},
		{"aliases that grow", is(laughs()), wrong("aliases grow to more than 100000 values")},
		{"alias of itself", edit("fusion: {type", "fusion: &f {of: [*f], type"), wrong("*f is inside the value that it names")},
		{"2 MiB", add("#" + strings.Repeat("x", 2<<20)), wrong("larger than 1048576 bytes")},
		{"not UTF-8", add("# \xff\n"), wrong("not UTF-8")},
		{"control character", add("# \x00\n"), wrong("control character U+0000")},

		// All at once.
		{"three mistakes", func(p *place) {
			p.replace("seed: 7", "sed: 7")
			p.replace("epochs: 1", "epochs: two")
			p.replace("heads: 2", "heads: 3")
		}, wrong(`train.yaml:2:1: unknown key "sed"`, "heads: must divide dim", `train.yaml:10:20: training.epochs: expected a whole number, found text "two"`)},
	})
}

// laughs are nine aliases of nine, nine times over.
func laughs() string {
	s := "a0: &a0 [x]\n"
	for i := range 9 {
		s += fmt.Sprintf("a%d: &a%d [%s]\n", i+1, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i), 9), ", "))
	}
	return s
}
