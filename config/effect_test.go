package config_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	yamllib "go.yaml.in/yaml/v4"

	"github.com/chiasm-ml/chiasm/config"
)

// bases are configs that between them give every option of every built-in a
// value.
func bases() map[string]string {
	b := map[string]string{
		"alone":    alone,
		"balanced": edit("column: label}", "column: label, class_weights: balanced, label_smoothing: 0.1}"),
		"weights":  edit("column: label}", "column: label, class_weights: {a: 2}}"),
		"images":   edit(", size: 32,", ", size: [32, 16], mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5],"),
		"columns":  edit("numeric: [width, weight],", "numeric: [width, weight], transforms: {weight: log}, missing: mask,"),
		"split":    edit("{column: split}", "{train: 0.5, validation: 0.25, test: 0.25, stratify: label, group: series}"),
		"dialect":  edit("split: {column: split}", "separator: ';'\n  encoding: latin1\n  decimal: ','\n  thousands: space\n  missing_values: [NA, '-']\n  comment: '#'\n  compression: gzip\n  split: {column: split}"),
		"time":     edit("{column: split}", "{train: 0.5, validation: 0.25, test: 0.25, time: taken}"),
		"grouped":  edit("{column: split}", "{column: split, group: series}"),
		"pairs":    edit("layers: 1}", "layers: 1, pairs: [{query: caption, key: picture}]}"),
		"film":     edit(attend, "{type: concat, of: [{type: film, condition: caption, target: picture, of: [caption, picture]}, facts]}"),
		"tree":     edit("layers: 1}", "layers: 1, of: [{type: concat, of: [picture, caption]}, facts]}"),
	}
	reg := config.Builtin()
	for _, e := range reg.Fusions() {
		b["fusion "+e.Name] = edit(attend, fusionNode(e.Name))
	}
	for input, old := range map[string]string{
		config.Image: "{type: cnn, channels: [32, 64, 128]}", config.Text: "{type: transformer, layers: 2, heads: 4}", config.Tabular: "{type: mlp, hidden: [128]}",
	} {
		for _, e := range reg.Encoders(input) {
			b[input+" "+e.Name] = edit(old, e.Name)
		}
	}
	for _, e := range reg.Optimizers() {
		b["optimizer "+e.Name] = edit("{type: adamw, learning_rate: 1e-3, weight_decay: 0.01}", e.Name)
	}
	for _, e := range reg.Schedules() {
		b["schedule "+e.Name] = edit("{type: cosine, warmup: 0.05}", e.Name)
	}
	for output, options := range map[string]string{"binary": ", positive: b", "multilabel": "", "regression": ""} {
		src := edit("{type: multiclass, column: label}", "{type: "+output+", column: label"+options+"}")
		b["output "+output] = strings.Replace(src, "validation.accuracy", "validation.loss", 1)
	}
	for name, src := range b {
		b[name] = strings.Replace(src, " size: 32,", " size: [32, 16],", 1)
	}
	return b
}

// others are values to try where another text is wanted.
var others = []string{
	"mask", "mean", "log", "pad", "group", "gelu", "average", "sinusoidal", "column", "bpe", "nfc", "huber", "prior", "train.loss", "'#000000'", "balanced",
	"none", "time", "cls", "facts", "picture", "caption", "other", "2GiB", "1.5", "x.csv",
	"fitted", "separate", "periodic", "auxiliary", "|", "'", ".", "utf-16", "zstd", "?", "f1",
}

// Every key of every effective config can be given another value, and the
// effective config then has it: no option is read and dropped.
func TestEveryKeyIsKept(t *testing.T) {
	keys := map[string]bool{}
	for name, src := range bases() {
		src = yaml(t, parse(t, src))
		before := effective(t, parse(t, src))
		for path, value := range before {
			if keys[path+"="+value] {
				continue // tried in another config
			}
			keys[path+"="+value] = true
			if strings.HasSuffix(path, "type") || strings.Contains(path, "of[") || name == "columns" && path == "inputs.facts.numeric[1]" {
				continue // names another struct, one of inputs that are each named once, or a column that another key names too
			}
			if !flips(t, src, before, path) {
				t.Errorf("%s: no other value was found for %s: %s", name, path, value)
			}
		}
	}
	if len(keys) < 100 {
		t.Errorf("only %d keys and values were tried", len(keys))
	}
	t.Logf("%d keys and values", len(keys))
}

