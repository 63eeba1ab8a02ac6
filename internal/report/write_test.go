package report_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/difference"
	"github.com/chiasm-ml/chiasm/internal/report"
	"github.com/chiasm-ml/chiasm/metrics"
	"github.com/chiasm-ml/chiasm/trainer"
)

// Run with -pages DIR to look at the sample pages.
var pages = flag.String("pages", "", "folder to write the sample pages to")

func render(t testing.TB, p report.Page) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.Write(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// An element is a tag of a page with its attributes.
type element struct {
	name  string
	attrs map[string]string
}

// parse reads a page, which is well-formed XML as well, so that every element
// is closed where it should be.
func parse(t testing.TB, page string) []element {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(page))
	d.Entity = xml.HTMLEntity
	var all []element
	for {
		token, err := d.Token()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
		if s, ok := token.(xml.StartElement); ok {
			e := element{s.Name.Local, map[string]string{}}
			for _, a := range s.Attr {
				e.attrs[a.Name.Local] = a.Value
			}
			all = append(all, e)
		}
	}
}

// check holds a page to what is promised of all pages.
func check(t testing.TB, page string) {
	t.Helper()
	elements := parse(t, page)
	ids := map[string]bool{}
	for _, e := range elements {
		if id := e.attrs["id"]; id != "" {
			if ids[id] {
				t.Errorf("the id %q is there twice", id)
			}
			ids[id] = true
		}
	}
	level := 0
	for i, e := range elements {
		for _, name := range strings.Fields(e.attrs["aria-labelledby"]) {
			if !ids[name] {
				t.Errorf("<%s> is labelled by %q, which is not there", e.name, name)
			}
		}
		checkElement(t, e, ids)
		switch e.name {
		case "h1", "h2", "h3", "h4":
			if l := int(e.name[1] - '0'); l > level+1 {
				t.Errorf("a heading of level %d comes after one of %d", l, level)
			} else {
				level = l
			}
		case "table":
			if elements[i+1].name != "caption" {
				t.Error("a table has no caption")
			}
		case "svg":
			if e.attrs["aria-hidden"] == "" && (e.attrs["role"] != "img" || elements[i+1].name != "title" || elements[i+2].name != "desc") {
				t.Errorf("a drawing has no title and description: %v", e.attrs)
			}
		}
	}
	for _, bad := range []string{"ZgotmplZ", "NaN", "Inf", "%!", "http:", "https:"} {
		if i := strings.Index(page, bad); i >= 0 {
			t.Errorf("the page has %q: …%s…", bad, page[max(0, i-60):min(len(page), i+60)])
		}
	}
	checkCharacters(t, page)
}

func checkElement(t testing.TB, e element, ids map[string]bool) {
	t.Helper()
	for name, value := range e.attrs {
		switch {
		case strings.HasPrefix(name, "on"):
			t.Errorf("<%s> has %s", e.name, name)
		case name == "href" && !(strings.HasPrefix(value, "#") && ids[value[1:]]):
			t.Errorf("a link leads to %q", value)
		case name == "src" && !strings.HasPrefix(value, "data:image/png;base64,") && !strings.HasPrefix(value, "data:image/jpeg;base64,"):
			t.Errorf("a source is %.40q", value)
		}
	}
	switch e.name {
	case "script", "iframe", "object", "embed", "link", "base", "form", "foreignObject", "image", "use":
		t.Errorf("the page has a <%s>", e.name)
	case "img":
		if e.attrs["alt"] == "" {
			t.Error("a picture has no alternative text")
		}
	case "th":
		if e.attrs["scope"] == "" {
			t.Error("a heading of a table has no scope")
		}
	}
}

// checkCharacters looks for what would not show, or would reorder the page.
func checkCharacters(t testing.TB, page string) {
	t.Helper()
	open := 0
	for i, r := range page {
		switch {
		case r == '\u2068':
			open++
		case r == '\u2069':
			open--
		case r == '<' && open != 0:
			t.Fatalf("an isolate is left open: …%s", page[max(0, i-60):i])
		case r < 0x20 && r != '\n', r == 0x7f, r >= 0x80 && r < 0xa0,
			r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2067, r == 0x200e, r == 0x200f, r == 0x61c:
			t.Fatalf("the page has U+%04X: …%q", r, page[max(0, i-60):i])
		}
	}
}

