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

// checkExport writes the model as ONNX and reads the graph back.
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
	if same, err := again.Marshal(); err != nil || string(same) != string(b) {
		t.Errorf("a second export is another file (error %v)", err)
	}
	if kept != "" {
		writeCases(t, r, d, filepath.Join(dir, "cases"))
	}
}

func writeCases(t *testing.T, r *run, d *export.Description, dir string) {
	ctx := context.Background()
	r.ReadImages(sample.Source(sample.Images()))
	defer r.ReadImages(sample.Source(sample.Images()))
	for _, prefix := range []string{"real", "random"} {
		table := sample.Table(rows)
		if prefix == "random" {
			var source data.ImageSource
			var err error
			if table, source, err = export.RandomRows(&r.Bundle, rows+11); err != nil {
				t.Fatal(err)
			}
			r.ReadImages(source)
		}
		set, err := data.NewDataset(table, r.Inputs, r.Target, data.DatasetOptions{WithoutTarget: true, MissingAll: true})
		if err != nil {
			t.Fatal(err)
		}
		var all []int
		for i := range table.Len() {
			all = append(all, i)
		}
		cases, err := export.Cases(ctx, &r.Bundle, d, table, set, all, prefix)
		if err != nil {
			t.Fatal(err)
		}
		if err := export.WriteCases(dir, cases); err != nil {
			t.Fatal(err)
		}
	}
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
