package promises_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// The exported samples decide by the thresholds that are in the bundle, as predict
// does: one of a binary output, and those of labels that differ.
func TestF32_SamplesDecideByThresholds(t *testing.T) {
	for name, output := range map[string]string{
		"binary":            `{type: binary, column: label, threshold: 0.27}`,
		"binary, chosen":    `{type: binary, column: label, threshold: {recall: 0.95}}`,
		"multilabel":        `{type: multilabel, column: labels, threshold: 0.27}`,
		"multilabel, of F1": `{type: multilabel, column: labels, threshold: f1}`,
	} {
		t.Run(name, func(t *testing.T) {
			p := &place{t: t, dir: t.TempDir(), yaml: fmt.Sprintf(`name: thresholds
data: {path: data.csv, split: {train: 0.5, validation: 0.3, test: 0.2}}
inputs: {facts: {type: tabular, numeric: [x, y], encoder: {type: mlp, hidden: [6]}}}
output: %s
training: {epochs: 2, batch_size: 8}
`, output)}
			p.rows = [][]string{{"x", "y", "label", "labels"}}
			for i := range 80 {
				var labels []string
				for j, l := range []string{"a", "b", "c"} {
					if (i*(j+3)+i/7)%(3+2*j) == 0 {
						labels = append(labels, l)
					}
				}
				p.rows = append(p.rows, []string{fmt.Sprint(i % 9), fmt.Sprint(i % 7), []string{"no", "no", "no", "yes"}[(i+i/9)%4], strings.Join(labels, "|")})
			}
			for _, o := range []outcome{p.train(), p.chiasm("export", "--model", p.at("run"), "--output", p.at("exported")), p.chiasm("predict", "--model", p.at("run"), "--data", p.at("data.csv"), "--output", p.at("predicted.jsonl"))} {
				if o.code != 0 {
					t.Fatal(o.errs)
				}
			}
			d := &doors{place: p}
			want := decisions(t, p.read("predicted.jsonl"))
			var rows bytes.Buffer
			for _, r := range p.rows[1:] {
				fmt.Fprintf(&rows, "{\"x\": %s, \"y\": %s}\n", r[0], r[1])
			}
			d.write("rows.jsonl", rows.Bytes())
			holds := func(t *testing.T, program ...string) {
				out, err := exec.Command(program[0], append(program[1:], d.at("rows.jsonl"))...).Output()
				if err != nil {
					t.Fatal(err)
				}
				if got := decisions(t, out); !slices.Equal(got, want) {
					t.Errorf("the sample decides %q, predict %q", got, want)
				}
			}
			t.Run("predict.py", func(t *testing.T) {
				interpreter := python(t)
				if err := exec.Command(interpreter, "-c", "import numpy, onnxruntime").Run(); err != nil {
					t.Skipf("left out: %s has no numpy and onnxruntime", interpreter)
				}
				holds(t, interpreter, d.at("exported/samples/predict.py"))
			})
			t.Run("predict.mjs", func(t *testing.T) {
				interpreter := node(t)
				d.modules(t)
				holds(t, interpreter, d.at("exported/samples/predict.mjs"))
			})
		})
	}
}

// decisions are the predictions of rows of JSON, labels joined.
func decisions(t *testing.T, lines []byte) (all []string) {
	for line := range bytes.Lines(lines) {
		var said struct{ Prediction any }
		if err := json.Unmarshal(line, &said); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if labels, ok := said.Prediction.([]any); ok {
			said.Prediction = strings.Trim(strings.ReplaceAll(fmt.Sprint(labels), " ", "|"), "[]")
		}
		all = append(all, fmt.Sprint(said.Prediction))
	}
	return all
}