func TestSamples(t *testing.T) {
	for name, p := range samples(t) {
		t.Run(name, func(t *testing.T) {
			page := render(t, p)
			check(t, page)
			if again := render(t, p); again != page {
				t.Error("equal pages gave other bytes")
			}
			if *pages != "" {
				if err := os.WriteFile(filepath.Join(*pages, name+".html"), []byte(page), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// TestSections says which sections belong to which task, in their order.
func TestSections(t *testing.T) {
	all := map[string][]string{
		"multiclass": {"curve-loss", "curve-metric", "curve-rate", "confusion-title", "confused-title", "class-title", "reliability-name", "mistakes", "data", "flow-name", "config"},
		"many":       {"curve-loss", "curve-metric", "curve-rate", "confused-title", "class-title", "reliability-name", "mistakes", "data", "flow-name", "config"},
		"binary":     {"curve-loss", "curve-metric", "curve-rate", "confusion-title", "confused-title", "class-title", "reliability-name", "mistakes", "data", "flow-name", "config"},
		"multilabel": {"curve-loss", "curve-metric", "curve-rate", "label-title", "reliability-name", "mistakes", "data", "flow-name", "config"},
		"regression": {"curve-loss", "curve-metric", "curve-rate", "scatter-name", "histogram-name", "mistakes", "data", "flow-name", "config"},
	}
	of := func(page string) (ids []string) {
		for _, e := range parse(t, page) {
			if id := e.attrs["id"]; slices.Contains([]string{"confusion-title", "confused-title", "class-title", "label-title", "mistakes", "data", "config"}, id) ||
				strings.HasSuffix(id, "-name") || strings.HasPrefix(id, "curve-") && !strings.HasSuffix(id, "-text") {
				ids = append(ids, id)
			}
		}
		return ids
	}
	for name, p := range samples(t) {
		if diff := difference.Of(all[name], of(render(t, p))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestDegenerate(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	epoch := func(n int, loss float64) trainer.Epoch {
		return trainer.Epoch{Epoch: n, Step: n, LearningRate: loss, Train: metrics.Values{{Name: "loss", Value: loss}},
			Validation: metrics.Values{{Name: "loss", Value: loss}, {Name: "accuracy", Value: nan}}, Seconds: metrics.Number(nan), SamplesPerSecond: metrics.Number(inf)}
	}
	cases := map[string]report.Page{
		"nothing":    {},
		"only names": {Name: "a", Task: data.Multiclass, Target: "b"},
		"zero rows": {Task: data.Multiclass, Splits: []report.Split{{Name: "test", Values: metrics.Values{{Name: "loss", Value: nan}, {Name: "accuracy", Value: nan}}}},
			Classification: &metrics.ClassificationResult{Classes: []metrics.Class{{Label: "a", Precision: metrics.Number(nan), Recall: metrics.Number(nan), F1: metrics.Number(nan)}, {Label: "b"}},
				Confusion: [][]int{{0, 0}, {0, 0}}, Calibration: []metrics.Bin{{Low: 0, High: 1, Confidence: metrics.Number(nan), Accuracy: metrics.Number(nan)}}}},
		"one class": {Task: data.Multiclass, Splits: []report.Split{{Name: "test", Rows: 3, Values: metrics.Values{{Name: "accuracy", Value: 1}}}},
			Classification: &metrics.ClassificationResult{Classes: []metrics.Class{{Label: "a", Precision: 1, Recall: 1, F1: 1, Support: 3}}, Confusion: [][]int{{3}}}},
		"no confusion":     {Classification: &metrics.ClassificationResult{Classes: []metrics.Class{{Label: "a"}, {Label: "b"}}}},
		"no classes":       {Classification: &metrics.ClassificationResult{}, Multilabel: &metrics.MultilabelResult{}, Regression: &report.Regression{}},
		"one epoch":        {Training: trainer.Result{BestEpoch: 1, History: []trainer.Epoch{epoch(1, 0.5)}}},
		"a NaN epoch":      {Training: trainer.Result{BestEpoch: 1, History: []trainer.Epoch{epoch(1, 0.5), epoch(2, nan), epoch(3, 0.4), epoch(4, inf)}}},
		"only NaN":         {Training: trainer.Result{History: []trainer.Epoch{epoch(1, nan), epoch(2, nan)}}},
		"no best epoch":    {Training: trainer.Result{History: []trainer.Epoch{epoch(1, 2), epoch(2, 1)}}},
		"constant":         {Training: trainer.Result{BestEpoch: 2, History: []trainer.Epoch{epoch(1, 0), epoch(2, 0), epoch(3, 0)}}},
		"a resumed epoch":  {Training: trainer.Result{BestEpoch: 9, History: []trainer.Epoch{epoch(8, 1e-3), epoch(9, 1e-9)}}},
		"huge":             {Training: trainer.Result{BestEpoch: 1, History: []trainer.Epoch{epoch(1, math.MaxFloat64), epoch(2, -math.MaxFloat64), epoch(3, 5e-324)}}},
		"one pair":         {Task: data.Regression, Regression: &report.Regression{Predicted: []float64{2}, True: []float64{2}}},
		"all alike":        {Task: data.Regression, Regression: &report.Regression{Predicted: []float64{0, 0, 0}, True: []float64{0, 0, 0}}},
		"pairs of nothing": {Task: data.Regression, Regression: &report.Regression{Predicted: []float64{nan, inf, 1}, True: []float64{1, 1}}},
		"huge pairs":       {Task: data.Regression, Regression: &report.Regression{Predicted: []float64{-math.MaxFloat64, 0}, True: []float64{math.MaxFloat64, 1}}},
		"far from zero":    {Task: data.Regression, Regression: &report.Regression{Predicted: []float64{1e15, 1e15 + 1}, True: []float64{1e15 + 1, 1e15}}},
		"bare mistake":     {Mistakes: []report.Mistake{{}, {Probability: nan, Error: nan}}},
		"a module alone":   {Flow: &report.Module{}, Modules: []report.Module{{}}},
	}
	for name, p := range cases {
		t.Run(name, func(t *testing.T) { check(t, render(t, p)) })
	}
}

func TestUndefinedIsADash(t *testing.T) {
	nan := math.NaN()
	page := render(t, report.Page{Splits: []report.Split{
		{Name: "test", Rows: 4, Values: metrics.Values{{Name: "accuracy", Value: nan}, {Name: "loss", Value: math.Inf(1)}}},
		{Name: "train", Rows: 4, Values: metrics.Values{{Name: "loss", Value: 0.25}}},
	}})
	for _, row := range []string{
		`higher is better</span></span></th><td class="n">–</td><td class="n"></td>`,
		`lower is better</span></span></th><td class="n">–</td><td class="n">0.250</td>`,
	} {
		if !strings.Contains(page, row) {
			t.Errorf("the page lacks %s", row)
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestWriteError(t *testing.T) {
	if err := report.Write(full{}, report.Page{}); err == nil || err.Error() != "disk full" {
		t.Errorf("got %v", err)
	}
}