// effective is an effective config by dotted key.
func effective(t *testing.T, c *config.Config) map[string]string {
	t.Helper()
	var doc yamllib.Node
	if err := yamllib.Load([]byte(yaml(t, c)), &doc); err != nil {
		t.Fatal(err)
	}
	return leaves("", doc.Content[0])
}

// leaves are the values of a document by dotted key.
func leaves(path string, n *yamllib.Node) map[string]string {
	out := map[string]string{}
	add := func(path string, n *yamllib.Node) {
		for k, v := range leaves(path, n) {
			out[k] = v
		}
	}
	switch n.Kind {
	case yamllib.MappingNode:
		for i := 0; i < len(n.Content); i += 2 {
			add(strings.TrimPrefix(path+"."+n.Content[i].Value, "."), n.Content[i+1])
		}
	case yamllib.SequenceNode:
		for i, c := range n.Content {
			add(fmt.Sprintf("%s[%d]", path, i), c)
		}
	default:
		out[path] = n.Value
	}
	return out
}

// flips says whether some other value for a key changes that key of the
// effective config, and no other but those that must agree with it.
func flips(t *testing.T, src string, before map[string]string, path string) bool {
	value, candidates := before[path], others
	if x, err := strconv.ParseFloat(value, 64); err == nil {
		candidates = nil
		for _, y := range []float64{x + 1, x * 2, x / 2, x + 0.25, 0.5, 1, 3} {
			candidates = append(candidates, strconv.FormatFloat(y, 'g', -1, 64))
		}
	} else if value == "true" || value == "false" {
		candidates = []string{strconv.FormatBool(value == "false")}
	}
	for _, other := range candidates {
		sets := append([]string{path + "=" + other}, companions(path, other, before)...)
		c, err := config.Parse("folder/train.yaml", []byte(src), config.Builtin(), sets...)
		if err != nil || other == value {
			continue
		}
		after := effective(t, c)
		changed := 0
		for key := range before {
			if after[key] != before[key] {
				changed++
			}
		}
		if after[path] != value && changed <= 2*len(sets) {
			return true
		}
	}
	return false
}

// companions are overrides without which another value contradicts the rest.
func companions(path, value string, before map[string]string) []string {
	x, err := strconv.ParseFloat(value, 64)
	rest := strconv.FormatFloat(1-x, 'g', -1, 64)
	switch {
	case path == "training.monitor" && before["training.early_stopping.monitor"] != "":
		return []string{"training.early_stopping.monitor=" + value}
	case path == "training.early_stopping.monitor":
		return []string{"training.monitor=" + value}
	case strings.HasSuffix(path, ".condition"):
		target := strings.Replace(path, ".condition", ".target", 1)
		return []string{target + "=" + before[path]}
	case strings.HasSuffix(path, ".target") && before[strings.Replace(path, ".target", ".condition", 1)] != "":
		return []string{strings.Replace(path, ".target", ".condition", 1) + "=" + before[path]}
	case err != nil:
		return nil
	case path == "data.split.train":
		return []string{"data.split.validation=" + rest, "data.split.test=0"}
	case path == "data.split.validation":
		return []string{"data.split.train=" + rest, "data.split.test=0"}
	case path == "data.split.test":
		return []string{"data.split.train=0.25", "data.split.validation=" + strconv.FormatFloat(0.75-x, 'g', -1, 64)}
	case path == "inputs.picture.channels" && before["inputs.picture.mean[0]"] != "":
		flat := strings.TrimSuffix(strings.Repeat("0.5,", int(x)), ",")
		return []string{"inputs.picture.mean=[" + flat + "]", "inputs.picture.std=[" + flat + "]"}
	}
	return nil
}
