package config_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/config"
)

// edit is whole with old replaced by new, which must be there once.
func edit(old, new string, more ...string) string {
	edited, all := whole, append([]string{old, new}, more...)
	for i := 0; i < len(all); i += 2 {
		if strings.Count(edited, all[i]) != 1 {
			panic(fmt.Sprintf("%q stands %d times in the config", all[i], strings.Count(edited, all[i])))
		}
		edited = strings.Replace(edited, all[i], all[i+1], 1)
	}
	return edited
}

// attend is the fusion of whole.
const attend = "{type: cross_attention, dim: 128, heads: 4, layers: 1}"

// fusionNode is a fusion of the inputs of whole, with the options that it cannot
// do without.
func fusionNode(kind string) string {
	if kind == "film" {
		return "{type: film, target: picture}"
	}
	return kind
}

// fusionNames lists the built-in fusions, as messages do.
func fusionNames() string { return known(config.Builtin().Fusions()) }

// known are the names of entries, as messages list them.
func known(entries []config.Entry) string {
	var names []string
	for _, e := range entries {
		names = append(names, e.Name)
	}
	return strings.Join(names, ", ")
}

// problemCases are wrong configs with the exact messages that they must give:
// the list G1, on the config itself. Syntax, aliases, nesting and the like are
// tested where YAML is read.
var problemCases = []struct {
	name, src string
	want      []string
}{
	// Unknown keys, at each level.
	{"top", edit("data:\n", "dta:\n"), []string{`1:1: data: required key "path" is missing`, `2:1: unknown key "dta", did you mean "data"?`}},
	{"data", edit("  path:", "  pth:"), []string{`3:3: data: unknown key "pth", did you mean "path"?`, `3:3: data: required key "path" is missing`}},
	{"split", edit("{column: split}", "{colum: split}"), []string{`5:11: data.split: unknown key "colum", did you mean "column"?`}},
	{"group keys", edit("column: label}", "column: label, learning_rate: 0, freeze: true, weight_decay: 0}"), []string{
		`11:58: output.learning_rate: must be more than 0, is 0`,
		`11:89: output.weight_decay: has no effect, since the part is frozen; leave one of them out`,
	}},
	{"frozen until the end", edit("column: label}", "column: label, freeze_until: 99}"), []string{
		`11:57: output.freeze_until: is 99, and training ends after 20 epochs; to leave the part as it is, say freeze: true`,
	}},
	{"image", edit(", size: 32,", ", sise: 32,"), []string{
		`7:12: inputs.picture: required key "size" is missing: it must be at least 1`,
		`7:41: inputs.picture: unknown key "sise", did you mean "size"?`,
	}},
	{"augment", edit(", size: 32,", ", size: 32, augment: {flips: 1},"), []string{`7:61: inputs.picture.augment: unknown key "flips", did you mean "flip"?`}},
	{"encoder", edit("channels:", "chanels:"), []string{`7:72: inputs.picture.encoder: unknown key "chanels", did you mean "channels"?`}},
	{"text", edit("max_tokens: 32", "tokens: 32"), []string{`8:39: inputs.caption: unknown key "tokens"; known are type, column, max_tokens, missing, token_dropout, tokenizer, ngrams, encoder`}},
	{"tokenizer", edit("max_tokens: 32", "tokenizer: {vocabsize: 100}"), []string{`8:51: inputs.caption.tokenizer: unknown key "vocabsize", did you mean "vocab_size"?`}},
	{"tabular", edit("numeric:", "numbers:"), []string{`9:28: inputs.facts: unknown key "numbers"; known are type, numeric, dates, date_formats, categorical, missing, transform, transforms, units, min_count, encoder`}},
	{"fusion", edit("layers: 1}", "layer: 1}"), []string{`10:53: fusion: unknown key "layer", did you mean "layers"?`}},
	{"output", edit("column: label}", "column: label, loss: mse}"), []string{`11:43: output: unknown key "loss"; known are type, learning_rate, weight_decay, freeze, freeze_until, layer_decay, column, class_weights, label_smoothing, calibrate`}},
	{"training", edit("  epochs:", "  epoch:"), []string{`13:3: training: unknown key "epoch", did you mean "epochs"?`}},
	{"optimizer", edit("learning_rate:", "lr:"), []string{`15:28: training.optimizer: unknown key "lr"; known are type, learning_rate, beta1, beta2, epsilon, weight_decay`}},
	{"schedule", edit("warmup:", "warm_up:"), []string{`16:28: training.schedule: unknown key "warm_up", did you mean "warmup"?`}},
	{"early stopping", edit("patience:", "patient:"), []string{`18:50: training.early_stopping: unknown key "patient", did you mean "patience"?`}},
	{"case", edit("training:", "Training:"), []string{`12:1: unknown key "Training", did you mean "training"?`}},

	// Repeated keys and documents.
	{"repeated key", whole + "name: again\n", []string{`19:1: key "name" is repeated, first on line 1`}},
	{"repeated input", edit("  facts: ", "  caption: "), []string{`9:3: inputs: key "caption" is repeated, first on line 8`}},
	{"trailing document", whole + "---\nname: again\n", []string{`19:1: a second document starts here; a configuration is a single document`}},
	{"empty", "", []string{`1:1: the document is empty`}},

	// Types.
	{"wrong type", edit("epochs: 20", "epochs: twenty"), []string{`13:11: training.epochs: expected a whole number, found text "twenty"`}},
	{"null", edit("batch_size: 32\n", "batch_size:\n"), []string{`14:14: training.batch_size: has no value: expected a whole number, or remove the key`}},
	{"size of three", edit(", size: 32,", ", size: [32, 32, 3],"), []string{`7:47: inputs.picture.size: expected a list of 2, found 3 entries`}},
	{"inputs as a list", "name: a\ndata: {path: d.csv}\ninputs: [a]\noutput: {type: regression, column: y}\n", []string{`3:9: inputs: expected a mapping, found a list`}},
	{"no unit", edit("data.csv", "data.csv\n  cache: 500"), []string{`4:10: data.cache: expected an amount of memory such as 512MiB or 2GiB, found "500"`}},

	// Values.
	{"not a number", edit("clip_norm: 1.0", "clip_norm: .nan"), []string{`17:14: training.clip_norm: expected a finite number, found .nan`}},
	{"negative", edit("epochs: 20", "epochs: -20"), []string{`13:11: training.epochs: must be at least 1, is -20`}},
	{"huge", edit("batch_size: 32\n", "batch_size: 1e30\n"), []string{`14:15: training.batch_size: expected a whole number, found the number 1e30`}},
	{"huge again", edit("batch_size: 32\n", "batch_size: 100000000000000000000\n"), []string{`14:15: training.batch_size: the number 100000000000000000000 is too large`}},
	{"rate of zero", edit("learning_rate: 1e-3", "learning_rate: 0"), []string{`15:43: training.optimizer.learning_rate: must be more than 0, is 0`}},
	{"warm-up of no whole number", edit("warmup: 0.05", "warmup: 2.5"), []string{`16:36: training.schedule.warmup: is 2.5: must be a fraction of all steps from 0 to below 1, or a whole number of steps`}},
	{"mean of texts", edit("max_tokens: 32", "missing: mean"), []string{`8:48: inputs.caption.missing: must be one of error, mask, is "mean"`}},
	{"mean of categories", edit("numeric: [width, weight], ", "missing: mean, "), []string{`9:37: inputs.facts.missing: mean is for numbers, and there is no numeric column`}},
	{"vocabulary", edit("max_tokens: 32", "tokenizer: {model: bpe, vocab_size: 100}"), []string{`8:75: inputs.caption.tokenizer.vocab_size: 100 is not possible for bpe; expected 261 to 262144`}},
	{"even kernel", edit("channels: [32, 64, 128]", "kernel: 4"), []string{`7:80: inputs.picture.encoder.kernel: must be odd, so that the image keeps its size, is 4`}},
	{"split beyond one", edit("{column: split}", "{train: 0.8, test: 0.3}"), []string{`5:10: data.split: train, validation and test add up to 1.1, expected 1`}},
	{"split of two kinds", edit("{column: split}", "{column: split, train: 1}"), []string{`5:19: data.split.column: cannot be given together with train, validation, test, stratify or time`}},
	{"split by time and group", edit("{column: split}", "{time: taken, group: series}"), []string{`5:17: data.split.time: stands beside split.group, and a group of several times cannot be both kept together and cut by time; leave one out, or make a column that says train, validation or test`}},
	{"split by time and value", edit("{column: split}", "{time: taken, stratify: label}"), []string{`5:17: data.split.time: stands beside split.stratify, and rows cannot be both cut by time and spread by value; leave one out`}},
	{"mean without std", edit(", size: 32,", ", size: 32, mean: [0, 0, 0],"), []string{`7:57: inputs.picture.mean: give mean and std both, or neither`}},
	{"name of a folder", edit("name: emoji", "name: ../emoji"), []string{`1:7: name: names the run's folder, so it is made of letters, digits, space, point, _ and -, is "../emoji"`}},
	{"name of an input", edit("  facts:", "  the facts:"), []string{`7:3: inputs: the name "the facts" is not made of letters, digits, _ and - only`}},

	// Types that do not exist.
	{"input", edit("type: image", "type: img"), []string{`7:19: inputs.picture.type: unknown type of input "img"; known are image, tabular, text, vector`}},
	{"image encoder", edit("type: cnn", "type: resnet"), []string{`7:67: inputs.picture.encoder.type: unknown image encoder "resnet"; known are cnn`}},
	{"text encoder", edit("type: transformer", "type: transfromer"), []string{`8:71: inputs.caption.encoder.type: unknown text encoder "transfromer", did you mean "transformer"? Known are ` + known(config.Builtin().Encoders(config.Text))}},
	{"fusion type", edit("cross_attention", "crossattention"), []string{`10:16: fusion.type: unknown fusion "crossattention", did you mean "cross_attention"? Known are ` + fusionNames()}},
	{"output type", edit("multiclass", "classes"), []string{`11:16: output.type: unknown type of output "classes"; known are binary, multiclass, multilabel, regression`}},
	{"optimizer type", edit("adamw", "adam"), []string{`15:21: training.optimizer.type: unknown optimizer "adam", did you mean "adamw"? Known are ` + known(config.Builtin().Optimizers())}},

	// Keys that contradict each other.
	{"heads", edit("heads: 4, layers: 1}", "heads: 3, layers: 1}"), []string{`10:50: fusion.heads: must divide dim, which is 128, is 3`}},
	{"heads of an encoder", edit("heads: 4}}", "heads: 5}}"), []string{`8:102: inputs.caption.encoder.heads: must divide dim, which is 128, is 5`}},
	{"no fusion", edit("fusion: {type: cross_attention, dim: 128, heads: 4, layers: 1}\n", ""), []string{`1:1: required key "fusion" is missing: 3 inputs are joined by one of ` + fusionNames()}},
	{"no such input", edit("layers: 1}", "of: [picture, captoin, facts]}"), []string{`10:67: fusion.of[1]: unknown input "captoin", did you mean "caption"?`}},
	{"input not used", edit("layers: 1}", "of: [picture, caption]}"), []string{`10:9: fusion: the input "facts" is not used; name it in ` + "`of`" + `, or take it out of inputs`}},
	{"input used twice", edit("layers: 1}", "of: [picture, caption, facts, picture]}"), []string{`10:83: fusion.of[3]: the input "picture" is used before, at fusion.of[0]`}},
	{"empty fusion", edit("layers: 1}", "of: []}"), []string{`10:57: fusion.of: is empty: name the inputs to be joined`}},
	{"unnamed inputs of a branch", edit("layers: 1}", "of: [{type: concat}, facts]}"), []string{`10:58: fusion.of[0]: required key "of" is missing: a fusion inside another names what it joins`}},
	{"attention of one", edit("layers: 1}", "of: [{type: cross_attention, of: [facts]}, picture, caption]}"), []string{`10:58: fusion.of[0]: cross_attention joins two or more, not only "facts"`}},
	{"pairs", edit("layers: 1}", "pairs: [{query: caption, key: image}, {query: facts, key: facts}]}"),
		[]string{`10:83: fusion.pairs[0].key: unknown modality "image"; known are picture, caption, facts`, `10:91: fusion.pairs[1]: "facts" cannot attend to itself across`}},
	{"film without target", edit(attend, "{type: film, condition: caption, of: [picture, caption, facts]}"), []string{`10:9: fusion: required key "target" is missing`}},
	{"film of one", edit(attend, "{type: concat, of: [{type: film, target: facts, of: [facts]}, picture, caption]}"), []string{`10:29: fusion.of[0]: film wants one modality to steer another, not only "facts"`}},
	{"film of no input", edit(attend, "{type: film, target: pictur, of: [picture, caption, facts]}"), []string{`10:30: fusion.target: unknown modality "pictur", did you mean "picture"?`}},
	{"film by no input", edit(attend, "{type: film, target: picture, condition: sound, of: [picture, {type: concat, of: [caption, facts]}]}"),
		[]string{`10:50: fusion.condition: unknown modality "sound"; known are picture, caption+facts`}},
	{"film by what is elsewhere", edit(attend, "{type: concat, of: [{type: film, target: picture, condition: facts, of: [picture, caption]}, facts]}"),
		[]string{"10:70: fusion.of[0].condition: the input \"facts\" is not joined here; add it to `of`, or name one of picture, caption"}},
	{"film by itself", edit(attend, "{type: film, target: picture, condition: picture}"),
		[]string{`10:50: fusion.condition: "picture" cannot steer itself; name another modality, or use early, where its tokens attend to each other`}},
	{"film of three", edit(attend, "{type: film, target: picture, condition: caption}"),
		[]string{"10:9: fusion: \"facts\" is neither target nor condition; leave `condition` out for all others to steer the target, or join \"facts\" above"}},
	{"film in a circle", edit(attend, "{type: concat, of: [{type: film, target: picture, condition: caption, of: [picture, caption]}, {type: film, target: caption, condition: picture, of: [picture, caption]}, facts]}"),
		[]string{`10:104: fusion.of[1]: inputs steer each other in a circle: picture -> caption -> picture; use cross_attention or early, where tokens of each attend to the others`}},
	{"film in a tree in a circle", edit(attend, "{type: film, target: picture, of: [picture, {type: film, target: caption, of: [picture, caption]}, facts]}"),
		[]string{`10:9: fusion: inputs steer each other in a circle: caption -> picture -> caption; use cross_attention or early, where tokens of each attend to the others`}},
	{"answer as a feature", edit("[maker]", "[maker, label]"), []string{`9:75: inputs.facts.categorical[1]: reads the column "label", which is the answer`}},
	{"split as a feature", edit("column: text", "column: split"), []string{`8:33: inputs.caption.column: reads the column "split", which says what rows are for, and nothing of them`}},
	{"answer as a split", edit("column: label", "column: split"), []string{`11:36: output.column: is "split", the column of the splits`}},
	{"answer as a time", edit("{column: split}", "{time: label}"), []string{`11:36: output.column: is "label", by which the split orders the rows`}},
	{"answer as a group", edit("{column: split}", "{group: label}"), []string{`11:36: output.column: is "label", whose values the split keeps on one side`}},
	{"column twice", edit("[maker]", "[maker, width]"), []string{`9:37: inputs.facts.numeric: column "width" is named twice`}},
	{"no columns", edit("numeric: [width, weight], categorical: [maker], ", ""), []string{`9:12: inputs.facts.numeric: name at least one numeric or categorical column, or one of dates`}},
	{"no such figure", edit("validation.accuracy", "validation.acuracy"), []string{`18:29: training.early_stopping.monitor: unknown figure "validation.acuracy", did you mean "validation.accuracy"?`}},
	{"figure of another output", edit("validation.accuracy", "validation.rmse"), []string{`18:29: training.early_stopping.monitor: unknown figure "validation.rmse", did you mean "validation.loss"?`}},
	{"two figures", edit("epochs: 20", "monitor: train.loss"), []string{`18:29: training.early_stopping.monitor: is "validation.accuracy", and training.monitor is "train.loss"; give one of them`}},
	{"calibrated on no rows", edit("{column: split}", "{train: 0.9, test: 0.1}", "column: label}", "column: label, calibrate: true}", "validation.accuracy", "train.loss"), []string{`11:54: output.calibrate: is fitted on validation rows, and none are split off; set data.split.validation, or leave it out`}},
	{"weights of no rows", edit("{column: split}", "{train: 0.9, test: 0.1}", "{type: cross_attention, dim: 128, heads: 4, layers: 1}", "{type: score_average, weights: fitted}", "validation.accuracy", "train.loss"), []string{`10:40: fusion.weights: is fitted on validation rows, and none are split off; set data.split.validation, or leave it out`}},
	{"weights of numbers", edit("{type: multiclass, column: label}", "{type: regression, column: label}", "{type: cross_attention, dim: 128, heads: 4, layers: 1}", "{type: score_average, weights: fitted, calibrate: true}", "validation.accuracy", "validation.loss"), []string{
		`10:40: fusion.weights: is fitted to probabilities, and a regression has none; leave it out: numbers are averaged with equal weights`,
		`10:59: fusion.calibrate: is fitted to probabilities, and a regression has none; leave it out: numbers are averaged with equal weights`,
	}},
	{"fitted below the root", edit("{type: cross_attention, dim: 128, heads: 4, layers: 1}", "{type: score_average, of: [facts, {type: score_average, of: [picture, caption], weights: fitted, calibrate: true, train: separate}]}"), []string{
		`10:98: fusion.of[1].weights: are fitted to the decisions that the root of the tree joins, and these are joined further up; set them at a score_average at the root`,
		`10:117: fusion.of[1].calibrate: is fitted to the decisions that the root of the tree joins, and these are joined further up; set it at a score_average at the root, or output.calibrate`,
		`10:130: fusion.of[1].train: is separate, and what is fused here goes on into the fusion above, which is trained with it; train separately at the root of the tree, or jointly here`,
	}},
	{"figure of no rows", edit("{column: split}", "{train: 0.9, test: 0.1}"), []string{`18:29: training.early_stopping.monitor: is "validation.accuracy", and no rows are split off for validation; set data.split.validation, or monitor train.loss`}},
	{"tokenizer of n-grams", edit("max_tokens: 32, encoder: {type: transformer, layers: 2, heads: 4}", "tokenizer: {}, encoder: ngrams"), []string{`8:50: inputs.caption.tokenizer: has no effect, since the encoder ngrams reads n-grams; leave it out`}},
	{"n-grams of a transformer", edit("max_tokens: 32", "ngrams: {min_n: 2}"), []string{`8:47: inputs.caption.ngrams: has no effect, since the encoder transformer reads sub-words; leave it out`}},
	{"n-grams from long to short", edit("max_tokens: 32, encoder: {type: transformer, layers: 2, heads: 4}", "ngrams: {min_n: 4, max_n: 3}, encoder: ngrams"), []string{`8:65: inputs.caption.ngrams.max_n: must be at least min_n, is 3`}},
	{"more words than n-grams take", edit("max_tokens: 32, encoder: {type: transformer, layers: 2, heads: 4}", "max_tokens: 8000, encoder: ngrams"), []string{`8:51: inputs.caption.max_tokens: is 8000, expected at most 4095 words for n-grams`}},
	{"weights", edit("column: label", "column: label, class_weights: balance"), []string{`11:58: output.class_weights: must be one of none, balanced, sqrt_balanced, is "balance"; did you mean "balanced"?`}},

	// All at once, and nothing that only follows from them.
	{"several", edit("epochs: 20", "epochs: 0\n  shufle: true") + "seed: -1\n", []string{
		`13:11: training.epochs: must be at least 1, is 0`,
		`14:3: training: unknown key "shufle"; known are epochs, batch_size, accumulate, clip_norm, average, modality_dropout, monitor, early_stopping, checkpoint, workers, fingerprint, sample_weight, balance, balance_weight, init_from, optimizer, schedule`,
		`20:7: seed: must not be negative, is -1`,
	}},
	{"consequences", edit("dim: 128", "dim: wide"), []string{`10:38: fusion.dim: expected a whole number, found text "wide"`}},
	{"consequences of inputs", edit("  caption: {type: text", "  caption: {type: txt"), []string{`8:19: inputs.caption.type: unknown type of input "txt", did you mean "text"? Known are ` + strings.Join(config.Builtin().Inputs(), ", ")}},
}

func TestProblems(t *testing.T) {
	for _, c := range problemCases {
		t.Run(c.name, func(t *testing.T) {
			_, err := config.Parse("c.yaml", []byte(c.src), config.Builtin())
			var e *config.Error
			if !errors.As(err, &e) {
				t.Fatalf("got %T %v", err, err)
			}
			if e.ExitCode() != 2 {
				t.Errorf("exit code %d", e.ExitCode())
			}
			got := strings.ReplaceAll("\n"+e.Error(), "\nc.yaml:", "\n")[1:]
			if want := strings.Join(c.want, "\n"); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
	t.Logf("%d wrong configs", len(problemCases))
}
