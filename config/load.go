package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/creasty/defaults"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/strictyaml"
	"github.com/chiasm-ml/chiasm/modality/text"
	"github.com/chiasm-ml/chiasm/modality/text/tokenizer"
)

// Mistakes in a config. An Error holds all of them, each a Problem at a
// Position; its exit code is 2.
type (
	Error    = strictyaml.Error
	Problem  = strictyaml.Problem
	Position = strictyaml.Position
)

// Load reads a config file. Each of sets overrides one key, as in
// "training.epochs=3"; the value is YAML.
func Load(path string, reg *Registry, sets ...string) (*Config, error) {
	src, err := readFile(path)
	if err != nil {
		var pe *fs.PathError
		if errors.As(err, &pe) {
			err = pe.Err
		}
		return nil, &Error{Problems: []Problem{{At: Position{Source: path}, Message: "cannot be read: " + err.Error()}}}
	}
	return Parse(path, src, reg, sets...)
}

// mostBytes is one more than a config may have, so that one too large is told
// from one that fits, whatever the file is.
const mostBytes = 1<<20 + 1

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, errors.New("it is a folder")
	}
	return io.ReadAll(io.LimitReader(f, mostBytes))
}

// Parse reads a config from memory. Path names it in messages; the paths inside
// are relative to its folder.
func Parse(path string, src []byte, reg *Registry, sets ...string) (*Config, error) {
	doc, err := strictyaml.Parse(path, src, sets...)
	if err != nil {
		return nil, err
	}
	return decode(doc, reg, filepath.Dir(path))
}

// decode reads a document whose paths are relative to a folder.
func decode(doc *strictyaml.Document, reg *Registry, dir string) (*Config, error) {
	c := &Config{}
	report := doc.Decode(c, reg.tables())
	c.registry, c.report, c.dir = reg, report, dir
	c.complete()
	c.check()
	if err := report.Err(); err != nil {
		return nil, err
	}
	return c, nil
}

// complete fills in the defaults that depend on other keys.
func (c *Config) complete() {
	c.Data.Split.SplitConfig = c.Data.Split.WithDefaults()
	if s := &c.Data.Split; s.Column == "" && s.Seed == nil {
		seed := c.Seed
		s.Seed = &seed
	}
	c.completeInputs(c.Inputs)
	if c.HasFiles() && *c.Data.folder() == "" && c.Data.Path != "" {
		folder := c.Data.folder()
		if slices.ContainsFunc(c.Inputs, func(in Input) bool { return in.Type == Image }) {
			folder = &c.Data.Images // by the name that configs of images have had from the first
		}
		*folder = filepath.ToSlash(filepath.Dir(filepath.FromSlash(c.Data.Path)))
	}
	c.completeTraining(&c.Training, "training")
	for _, m := range c.Members {
		c.completeInputs(m.Inputs)
		if m.Training != nil {
			c.completeTraining(m.Training, memberPath(m.Name)+".training")
		}
	}
	if c.Fusion != nil && c.Fusion.Of == nil {
		for _, in := range c.Inputs {
			c.Fusion.Of = append(c.Fusion.Of, Operand{Input: in.Name})
		}
	}
}

// completeInputs gives texts what their encoders read.
func (c *Config) completeInputs(inputs []Input) {
	for i := range inputs {
		in, ok := inputs[i].Config.(TextInput)
		if !ok {
			continue
		}
		switch words := c.registry.ngrams[in.Encoder.Type]; {
		case words && in.NGrams == nil:
			o := Defaults[text.NGramsOptions]()
			in.NGrams = &o
		case !words && in.Tokenizer == nil:
			o := Defaults[tokenizer.Options]()
			in.Tokenizer = &o
		}
		inputs[i].Config = in
	}
}

// completeTraining gives early stopping and training the same figure to monitor.
func (c *Config) completeTraining(t *Training, at string) {
	stop := t.EarlyStopping
	if stop == nil {
		return
	}
	switch {
	case stop.Monitor == "":
		stop.Monitor = t.Monitor
	case !c.report.Given(at + ".monitor"):
		t.Monitor = stop.Monitor
	}
	t.Config.EarlyStopping = &stop.EarlyStopping
}

// Defaults is a struct of options as it is where a config gives none of them:
// an encoders.CNNConfig, a trainer.Config, or a plug-in's own. Keys that a
// config must give are zero.
func Defaults[C any]() C {
	var c C
	defaults.MustSet(&c)
	return c
}

// YAML is the effective config: every key, every default filled in, in the
// order of the documentation and, for inputs, of the file. Parse gives the same
// Config back.
func (c *Config) YAML() ([]byte, error) { return strictyaml.Marshal(c) }

// TablePath is the path of the table.
func (c *Config) TablePath() string {
	if c.Data.Path == data.Standard {
		return data.Standard
	}
	return c.resolve(c.Data.Path)
}

// DialectOf is how a table is taken to be written: as the config's own, but for
// what is true of that file alone. How it is compressed is one such thing, and
// JSON is UTF-8 where the config's table is a CSV.
func (c *Config) DialectOf(table string) data.Dialect {
	dialect := c.Data.Dialect
	if table != c.TablePath() {
		dialect.Compression = ""
	}
	if isJSON(table) && !isJSON(c.Data.Path) {
		dialect.Encoding = ""
	}
	return dialect
}

func isJSON(path string) bool {
	format, err := data.FormatOf(path)
	return err == nil && (format == data.JSONL || format == data.JSON)
}

// FilesPath is the folder of the files that cells name; "" if none does.
func (c *Config) FilesPath() string {
	folder := *c.Data.folder()
	if folder == "" {
		return ""
	}
	return c.resolve(folder)
}

// InitPath is where the model begins; "" for chance.
func (c *Config) InitPath() string {
	if c.Training.InitFrom == nil {
		return ""
	}
	return c.resolve(c.Training.InitFrom.Path)
}

func (c *Config) resolve(path string) string {
	path = filepath.FromSlash(path)
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(c.dir, path)
}

// For is the config for a file in another folder: the same, with its relative
// paths rewritten so that they lead to the same places from there.
func (c *Config) For(folder string) (*Config, error) {
	moved := *c
	moved.Inputs = slices.Clone(c.Inputs)
	paths := []*string{&moved.Data.Path, moved.Data.folder()}
	if from := c.Training.InitFrom; from != nil {
		own := *from
		moved.Training.InitFrom = &own
		paths = append(paths, &own.Path)
	}
	for _, p := range paths {
		if *p == "" || *p == data.Standard || filepath.IsAbs(filepath.FromSlash(*p)) {
			continue
		}
		rel, err := relative(folder, c.resolve(*p))
		if err != nil {
			return nil, fmt.Errorf("config for %s: %w", folder, err)
		}
		*p = filepath.ToSlash(rel)
	}
	moved.dir = folder
	return &moved, nil
}

// relative is the path that leads from a folder to a target, both as seen from
// the working directory. Where there is none (another drive), it is the target's
// absolute path.
func relative(folder, target string) (string, error) {
	from, err := filepath.Abs(folder)
	if err != nil {
		return "", err
	}
	to, err := filepath.Abs(target)
	if err != nil {
		return "", err
	}
	if rel, err := filepath.Rel(from, to); err == nil {
		return rel, nil
	}
	return to, nil
}
