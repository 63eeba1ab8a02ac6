package report_test

import (
	"encoding/json"
	"fmt"
	"html"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/difference"
	"github.com/chiasm-ml/chiasm/internal/report"
	"github.com/chiasm-ml/chiasm/metrics"
	"github.com/chiasm-ml/chiasm/trainer"
)

var hostile = map[string]string{
	"markup":        `<script>alert(1)</script><img src=x onerror=alert(1)>`,
	"closing":       `</title></style></pre></svg></table>--><!--`,
	"quotes":        `" onmouseover="alert(1)" ' x='`,
	"style":         `0);} body{display:none} .x{--v:url(javascript:alert(1))`,
	"template":      `{{.Name}} ${x} &lt; &amp;#39; <![CDATA[ ]]>`,
	"newlines":      "one\ntwo\r\nthree\rfour\u2028five\vsix",
	"escape codes":  "\x1b[31mred\x1b]8;;x\x07 \x00 \x7f \u0085 \u009b1m",
	"bidi":          "user\u202e txt.exe \u2066\u2067\u2068 \u200f\u061c",
	"unclosed":      "\u2069\u2069\u202a",
	"invisible":     "a\u200bb\u00adc\ufeffd\u2060e",
	"not UTF-8":     "a\xff\xfe\xc3(",
	"surrogate":     "\xed\xa0\x80 \ufffe \U0001ffff",
	"right to left": "שלום עולם مرحبا",
	"emoji":         "👩‍👩‍👧‍👦 🇩🇪",
	"empty":         "",
	"blank":         " \t ",
	"long":          strings.Repeat("long ", 50_000),
	"one long word": strings.Repeat("ß", 100_000),
	"formula":       "=1+1",
}

// withText is a page with every part, in which every text is s.
func withText(t testing.TB, s string) report.Page {
	t.Helper()
	var p report.Page
	fill(reflect.ValueOf(&p).Elem(), s, 0)
	for i := range p.Mistakes {
		for j := range p.Mistakes[i].Pictures {
			p.Mistakes[i].Pictures[j].Data = drawing(1)
		}
	}
	if p.Config != s || p.Classification.Classes[1].Label != s || p.Modules[0].Of[0].Name != s || p.Data.Cells[1].Splits[0].Name != s {
		t.Fatal("the page was not filled")
	}
	return p
}

// fill sets every text, two elements of every slice, and numbers to 1.
func fill(v reflect.Value, s string, depth int) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(s)
	case reflect.Int:
		v.SetInt(1)
	case reflect.Float64:
		v.SetFloat(1)
	case reflect.Pointer:
		if depth < 9 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(v.Elem(), s, depth+1)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), s, depth+1)
		}
	case reflect.Slice:
		if depth < 9 && v.Type().Elem().Kind() != reflect.Uint8 {
			v.Set(reflect.MakeSlice(v.Type(), 2, 2))
			for i := range 2 {
				fill(v.Index(i), s, depth+1)
			}
		}
	}
}

// skeleton is what a page is without its texts.
func skeleton(t testing.TB, page string) []string {
	t.Helper()
	var all []string
	for _, e := range parse(t, page) {
		var names []string
		for name := range e.attrs {
			names = append(names, name)
		}
		slices.Sort(names)
		all = append(all, e.name+" "+strings.Join(names, " "))
	}
	return all
}

// TestHostileText puts texts where they can be put, and looks whether any of
// them became more than text.
func TestHostileText(t *testing.T) {
	want := skeleton(t, render(t, withText(t, "x")))
	for name, s := range hostile {
		t.Run(name, func(t *testing.T) {
			page := render(t, withText(t, s))
			check(t, page)
			// Headings and lists that an empty text does without.
			if strings.TrimSpace(s) != "" {
				if diff := difference.Of(want, skeleton(t, page)); diff != "" {
					t.Errorf("the elements differ from those of a plain page:\n%s", diff)
				}
			}
			if len(page) > 3<<20 {
				t.Errorf("the page has %d bytes", len(page))
			}
		})
	}
}

func TestShownText(t *testing.T) {
	cases := []struct{ label, want string }{
		{"<b>", "<bdi><b></bdi>"},
		{"a\nb", "<bdi>a↵b</bdi>"},
		{"a\x1b[0m", "<bdi>a␛[0m</bdi>"},
		{"x\u202ey", "<bdi>x⟨U+202E⟩y</bdi>"},
		{"a\u200bb", "<bdi>a⟨U+200B⟩b</bdi>"},
		{"👩‍👧", "<bdi>👩‍👧</bdi>"},
		{"", "<bdi>(empty)</bdi>"},
		{strings.Repeat("é", 80), "<bdi>" + strings.Repeat("é", 59) + "…</bdi>"},
		{strings.Repeat("é", 60), "<bdi>" + strings.Repeat("é", 60) + "</bdi>"},
	}
	for _, c := range cases {
		page := html.UnescapeString(render(t, report.Page{Multilabel: &metrics.MultilabelResult{Classes: []metrics.Class{{Label: c.label}}}}))
		if !strings.Contains(page, `">`+c.want+`</th>`) {
			_, after, _ := strings.Cut(page, "<tbody>")
			t.Errorf("%q: want %s, got %s", c.label, c.want, after[:min(len(after), 300)])
		}
	}
}

