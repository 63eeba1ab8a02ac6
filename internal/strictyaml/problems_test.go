package strictyaml

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// problemCases are documents with the exact messages that they must give. The
// text after "+" is appended to the good document and so begins on line 5.
var problemCases = []struct {
	name, src string
	want      []string
}{
	// Keys.
	{"unknown key at the top", "+trainig: {}", []string{`5:1: unknown key "trainig", did you mean "training"?`}},
	{"unknown key, none near", "+zzz: {}", []string{`5:1: unknown key "zzz"; known are name, seed, inputs, tree, training, labels, columns, weights`}},
	{"key of another level", "+epochs: 3", []string{`5:1: unknown key "epochs", did you mean training.epochs?`}},
	{"key of the top", "+training: {seed: 3}", []string{`5:12: training: unknown key "seed", did you mean the one at the top of the file?`}},
	{"unknown key inside", "+training: {epoch: 3}", []string{`5:12: training: unknown key "epoch", did you mean "epochs"?`}},
	{"unknown key in a variant", "name: a\ninputs: {a: {type: picture, column: c, size: 1, encoder: {chanels: [1]}}}",
		[]string{`2:59: inputs.a.encoder: unknown key "chanels", did you mean "channels"?`}},
	{"unknown key inside an inlined struct", "name: a\ninputs: {a: {type: caption, colum: c}}",
		[]string{`2:13: inputs.a: required key "column" is missing`, `2:29: inputs.a: unknown key "colum", did you mean "column"?`}},
	{"unknown key in a tree", "+tree: {of: [photo, {type: concat, hiden: 1}]}", []string{`5:35: tree.of[1]: unknown key "hiden", did you mean "hidden"?`}},
	{"key in the wrong case", "+Training: {}", []string{`5:1: unknown key "Training", did you mean "training"?`}},
	{"repeated key", "+seed: 1\nseed: 2", []string{`6:1: key "seed" is repeated, first on line 5`}},
	{"repeated input", "name: a\ninputs:\n  a: {type: caption, column: c}\n  a: {type: caption, column: d}",
		[]string{`4:3: inputs: key "a" is repeated, first on line 3`}},
	{"repeated label", "+labels: {a: 1, 'a': 2}", []string{`5:16: labels: key "a" is repeated, first on line 5`}},
	{"missing key", "inputs: {}", []string{`1:1: required key "name" is missing`}},
	{"missing key inside", "name: a\ninputs: {a: {type: caption}}", []string{`2:13: inputs.a: required key "column" is missing`}},
	{"missing key by its bounds", "+training: {patience: {}}", []string{`5:22: training.patience: required key "epochs" is missing: it must be at least 1`}},
	{"missing array", "name: a\ninputs: {a: {type: picture, column: c}}", []string{`2:13: inputs.a: required key "size" is missing: it must be at least 1`}},
	{"key that is a list", "+[a, b]: 1", []string{`5:1: a key must be text, not a list or a mapping`}},
	{"empty key", "+: 1", []string{`5:1: an empty key; quote it if it is intended`}},
	{"merge key", "+training: {<<: {epochs: 1}}", []string{`5:12: merge keys (<<) are not supported; write the keys out`}},
	{"odd key", "name: a\ninputs: {\"a b\\n\": {type: caption, column: 1}}", []string{`2:43: inputs."a b\n".column: expected text, found the number 1; in quotes it is text: "1"`}},

	// Types.
	{"text for a whole number", "+training: {epochs: many}", []string{`5:20: training.epochs: expected a whole number, found text "many"`}},
	{"quoted number", "+training: {epochs: \"3\"}", []string{`5:20: training.epochs: expected a whole number, found text "3"`}},
	{"fraction for a whole number", "+training: {epochs: 1.5}", []string{`5:20: training.epochs: expected a whole number, found the number 1.5`}},
	{"octal", "+training: {epochs: 010}", []string{`5:20: training.epochs: expected a whole number in plain decimal digits, found the number 010`}},
	{"underscores", "+training: {epochs: 1_000}", []string{`5:20: training.epochs: expected a whole number in plain decimal digits, found the number 1_000`}},
	{"list for a number", "+training: {rate: [1]}", []string{`5:18: training.rate: expected a number, found a list`}},
	{"hexadecimal float", "+training: {rate: 0x10}", []string{`5:18: training.rate: expected a number, found the number 0x10`}},
	{"yes for true", "+training: {shuffle: yes}", []string{`5:21: training.shuffle: expected true or false, found text "yes"`}},
	{"number for text", "+name: 12", []string{`5:1: key "name" is repeated, first on line 1`}},
	{"boolean for text", "name: true\ninputs: {}", []string{`1:7: name: expected text, found true; in quotes it is text: "true"`}},
	{"text for a list", "+tree: {of: photo}", []string{`5:12: tree.of: expected a list, found text "photo"`}},
	{"number for a mapping", "+training: 3", []string{`5:11: training: expected a mapping such as {epochs: 3}, found the number 3`}},
	{"number for an input", "+tree: {of: [3]}", []string{`5:13: tree.of[0]: expected text or a mapping, found the number 3; in quotes it is text: "3"`}},
	{"text for a mapping", "+training: fast", []string{`5:11: training: expected a mapping, found text "fast"`}},
	{"list for a mapping", "- a\n- b", []string{`1:1: expected a mapping, found a list`}},
	{"list for labels", "+labels: [a]", []string{`5:9: labels: expected a mapping, found a list`}},
	{"mapping for text", "name: {a: b}\ninputs: {}", []string{`1:7: name: expected text, found a mapping`}},
	{"wrong length", "name: a\ninputs: {a: {type: picture, column: c, size: [1, 2, 3]}}", []string{`2:46: inputs.a.size: expected a list of 2, found 3 entries`}},
	{"wrong entry", "name: a\ninputs: {a: {type: picture, column: c, size: [1, x]}}", []string{`2:50: inputs.a.size[1]: expected a whole number, found text "x"`}},
	{"wrong shorthand", "name: a\ninputs: {a: {type: picture, column: c, size: big}}", []string{`2:46: inputs.a.size: expected a whole number, found text "big"`}},
	{"wrong duration", "+training: {every: 10}", []string{`5:19: training.every: expected a duration such as 90s, 10m or 1h30m, found the number 10`}},
	{"wrong text of a text type", "+training: {level: mid}", []string{`5:19: training.level: expected low or high, found "mid"`}},
	{"null for a number", "+training: {epochs: null}", []string{`5:20: training.epochs: has no value: expected a whole number, or remove the key`}},
	{"nothing after the key", "+training:\n  epochs:", []string{`6:10: training.epochs: has no value: expected a whole number, or remove the key`}},
	{"nothing for a mapping", "+training:", []string{`5:10: training: has no value: expected a mapping, or remove the key`}},
	{"null in a list", "+tree: {of: [~]}", []string{`5:13: tree.of[0]: has no value: expected text or a mapping, or remove the key`}},
	{"tag", "+seed: !!int 3\n", []string{`5:7: the tag !!int is not supported; write the value without it`}},
	{"private tag", "+seed: !secret 3\n", []string{`5:7: the tag !secret is not supported; write the value without it`}},

	// Values.
	{"not a number", "+training: {rate: .nan}", []string{`5:18: training.rate: expected a finite number, found .nan`}},
	{"infinite", "+training: {rate: -.Inf}", []string{`5:18: training.rate: expected a finite number, found -.Inf`}},
	{"spelt infinity", "+training: {rate: Infinity}", []string{`5:18: training.rate: expected a number, found text "Infinity"`}},
	{"huge float", "+training: {rate: 1e400}", []string{`5:18: training.rate: the number 1e400 is too large`}},
	{"huge for float32", "+training: {rate: 1e39}", []string{`5:18: training.rate: the number 1e39 is too large`}},
	{"huge whole number", "+training: {epochs: 99999999999999999999}", []string{`5:20: training.epochs: the number 99999999999999999999 is too large`}},
	{"too large for its type", "+training: {workers: 200}", []string{`5:21: training.workers: the number 200 is too large`}},
	{"negative for unsigned", "+seed: -1", []string{`5:7: seed: must not be negative, is -1`}},
	{"below the least", "+training: {epochs: 0}", []string{`5:20: training.epochs: must be at least 1, is 0`}},
	{"negative", "+training: {epochs: -3}", []string{`5:20: training.epochs: must be at least 1, is -3`}},
	{"not above, optional", "+training: {clip: 0.0}", []string{`5:18: training.clip: must be more than 0, is 0`}},
	{"explicit zero", "+training: {rate: 0}", []string{`5:18: training.rate: must be more than 0, is 0`}},
	{"too long", "+training: {patience: {epochs: 1, on: validation.loss}}", []string{`5:38: training.patience.on: must have at most 10 characters, is "validation.loss"`}},
	{"none of", "name: a\ninputs: {a: {type: caption, column: c, missing: masked}}", []string{`2:49: inputs.a.missing: must be one of error, mask, is "masked"; did you mean "mask"?`}},
	{"none of, none near", "name: a\ninputs: {a: {type: caption, column: c, missing: 7z}}", []string{`2:49: inputs.a.missing: must be one of error, mask, is "7z"`}},
	{"empty list", "name: a\ninputs: {a: {type: picture, column: c, size: 1, encoder: {channels: []}}}", []string{`2:69: inputs.a.encoder.channels: must have at least 1 entry`}},
	{"entry of a list", "name: a\ninputs: {a: {type: picture, column: c, size: 1, encoder: {channels: [8, 0]}}}", []string{`2:73: inputs.a.encoder.channels[1]: must be at least 1, is 0`}},
	{"value of a mapping", "+labels: {a: 1, 'b c': -1}", []string{`5:23: labels."b c": must be more than 0, is -1`}},
	{"empty text", "name: ''\ninputs: {}", []string{`1:7: name: must not be empty, is ""`}},
	{"two fields", "+training: {low: 5, high: 3}", []string{`5:26: training.high: must be at least low, is 3`}},
	{"two fields, one given", "+training: {low: 50}", []string{`5:11: training.high: must be at least low, is 9`}},
	{"two fields of a variant", "name: a\ninputs: {a: {type: caption, column: c, encoder: {heads: 65}}}", []string{`2:57: inputs.a.encoder.heads: must be at most dim, is 65`}},
	{"heads of zero", "name: a\ninputs: {a: {type: caption, column: c, encoder: {heads: 0}}}", []string{`2:57: inputs.a.encoder.heads: must be at least 1, is 0`}},
	{"two fields, one unreadable", "name: a\ninputs: {a: {type: caption, column: c, encoder: {heads: 65, dim: x}}}",
		[]string{`2:66: inputs.a.encoder.dim: expected a whole number, found text "x"`}},
	{"own check", "name: a\ninputs: {a: {type: picture, column: c, size: 1, encoder: {channels: [1, 1, 1, 1, 1, 1]}}}",
		[]string{`2:58: inputs.a.encoder: more than five blocks leave nothing of the picture`}},

	{"own check of a key", "+columns: {text: [a], test: 0.5, train: 0.75}", []string{`5:40: columns.train: train and test add up to more than 1`}},
	{"one of two keys", "+columns: {}", []string{`5:10: columns: required key numeric or text is missing`}},
	{"keys that exclude each other", "+columns: {text: [a], split: b, test: 0.5}", []string{`5:29: columns.split: cannot be given together with train or test`}},
	{"entry repeated", "+columns: {numeric: [a, b, a]}", []string{`5:20: columns.numeric: must not repeat an entry, has 3`}},
	{"empty entry", "+columns: {numeric: [a, '']}", []string{`5:24: columns.numeric[1]: must not be empty, is ""`}},
	{"too many entries", "+columns: {text: [a, b, c]}", []string{`5:17: columns.text: must have at most 2 entries, has 3`}},
	{"no colour", "+columns: {text: [a], colour: white}", []string{`5:30: columns.colour: must be a colour such as #ffcc00, is "white"`}},

	{"bare text that is none of", "+weights: balance", []string{`5:10: weights: must be one of balanced, none, is "balance"; did you mean "balanced"?`}},
	{"other keys", "+weights: {a: 1, b c: 0, a: 3}", []string{`5:22: weights."b c": must be more than 0, is 0`, `5:25: weights: key "a" is repeated, first on line 5`}},
	{"other keys, wrong type", "+weights: {a: x}", []string{`5:14: weights.a: expected a number, found text "x"`}},
	{"bare number", "+weights: 3", []string{`5:10: weights: expected balanced, none or a mapping, found the number 3`}},

	{"check of an inlined struct", "name: a\ninputs: {a: {type: caption, column: photograph}}", []string{`2:37: inputs.a.column: no photographs`}},
	{"check that hides an embedded one's", "name: ''\ninputs: {a: {type: picture, size: 1, column: photograph}}", []string{`1:7: name: must not be empty, is ""`}},

	// Variants.
	{"unknown type", "name: a\ninputs: {a: {type: pictures, column: c, size: 1}}",
		[]string{`2:20: inputs.a.type: unknown input "pictures", did you mean "picture"? Known are caption, picture`}},
	{"unknown type, none near", "+tree: {type: magic, of: [photo], power: 9}", []string{`5:14: tree.type: unknown fusion "magic"; known are average, concat`}},
	{"missing type", "name: a\ninputs: {a: {column: c}}", []string{`2:13: inputs.a: required key "type" is missing: one of caption, picture`}},
	{"type that is no text", "+tree: {type: [concat]}", []string{`5:14: tree.type: expected text, found a list`}},
	{"key of another type", "+tree: {type: concat, pool: log}", []string{`5:22: tree: unknown key "pool"; known are type, of, hidden`}},
	{"required by the type", "+tree: average", []string{`5:7: tree: required key "power" is missing`}},
	{"encoder of another kind", "name: a\ninputs: {a: {type: caption, column: c, encoder: cnn}}", []string{`2:49: inputs.a.encoder.type: unknown caption encoder "cnn"; known are transformer`}},

	// Documents.
	{"empty file", "", []string{`1:1: the document is empty`}},
	{"only comments", "# nothing\n", []string{`1:1: the document is empty`}},
	{"only null", "\n~\n", []string{`2:1: the document is empty`}},
	{"two documents", "+---\nname: b\n", []string{`5:1: a second document starts here; a configuration is a single document`}},
	{"syntax", "name: [a\ninputs: {}", []string{`2:7: not valid YAML: did not find expected ',' or ']' (while parsing a flow sequence that started on line 1)`}},
	{"colon in text", "name: a: b", []string{`1:8: not valid YAML: mapping values are not allowed in this context; quote text that contains ": "`}},
	{"tab", "training:\n\tepochs: 3", []string{`2:1: not valid YAML: a tab cannot indent; use spaces`}},
	{"not UTF-8", "name: a\ninputs: é\xff", []string{`2:10: not UTF-8 text; save the file as UTF-8`}},
	{"control character", "name: a\x00", []string{`1:8: control character U+0000 in the text`}},
	{"unknown anchor", "name: *x", []string{`1:7: not valid YAML: unknown anchor 'x' referenced`}},
	{"alias of itself", "+training: &a {epochs: *a}", []string{`5:23: *a is inside the value that it names`}},
	{"deep", "a: " + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000), []string{`1:104: nested deeper than 100 levels`}},
	{"deep mappings", strings.Repeat("{a: ", 10_000), []string{`1:401: nested deeper than 100 levels`}},
	{"deep by aliases", deepAliases(), []string{`3:44: nested deeper than 100 levels`}},
	{"alias bomb", aliasBomb(), []string{`6:10: aliases grow to more than 100000 values`}},
	{"too large", "#" + strings.Repeat("x", 1<<20), []string{`1:1: larger than 1048576 bytes, too large for a configuration`}},

	// Several at once, in the order of the file.
	{"all at once", "+seed: -1\ntrainng: {}\ntraining:\n  epochs: 0\n  shufle: true\n  every: soon\n  epochs: 2\ntree: {type: conct}\n", []string{
		`5:7: seed: must not be negative, is -1`,
		`6:1: unknown key "trainng", did you mean "training"?`,
		`8:11: training.epochs: must be at least 1, is 0`,
		`9:3: training: unknown key "shufle", did you mean "shuffle"?`,
		`10:10: training.every: expected a duration such as 90s, 10m or 1h30m, found text "soon"`,
		`11:3: training: key "epochs" is repeated, first on line 8`,
		`12:14: tree.type: unknown fusion "conct", did you mean "concat"? Known are average, concat`,
	}},
}

