package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/cli/internal/app"
	"github.com/chiasm-ml/chiasm/explain"
	"github.com/chiasm-ml/chiasm/internal/sample"
)

// Each row has a page and a file that can be read back; the index leads to all.
func TestExplain(t *testing.T) {
	c := sample.Default()
	c.Fusion = "{type: cross_attention, dim: 4, heads: 2, hidden: 3}"
	w := newWorkshop(t, c)
	run, _ := w.train(t)
	src := app.SourceOptions{Model: run, Data: w.at("data.csv")}
	o := app.ExplainOptions{SourceOptions: src, Rows: "3,1-2", Output: w.at("why")}
	var out, errs bytes.Buffer
	if err := app.Explain(context.Background(), o, app.Streams{Out: &out, Err: &errs, JSON: true}); err != nil {
		t.Fatal(err)
	}
	var summary struct {
		Rows []struct {
			Row        int
			Page, JSON string
		}
	}
	if err := json.Unmarshal(out.Bytes(), &summary); err != nil {
		t.Fatal(err)
	}
	if len(summary.Rows) != 3 || summary.Rows[0].Row != 3 || summary.Rows[2].Row != 2 {
		t.Fatalf("explained %+v", summary.Rows)
	}
	index := string(read(t, filepath.Join(o.Output, "index.html")))
	for _, r := range summary.Rows {
		var x explain.Explanation
		if err := json.Unmarshal(read(t, r.JSON), &x); err != nil || x.Row != r.Row {
			t.Errorf("%s: row %d, %v", r.JSON, x.Row, err)
		}
		if sum := x.Contributions; sum == nil || len(sum.Inputs) == 0 {
			t.Errorf("%s has no contributions", r.JSON)
		}
		page := string(read(t, r.Page))
		for _, want := range []string{"What speaks for it", "encoders.caption.block0.attention", "fusion.caption_to_facts.layer0.attention"} {
			if !strings.Contains(page, want) {
				t.Errorf("%s has no %q", r.Page, want)
			}
		}
		pictured := slices.Contains(x.Present, "picture")
		for _, want := range []string{`<use href="#picture-0"/>`, "fusion.caption_to_picture.layer0.attention", "data:image/png;base64,"} {
			if strings.Contains(page, want) != pictured {
				t.Errorf("%s: %q, the row has %v", r.Page, want, x.Present)
			}
		}
		if !strings.Contains(index, `href="`+filepath.Base(r.Page)+`"`) {
			t.Errorf("the index does not lead to %s", r.Page)
		}
	}
	refuse := func(what, want string, change func(*app.ExplainOptions)) {
		t.Helper()
		bad := app.ExplainOptions{SourceOptions: src, Output: w.at("never")}
		change(&bad)
		err := app.Explain(context.Background(), bad, app.Streams{Out: &out, Err: &errs})
		var coded interface{ ExitCode() int }
		if !errors.As(err, &coded) || coded.ExitCode() != 2 || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", what, err)
		}
		if _, err := os.Stat(w.at("never")); err == nil {
			t.Errorf("%s: a folder is made", what)
		}
	}
	refuse("a full folder", "is not empty", func(b *app.ExplainOptions) { b.Output = o.Output })
	refuse("no such row", "there is no row 9999", func(b *app.ExplainOptions) { b.Rows = "9999" })
	refuse("row 0", "the first row is 1", func(b *app.ExplainOptions) { b.Rows = "0-3" })
	refuse("both", "not both", func(b *app.ExplainOptions) { b.Rows, b.Worst = "1", 2 })
	refuse("no such label", `no label "fish"`, func(b *app.ExplainOptions) { b.Label = "fish" })
	refuse("not in the split", `is in the split "test"`, func(b *app.ExplainOptions) { b.Rows, b.Split = "1", "test" })
}

// The worst mistakes come first, and are mistakes.
func TestExplainWorst(t *testing.T) {
	for _, output := range []string{"{type: multiclass, column: kind}", "{type: regression, column: price}", "{type: multilabel, column: tags}", "{type: binary, column: pass}"} {
		c := sample.Default()
		c.Output = output
		w := newWorkshop(t, c)
		run, _ := w.train(t)
		o := app.ExplainOptions{SourceOptions: app.SourceOptions{Model: run, Data: w.at("data.csv")}, Worst: 2, Output: w.at("why")}
		var out, errs bytes.Buffer
		if err := app.Explain(context.Background(), o, app.Streams{Out: &out, Err: &errs}); err != nil {
			t.Fatal(err)
		}
		files, err := filepath.Glob(filepath.Join(o.Output, "row-*.json"))
		if err != nil || len(files) != 2 || !strings.Contains(out.String(), "2 explanations") {
			t.Fatalf("%s: %d files, %v; said %s", output, len(files), err, out.String())
		}
		for _, f := range files {
			var x explain.Explanation
			if err := json.Unmarshal(read(t, f), &x); err != nil {
				t.Fatal(err)
			}
			if x.Target == nil {
				t.Errorf("%s: %s has no answer", output, f)
			} else if p, err := json.Marshal(x.Prediction); err != nil || string(p) == string(must(json.Marshal(x.Target))) {
				t.Errorf("%s: %s is no mistake", output, f)
			}
		}
	}
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}