// TestPassages keeps line ends in texts and the config, and ends long ones.
func TestPassages(t *testing.T) {
	page := render(t, report.Page{
		Config:   "a: 1\n\tb: \"\x1b\"\n",
		Mistakes: []report.Mistake{{Texts: []report.Field{{Name: "t", Value: " one\r\ntwo " + strings.Repeat("word ", 200)}}}},
	})
	for _, want := range []string{"<code>a: 1\n b: &#34;␛&#34;\n</code>", "<p dir=\"auto\">one\ntwo word"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if n := strings.Count(page, "word"); n > 75 || !strings.Contains(page, "…</p>") {
		t.Errorf("%d words of a long text are shown", n)
	}
}

// TestBounds gives more of everything than a page takes.
func TestBounds(t *testing.T) {
	const many = 2000
	long := strings.Repeat("wörter ", 100)
	p := report.Page{Name: long, Task: data.Multiclass, Config: strings.Repeat("key: value\n", 100_000)}
	classes := make([]metrics.Class, many)
	for i := range classes {
		classes[i] = metrics.Class{Label: fmt.Sprint(long, i), Precision: 0.5, Recall: 0.5, F1: 0.5, Support: i}
		p.Data.Labels = append(p.Data.Labels, data.LabelCount{Label: long, Rows: i})
		p.Data.Cells = append(p.Data.Cells, data.CellCount{Input: long, Column: long, Reason: long, Splits: make([]data.PartCount, 50)})
		p.Data.Flaws = append(p.Data.Flaws, data.Flaw{Column: long, Reason: long, Cells: i, Row: i})
		p.Data.Warnings, p.Data.Used = append(p.Data.Warnings, long), append(p.Data.Used, long)
		p.About = append(p.About, report.Field{Name: long, Value: long})
		p.Modules = append(p.Modules, report.Module{Name: long, Type: long, Shape: long, Of: []report.Module{{}, {}}})
		p.Training.History = append(p.Training.History, trainer.Epoch{Epoch: i + 1, Train: metrics.Values{{Name: "loss", Value: math.Sin(float64(i))}}})
	}
	p.Training.BestEpoch = 777
	p.Flow = &report.Module{Of: p.Modules}
	p.Classification = &metrics.ClassificationResult{Classes: classes}
	p.Regression = &report.Regression{Predicted: make([]float64, 10*many), True: make([]float64, 10*many)}
	p.Splits = make([]report.Split, 500)
	m := report.Mistake{True: long, Predicted: long, Texts: make([]report.Field, many), Values: make([]report.Field, many)}
	m.Texts[0].Value = strings.Repeat(long, 10_000)
	for range 60 {
		m.Pictures = append(m.Pictures, report.Picture{Name: long, Data: drawing(3)})
	}
	for range 40 {
		p.Mistakes = append(p.Mistakes, m)
	}
	page := render(t, p)
	check(t, page)
	if len(page) > 2<<20 {
		t.Errorf("the page has %d bytes", len(page))
	}
	for _, want := range []string{
		"24 of 40 are shown", "1,900 more, with support of at most 1,899 rows each", "1,900 more labels are left out",
		"1,900 more lines are left out", "1,950 more warnings", "5,700 modules inside these are left out",
		"202 of 2,000 epochs", "best: epoch 777", "2,000 of 20,000 rows", "4,028 more values",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	for what, count := range map[string][2]int{
		"cards":  {strings.Count(page, `<dl class="verdict">`), report.MaxMistakes},
		"points": {strings.Count(page, `r="2.4"`), report.MaxPoints},
	} {
		if count[0] != count[1] {
			t.Errorf("%d %s, want %d", count[0], what, count[1])
		}
	}
}

// TestDataReport reads what package data writes, all of it.
func TestDataReport(t *testing.T) {
	table, err := data.NewTable("t.csv", data.Strings("a", "1", "2"), data.Strings("b", "3", "4"))
	if err != nil {
		t.Fatal(err)
	}
	table.Flaws, table.CommentLines = []data.Flaw{{Column: "b", Reason: "cells are not UTF-8", Cells: 1, Row: 2}}, 3
	r := data.NewReport(table, []string{"a"})
	r.Splits(&data.Splits{Train: []int{0, 1}})
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var got report.Data
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.DisallowUnknownFields()
	if err := d.Decode(&got); err != nil {
		t.Fatal(err)
	}
	want := report.Data{
		File: "t.csv", Rows: 2, Splits: []data.PartCount{{Name: "train", Rows: 2}, {Name: "validation"}, {Name: "test"}},
		Used: []string{"a"}, Ignored: []string{"b"}, Flaws: table.Flaws, Comments: 3, Cells: []data.CellCount{}, Warnings: []string{"no row is for test", "no row is for validation"},
	}
	if diff := difference.Of(want, got); diff != "" {
		t.Error(diff)
	}
}

func FuzzText(f *testing.F) {
	for _, s := range hostile {
		if len(s) < 200 {
			f.Add(s)
		}
	}
	f.Fuzz(func(t *testing.T, s string) {
		page := render(t, withText(t, s))
		parse(t, page)
		checkCharacters(t, page)
	})
}
