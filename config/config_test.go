package config_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/internal/difference"
)

// whole is a config of every type of input, in the short forms of the
// documentation.
const whole = `name: emoji
data:
  path: data.csv
  images: images
  split: {column: split}
inputs:
  picture: {type: image, column: image, size: 32, encoder: {type: cnn, channels: [32, 64, 128]}}
  caption: {type: text, column: text, max_tokens: 32, encoder: {type: transformer, layers: 2, heads: 4}}
  facts:   {type: tabular, numeric: [width, weight], categorical: [maker], encoder: {type: mlp, hidden: [128]}}
fusion: {type: cross_attention, dim: 128, heads: 4, layers: 1}
output: {type: multiclass, column: label}
training:
  epochs: 20
  batch_size: 32
  optimizer: {type: adamw, learning_rate: 1e-3, weight_decay: 0.01}
  schedule: {type: cosine, warmup: 0.05}
  clip_norm: 1.0
  early_stopping: {monitor: validation.accuracy, patience: 5}
`

// alone is the shortest config: one input, all else by default.
const alone = `name: alone
data: {path: data.csv}
inputs:
  facts: {type: tabular, numeric: [width]}
output: {type: regression, column: price}
`

func parse(t testing.TB, src string, sets ...string) *config.Config {
	t.Helper()
	c, err := config.Parse("folder/train.yaml", []byte(src), config.Builtin(), sets...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func yaml(t testing.TB, c *config.Config) string {
	t.Helper()
	b, err := c.YAML()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// The effective config has every option, in order. A new option changes it: go
// generate renews the file.
func TestEffectiveConfig(t *testing.T) {
	got := yaml(t, parse(t, alone))
	const file = "testdata/alone.yaml"
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := difference.Of(string(want), got); d != "" {
		t.Error(d)
	}
}

// The effective config gives the same config back, and the same text.
func TestRoundTrip(t *testing.T) {
	for name, src := range map[string]string{
		"whole": whole,
		"alone": alone,
		"late":  strings.Replace(whole, "cross_attention, dim: 128, heads: 4, layers: 1", "score_average, of: [{type: cross_attention, of: [caption, picture], pairs: [{query: caption, key: picture}]}, facts]", 1),
		"labels": strings.NewReplacer(
			"multiclass, column: label", `binary, column: label, positive: "yes", class_weights: {"yes": 2, "no": 1}`,
		).Replace(whole),
	} {
		c := parse(t, src)
		text := yaml(t, c)
		back := parse(t, text)
		if d := difference.Of(c, back, difference.Exported); d != "" {
			t.Errorf("%s: %s\n%s", name, d, text)
		}
		if d := difference.Of(text, yaml(t, back)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

func TestInputsKeepTheirOrder(t *testing.T) {
	var names []string
	for _, in := range parse(t, whole).Inputs {
		names = append(names, in.Name)
	}
	if got := strings.Join(names, " "); got != "picture caption facts" {
		t.Errorf("inputs are %s", got)
	}
}

func TestDefaultsThatDependOnOtherKeys(t *testing.T) {
	c := parse(t, strings.Replace(whole, "  images: images\n", "", 1), "data.path=tables/data.csv")
	if c.Data.Images != "tables" {
		t.Errorf("images are in %q", c.Data.Images)
	}
	if of := c.Fusion.Of; len(of) != 3 || of[0].Input != "picture" || of[2].Input != "facts" {
		t.Errorf("the fusion joins %v", of)
	}
	if c.Training.Monitor != "validation.accuracy" || c.Training.Config.EarlyStopping.Patience != 5 {
		t.Errorf("training is %+v", c.Training)
	}
	if text := parse(t, whole).Inputs[1].Config.(config.TextInput); text.Tokenizer.VocabSize != 8000 {
		t.Errorf("the tokenizer is %+v", text.Tokenizer)
	}
	if c := parse(t, alone, "data.split={train: 0.5, validation: 0.5}"); c.Data.Split.Test != 0 {
		t.Errorf("the split is %+v", c.Data.Split)
	}
}

func TestPaths(t *testing.T) {
	c := parse(t, whole, "data.path=../data.csv")
	if got := c.TablePath(); got != "data.csv" {
		t.Errorf("the table is %s", got)
	}
	if got, want := c.FilesPath(), filepath.Join("folder", "images"); got != want {
		t.Errorf("images are in %s, want %s", got, want)
	}
	moved, err := c.For(filepath.Join("runs", "emoji"))
	if err != nil {
		t.Fatal(err)
	}
	if moved.Data.Path != "../../data.csv" || moved.Data.Images != "../../folder/images" {
		t.Errorf("for runs/emoji the paths are %s and %s", moved.Data.Path, moved.Data.Images)
	}
	if moved.TablePath() != c.TablePath() || moved.FilesPath() != c.FilesPath() || c.Data.Path != "../data.csv" {
		t.Errorf("moved: %s and %s; before: %s", moved.TablePath(), moved.FilesPath(), c.Data.Path)
	}
	absolute := filepath.ToSlash(t.TempDir())
	c = parse(t, alone, "data.path="+absolute+"/data.csv")
	if moved, err = c.For("elsewhere"); err != nil || moved.Data.Path != absolute+"/data.csv" {
		t.Errorf("an absolute path becomes %s (%v)", moved.Data.Path, err)
	}
	if c.HasFiles() || c.FilesPath() != "" || !parse(t, whole).HasFiles() {
		t.Error("only one of the two has images")
	}
}

// The folder of files has two names, of which a config gives one; what was given stays.
func TestFilesAndImagesAreOneFolder(t *testing.T) {
	files := strings.Replace(whole, "  images: images\n", "  files: images\n", 1)
	c := parse(t, files)
	if c.Data.Images != "" || c.FilesPath() != parse(t, whole).FilesPath() {
		t.Errorf("files are in %q, images in %q", c.Data.Files, c.Data.Images)
	}
	if moved, err := c.For("runs"); err != nil || moved.Data.Files != "../folder/images" || moved.Data.Images != "" {
		t.Errorf("moved, files are in %q and images in %q, %v", moved.Data.Files, moved.Data.Images, err)
	}
	_, err := config.Parse("c.yaml", []byte(strings.Replace(whole, "  images: images\n", "  images: images\n  files: images\n", 1)), config.Builtin())
	if err == nil || !strings.Contains(err.Error(), "data.images: is another name for data.files") {
		t.Errorf("both names give %v", err)
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "train.yaml")
	if err := os.WriteFile(path, []byte(alone), 0o644); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(path, config.Builtin(), "training.epochs=3")
	if err != nil || c.Training.Epochs != 3 || c.TablePath() != filepath.Join(dir, "data.csv") {
		t.Errorf("%v: %+v", err, c)
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "none.yaml"): "cannot be read: no such file or directory",
		dir:                             "cannot be read: it is a folder",
		"/dev/zero":                     "/dev/zero:1:1: larger than 1048576 bytes, too large for a configuration",
	} {
		_, err := config.Load(path, config.Builtin())
		if err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", path, err, want)
		}
		if coded, ok := err.(interface{ ExitCode() int }); !ok || coded.ExitCode() != 2 {
			t.Errorf("%s: the exit code is not 2", path)
		}
	}
}

func TestBytes(t *testing.T) {
	for text, want := range map[string]config.Bytes{
		"0": 0, "0B": 0, "1B": 1, "3KiB": 3 << 10, "512MiB": 512 << 20, "2 GiB": 2 << 30,
	} {
		var b config.Bytes
		if err := b.UnmarshalText([]byte(text)); err != nil || b != want {
			t.Errorf("%s is %d (%v), want %d", text, b, err, want)
		}
		back, err := b.MarshalText()
		var again config.Bytes
		if err != nil || again.UnmarshalText(back) != nil || again != b {
			t.Errorf("%s is written %s", text, back)
		}
	}
	for _, text := range []string{"", "12", "1GB", "-1MiB", "1.5GiB", "9999999999GiB", "GiB", "MiB1"} {
		var b config.Bytes
		if err := b.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is taken for %d", text, b)
		}
	}
}
