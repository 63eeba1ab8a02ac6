package bundle_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/export"
	"github.com/chiasm-ml/chiasm/internal/onnx/onnxtest"
	"github.com/chiasm-ml/chiasm/internal/sample"
)

// exportsVariable names a folder in which checkExport leaves what it wrote, and
// rows with the model's answers, for scripts/onnx/check.py.
const exportsVariable = "CHIASM_EXPORTS"

// checkExport writes the model as ONNX, reads the graph back and runs it.
func checkExport(t *testing.T, r *run) {
	dir := t.TempDir()
	kept := os.Getenv(exportsVariable)
	if kept != "" {
		dir = filepath.Join(kept, strings.NewReplacer("/", "-", " ", "_", ",", "").Replace(t.Name()))
	}
	outputs := []string{"pooled"}
	if kept != "" {
		for _, group := range []string{"attention", "shares"} { // where there are such
			if _, _, err := export.ONNX(&r.Bundle, []string{group}); err == nil {
				outputs = append(outputs, group)
			}
		}
	}
	d, err := export.WriteONNX(&r.Bundle, dir, outputs)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, export.ModelFile))
	if err != nil {
		t.Fatal(err)
	}
	onnxtest.Check(t, b)
	again, _, err := export.ONNX(&r.Bundle, outputs)
	if err != nil {
		t.Fatal(err)
	}
	if string(again) != string(b) {
		t.Error("a second export is another file")
	}
	for _, c := range exportCases(t, r, d, 5) {
		onnxtest.Compare(t, c.Name, b, values(c.Inputs), values(c.Wanted))
	}
	if kept != "" {
		if err := export.WriteCases(filepath.Join(dir, "cases"), exportCases(t, r, d, rows)); err != nil {
			t.Fatal(err)
		}
	}
}

// exportCases are n rows of the sample and more at random, with what the model
// answers.
func exportCases(t *testing.T, r *run, d *export.Description, n int) []export.Case {
	defer r.ReadFiles(sample.Source(sample.Images()))
	var all []export.Case
	for _, prefix := range []string{"real", "random"} {
		table, source := sample.Table(n), data.Files(sample.Source(sample.Images()))
		if prefix == "random" {
			var err error
			if table, source, err = export.RandomRows(&r.Bundle, n+n/3); err != nil {
				t.Fatal(err)
			}
		}
		r.ReadFiles(source)
		set, err := data.NewDataset(table, r.Inputs, r.Target, data.DatasetOptions{WithoutTarget: true, MissingAll: true})
		if err != nil {
			t.Fatal(err)
		}
		every := make([]int, table.Len())
		for i := range every {
			every[i] = i
		}
		cases, err := export.Cases(context.Background(), &r.Bundle, d, table, set, every, prefix)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, cases...)
	}
	return all
}

// values are arrays by name.
func values(arrays []export.Array) map[string]onnxtest.Value {
	out := map[string]onnxtest.Value{}
	for _, a := range arrays {
		out[a.Name] = onnxtest.Value{Shape: a.Shape, Data: a.Numbers()}
	}
	return out
}

// TestExportSays reads what an export says of a model.
func TestExportSays(t *testing.T) {
	dir := t.TempDir()
	c := sample.Default()
	c.Output = "{type: binary, column: pass}"
	r := newRun(t, c.YAML())
	if _, err := export.WriteONNX(&r.Bundle, dir, []string{"pooled", "attention"}); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, export.DescriptionFile))
	if err != nil {
		t.Fatal(err)
	}
	var d export.Description
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, o := range d.Output.Tensors {
		names = append(names, o.Name)
	}
	want := "probabilities logits attention.encoders.caption.block0.attention pooled.caption pooled.facts pooled.fusion pooled.picture"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("the outputs are %s, want %s", got, want)
	}
	if got := strings.Join(d.Output.Labels, " "); got != "no yes" {
		t.Errorf("the labels are %q", got)
	}
	if _, err := export.WriteONNX(&r.Bundle, t.TempDir(), []string{"pooled.nothing"}); err == nil || !strings.Contains(err.Error(), "pooled.caption") {
		t.Errorf("an output that there is not: %v", err)
	}
}
