package export

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/words"
)

//go:embed files
var files embed.FS

// Files of an exported folder.
const (
	ModelFile       = "model.onnx"
	DescriptionFile = "preprocessing.json"
	CheckFile       = "check.json"
	SamplesDir      = "samples"
)

// WriteONNX writes a model as ONNX into a folder, which it makes: the graph, its
// description, vocabularies, programs that use it, and a page that says how.
// Outputs are those of ONNX.
func WriteONNX(b *bundle.Bundle, dir string, outputs []string) (*Description, error) {
	if err := b.Check(); err != nil {
		return nil, err
	}
	graph, d, err := ONNX(b, outputs)
	if err != nil {
		return nil, err
	}
	contents := map[string][]byte{ModelFile: graph}
	if contents[DescriptionFile], err = toJSON(d, "  "); err != nil {
		return nil, err
	}
	text := false
	for _, in := range d.Inputs {
		text = text || in.Own.Words
		maps.Copy(contents, in.Own.Files)
	}
	if text {
		if contents[data.WordsFile], err = toJSON(words.Rules(), ""); err != nil {
			return nil, err
		}
	}
	samples, err := samples()
	if err != nil {
		return nil, err
	}
	for name, program := range samples {
		if text || !strings.HasPrefix(name, "text.") {
			contents[filepath.Join(SamplesDir, name)] = program
		}
	}
	contents["README.md"] = []byte(readme(b, d))
	return d, writeAll(dir, contents)
}

// samples are the programs that go with every export, by name.
func samples() (map[string][]byte, error) {
	all, err := files.ReadDir("files")
	if err != nil {
		return nil, err
	}
	out := map[string][]byte{}
	for _, f := range all {
		if out[f.Name()], err = files.ReadFile("files/" + f.Name()); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// WriteSamples writes the programs of an export into a folder of their own: those
// in an exported folder may have been changed, or have neighbours.
func WriteSamples(dir string) error {
	all, err := samples()
	if err != nil {
		return err
	}
	return writeAll(dir, all)
}

// toJSON is indented where a person may read it.
func toJSON(v any, indent string) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	err := e.Encode(v)
	return b.Bytes(), err
}

// WriteJSON writes a file of an exported folder that a person may read.
func WriteJSON(dir, name string, v any) error {
	b, err := toJSON(v, "  ")
	if err != nil {
		return err
	}
	return writeFile(dir, name, b)
}

func writeFile(dir, name string, content []byte) error {
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return &data.FileError{Path: filepath.Dir(path), Err: err}
	}
	return checkpoints.WriteFileAtomic(path, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

// WriteCases writes cases for samples/check.py: a folder each.
func WriteCases(dir string, cases []Case) error {
	for _, c := range cases {
		contents := map[string][]byte{}
		for _, a := range c.Inputs {
			contents[a.Name+".npy"] = a.npy()
		}
		for _, a := range c.Wanted {
			contents["want."+a.Name+".npy"] = a.npy()
		}
		if err := writeAll(filepath.Join(dir, c.Name), contents); err != nil {
			return err
		}
	}
	return nil
}

// readme says what is in the folder and how to use it.
func readme(b *bundle.Bundle, d *Description) string {
	var s strings.Builder
	var said []string
	for _, o := range d.Answers() {
		said = append(said, fmt.Sprintf("%s (%s)", o.Column, o.Type))
	}
	fmt.Fprintf(&s, "# %s\n\nAn exported model (%s): from %s it answers %s.\n\n", d.Name, d.Producer, strings.Join(b.Model.InputNames(), ", "), strings.Join(said, ", "))
	s.WriteString("| file | what |\n|---|---|\n| `model.onnx` | the graph, from raw inputs to answers; ONNX operators of version 17 |\n")
	s.WriteString("| `preprocessing.json` | how the cells of a row become the graph's inputs |\n")
	for _, in := range d.Inputs {
		for _, name := range slices.Sorted(maps.Keys(in.Own.Files)) {
			what := "a file of " + in.Name
			if says := in.Own.Says[name]; says != "" {
				what = "of " + in.Name + ": " + says
			}
			fmt.Fprintf(&s, "| `%s` | %s |\n", name, what)
		}
	}
	s.WriteString("| `samples/predict.py` | `pip install onnxruntime numpy pillow`, then `python samples/predict.py rows.jsonl --images FOLDER` |\n")
	s.WriteString("| `samples/predict.mjs` | `npm install onnxruntime-node pngjs sharp`, then `node samples/predict.mjs rows.jsonl --images FOLDER` |\n")
	s.WriteString("| `check.json` | whether ONNX Runtime was found to agree with the model, and how closely |\n\n")
	s.WriteString("## Inputs\n\n`N` is any number of rows. The last tensor of each input tells whether a row has it (1) or lacks it (0);\nwhat the others hold in a row that lacks it does not matter.\n\n| tensor | type | shape |\n|---|---|---|\n")
	for _, in := range d.Inputs {
		for _, t := range in.Tensors {
			fmt.Fprintf(&s, "| `%s` | %s | %s |\n", t.Name, t.Type, shape(t.Shape))
		}
	}
	s.WriteString("\n## Outputs\n\n| tensor | type | shape |\n|---|---|---|\n")
	tensors := func(all []Tensor) {
		for _, t := range all {
			fmt.Fprintf(&s, "| `%s` | %s | %s |\n", t.Name, t.Type, shape(t.Shape))
		}
	}
	for _, o := range d.Answers() {
		tensors(o.Tensors)
	}
	tensors(d.More)
	for _, o := range d.Answers() {
		if o.Labels != nil {
			fmt.Fprintf(&s, "\nColumns of `%s`, in order: %s.\n", o.Tensors[0].Name, strings.Join(o.Labels, ", "))
		}
	}
	return s.String()
}

func shape(dims []any) string {
	var parts []string
	for _, d := range dims {
		parts = append(parts, fmt.Sprint(d))
	}
	return strings.Join(parts, " × ")
}