// aliasBomb is 9^11 values in 12 lines.
func aliasBomb() string {
	var b strings.Builder
	b.WriteString("a0: &a0 [x,x,x,x,x,x,x,x,x]\n")
	for i := 1; i < 12; i++ {
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i-1), 9), ","))
	}
	return b.String()
}

// deepAliases nests three anchors of forty levels each.
func deepAliases() string {
	nest := func(inner string) string { return strings.Repeat("[", 40) + inner + strings.Repeat("]", 40) }
	return "a: &a " + nest("x") + "\nb: &b " + nest("*a") + "\nc: " + nest("*b") + "\n"
}

func TestProblems(t *testing.T) {
	for _, c := range problemCases {
		t.Run(c.name, func(t *testing.T) {
			src := c.src
			if rest, ok := strings.CutPrefix(src, "+"); ok {
				src = good + rest
			}
			_, err := load(t, src)
			var got []string
			var e *Error
			if errors.As(err, &e) {
				if e.ExitCode() != 2 {
					t.Errorf("exit code %d", e.ExitCode())
				}
				for line := range strings.SplitSeq(e.Error(), "\n") {
					got = append(got, strings.TrimPrefix(line, "c.yaml:"))
				}
			} else if err != nil {
				t.Fatal(err)
			}
			if strings.Join(got, "\n") != strings.Join(c.want, "\n") {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
	t.Logf("%d wrong documents", len(problemCases))
}
