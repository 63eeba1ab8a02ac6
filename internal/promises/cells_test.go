package promises_test

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/modality/tabular"
)

// cell is one row's cell.
func cell(row, column int, text string) func(p *place) {
	return func(p *place) { p.set(row, column, text) }
}

// TestNumbers is D3. An input with a wrong number is refused; what it could mean
// is said, never guessed.
func TestNumbers(t *testing.T) {
	masked := func(row, column int, text string) func(p *place) {
		return func(p *place) { p.masks("facts"); p.set(row, column, text) }
	}
	wrong := func(words ...string) outcomeOf { return refused(3, append(words, at(training), `"width"`)...) }
	suite(t, "D3", []input{
		{"NaN", cell(training, width, "NaN"), wrong("NaN", "leave the cell empty")},
		{"NaN where cells may be missing", masked(training, width, "NaN"), wrong("NaN", "leave the cell empty")},
		{"Inf", cell(training, width, "Inf"), wrong("Inf", "finite")},
		{"-Infinity", cell(training, width, "-Infinity"), wrong("-Infinity", "finite")},
		{"1e400", cell(training, width, "1e400"), wrong("1e400", "too large")},
		{"1e39, more than float32 holds", cell(training, width, "1e39"), wrong("1e39", "too large")},
		{"empty", cell(training, width, ""), wrong("empty", "missing: mask or mean")},
		{"empty under mask", masked(training, width, ""), accepted(counts("width", "masked", 1))},
		{"empty under mean", func(p *place) {
			p.replace("categorical: [maker], missing: error", "missing: mean")
			p.set(training, width, "")
		}, accepted(counts("width", "filled", 1))},
		{"decimal comma", cell(training, width, "1,5"), wrong("1,5", "decimal point")},
		{"underscore", cell(training, width, "1_000"), wrong("1_000", "write 1000")},
		{"hexadecimal", cell(training, width, "0x10"), wrong("0x10", "decimal")},
		{"minus sign U+2212", cell(training, width, "\u22125"), wrong("minus sign")},
		{"TRUE", cell(training, width, "TRUE"), wrong("TRUE", "1 or 0", "categorical")},
		{"a unit", cell(training, width, "12 cm"), wrong("12 cm", "without the unit")},
		{"10 kB of digits", cell(training, width, strings.Repeat("9", 10_000)), wrong("10000 bytes", "too large")},
		{"10 kB of decimals", cell(training, width, "0."+strings.Repeat("3", 10_000)), accepted()},
		{"an escape code", cell(training, width, "\x1b[31m5"), wrong(`\x1b`)},
		{"far from all training rows", cell(test, width, "1e30"), refused(3, at(test), `"width"`, "standard deviations", "transform")},
		{"statistics are of training rows", func(p *place) { p.set(validation, width, "50"); p.set(test, width, "50") }, accepted(func(t *testing.T, p *place) {
			state := p.read("run/model/preprocessing.json")
			p.set(validation, width, "-70")
			if o := p.train("--force"); o.code != 0 || !bytes.Equal(state, p.read("run/model/preprocessing.json")) {
				t.Errorf("rows of other splits are in the statistics: %d %s", o.code, o.errs)
			}
		})},
		{"no variance", func(p *place) {
			for i := range p.rows[1:] {
				if i%5 != 4 {
					p.set(i, width, "3")
				}
			}
		}, accepted(warns(`"width"`, "is 3 in every training row"))},
	})
}

// TestCategories is D4. A value that training rows do not have is the unknown
// one, with the id 0, and counted.
func TestCategories(t *testing.T) {
	differ := func(column string, words ...string) func(t *testing.T, p *place) {
		return warns(append(words, fmt.Sprintf("%q", column), "only in case, spaces, Unicode form or how a number is written")...)
	}
	alike := func(a, b string) func(p *place) {
		return func(p *place) { p.setAll(maker, func(i int) string { return []string{a, b}[i%2] }) }
	}
	suite(t, "D4", []input{
		{"unseen in training", cell(test, maker, "Cy"), accepted(counts("maker", "unknown", 1))},
		{"unseen when predicted", cell(0, maker, "Ada"), accepted(func(t *testing.T, p *place) {
			p.set(0, maker, "somebody")
			p.predict("later.csv")
		})},
		{"one only", func(p *place) { p.setAll(maker, func(int) string { return "Ada" }) }, accepted(warns(`"Ada" in every training row`))},
		{"rarer than min_count", cell(training, maker, "Cy"), accepted(counts("maker", "unknown", 1))},
		{fmt.Sprintf("%d of them", manyCategories), nil, learnCategories},
		{"literal <unk>", alike("<unk>", "Bo"), accepted(counts("maker", "unknown", 0))},
		{"case", alike("ada", "Ada"), accepted(differ("maker", `"ada"`, `"Ada"`), counts("maker", "unknown", 0))},
		{"space", alike("Ada", "Ada "), accepted(differ("maker", `"Ada "`), counts("maker", "unknown", 0))},
		{"composed and decomposed", alike("Zo\u00eb", "Zoe\u0308"), accepted(differ("maker"), counts("maker", "unknown", 0))},
		{"empty", cell(training, maker, ""), refused(3, at(training), `"maker"`, "empty", "mask")},
		{"empty under mask", func(p *place) { p.masks("facts"); p.set(training, maker, "") }, accepted(counts("maker", "masked", 1))},
		{"not UTF-8", cell(training, maker, "A\xff"), refused(3, at(training), `"maker"`, "not UTF-8")},
		{"formula", alike("=1+1", "@x"), accepted(counts("maker", "unknown", 0))},
	})
}

// learnCategories: however many there are, each is told apart.
func learnCategories(t *testing.T, _ *place) {
	const n = manyCategories
	values, rows := make([]string, n), make([]int, n)
	for i := range values {
		values[i], rows[i] = fmt.Sprint("c", i), i
	}
	table, err := data.NewTable("t.csv", data.Strings("c", values...))
	if err != nil {
		t.Fatal(err)
	}
	for least, want := range map[int]int{1: n, 2: 0} {
		p, err := tabular.New(tabular.Options{Categorical: []string{"c"}, Missing: data.MissingError, Transform: "none", MinCount: least})
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Fit(context.Background(), table, rows, nil); err != nil {
			t.Fatal(err)
		}
		if got := len(p.Categories()[0]); got != want {
			t.Errorf("%d categories that %d rows have, want %d", got, least, want)
		}
		if f := p.Features()[0]; f.Sizes[0] != want+1 {
			t.Errorf("%d ids, want %d", f.Sizes[0], want+1)
		}
	}
}

// TestLabels is D5.
func TestLabels(t *testing.T) {
	number := func(f func(i int) string) func(p *place) {
		return func(p *place) {
			p.answers("{type: regression, column: price}")
			if f != nil {
				p.setAll(price, f)
			}
		}
	}
	suite(t, "D5", []input{
		{"one class", func(p *place) { p.setAll(kind, func(int) string { return "bird" }) }, refused(3, `"kind"`, `"bird"`, "nothing to learn")},
		{"class only in validation", cell(validation, kind, "tree"), refused(3, at(validation), `"kind"`, `"tree"`, "no training row")},
		{"class only in test", cell(test, kind, "tree"), refused(3, at(test), `"kind"`, `"tree"`, "no training row")},
		{"missing in training", cell(training, kind, ""), refused(3, at(training), `"kind"`, "missing", "predict needs no answers")},
		{"missing in test", cell(test, kind, ""), refused(3, at(test), `"kind"`, "missing")},
		{"NaN for a class", cell(training, kind, "NaN"), refused(3, at(training), `"kind"`, "NaN")},
		{"measurements for classes", func(p *place) {
			p.setAll(kind, func(i int) string { return fmt.Sprint(float64(i) + 0.5) })
		}, refused(3, `"kind"`, "different numbers", "regression")},
		{"one number in two ways", func(p *place) { p.setAll(kind, func(i int) string { return []string{"1", "1.0", "2"}[i%3] }) }, refused(3, `"kind"`, `"1"`, `"1.0"`, "one number")},
		{fmt.Sprintf("%d classes", manyClasses), nil, learnClasses},
		{"three classes of two", func(p *place) {
			p.answers("{type: binary, column: kind}")
			p.set(training, kind, "tree")
		}, refused(3, `"kind"`, "two labels", "multiclass")},
		{"positive label that is none", func(p *place) { p.answers("{type: binary, column: kind, positive: tree}") }, refused(3, `"kind"`, `"tree"`, `"bird"`)},
		{"constant target", number(func(int) string { return "4" }), refused(3, `"price"`, "4 in every training row", "nothing to learn")},
		{"NaN for a number", number(func(i int) string { return []string{"1", "NaN"}[i%2] }), refused(3, at(1), `"price"`, "NaN")},
		{"text for a number", number(func(i int) string { return []string{"1", "dear"}[i%2] }), refused(3, at(1), `"price"`, "dear")},
		{"labels with nothing between", func(p *place) {
			p.answers("{type: multilabel, column: tags}")
			p.set(training, tags, "big||rare")
		}, refused(3, at(training), `"tags"`, "between two separators")},
		{"no answers to predict", nil, accepted(func(t *testing.T, p *place) {
			for i, row := range p.rows {
				p.rows[i] = row[:kind]
			}
			if rows := p.predict("later.csv"); len(rows) != 21 {
				t.Errorf("%d lines were predicted", len(rows))
			}
		})},
	})
}

// learnClasses: however many there are, training ends, and each has its column.
func learnClasses(t *testing.T, p *place) {
	p.setRows(manyClasses + 100)
	p.only("facts")
	p.replace("batch_size: 4", "batch_size: 1000")
	p.setAll(kind, func(i int) string { return fmt.Sprint("class", i%manyClasses) })
	p.setAll(split, func(i int) string { return []string{"train", "validation"}[i/manyClasses] })
	if o := p.train(); o.code != 0 {
		t.Fatalf("exit code %d: %s", o.code, o.errs)
	}
	p.rows = p.rows[:3]
	if rows := p.predict("out.csv"); len(rows[0]) != 10+1+manyClasses {
		t.Errorf("%d columns", len(rows[0]))
	}
}

// TestTexts is D6. Whatever a text holds is used or counted.
func TestTexts(t *testing.T) {
	suite(t, "D6", []input{
		{"empty", cell(training, caption, ""), refused(3, at(training), `"caption"`, "empty", "mask")},
		{"empty under mask", func(p *place) { p.masks("caption"); p.set(training, caption, "") }, accepted(counts("caption", "masked", 1))},
		{"blank", cell(training, caption, " \t "), accepted(counts("caption", "no tokens", 1))},
		{"blank in every row", func(p *place) { p.setAll(caption, func(int) string { return "  " }) }, accepted(counts("caption", "no tokens", 20))},
		{"blank in every row, alone and of n-grams", func(p *place) {
			p.only("caption")
			p.replace("{type: transformer, dim: 4, layers: 1, heads: 2, hidden: 4}", "{type: ngrams, dim: 4}")
			p.setAll(caption, func(int) string { return "  " })
		}, accepted(counts("caption", "no tokens", 20), allAlike)},
		{"10 MB", func(p *place) {
			p.replace("max_tokens: 5", "max_tokens: 50")
			p.set(training, caption, strings.Repeat("a long way to go ", 10<<20/17))
		}, accepted(counts("caption", "truncated", 1))},
		{"10 MB without a space", cell(training, caption, strings.Repeat("word", 10<<20/4)), accepted()},
		{"not UTF-8", cell(training, caption, "a \xff\xfebird"), refused(3, at(training), `"caption"`, "not UTF-8", "data.encoding")},
		{"combining marks", cell(training, caption, "bo\u0301at o\u0300\u0301\u0302\u0303\u0304 \u0301"), accepted()},
		{"composed and decomposed", func(p *place) { p.setAll(caption, func(int) string { return "caf\u00e9 na\u00efve" }) }, accepted(func(t *testing.T, p *place) {
			before := p.predict("composed.csv")
			p.setAll(caption, func(int) string { return "cafe\u0301 nai\u0308ve" })
			sameAnswers(t, before, p.predict("decomposed.csv"))
		})},
		{"right to left", cell(training, caption, "\u0637\u0627\u0626\u0631 \u202ebird\u202c"), accepted()},
		{"joined by ZWJ", cell(training, caption, "\U0001f468\u200d\U0001f469\u200d\U0001f467 bird \u200d"), accepted()},
		{"unknown tokens only", func(p *place) {
			p.setAll(caption, func(int) string { return "a bird" })
			p.set(test, caption, "\u9f98\u9f96 \u9f75")
		}, accepted(counts("caption", "unknown text", 1))},
		{"escape codes", cell(training, caption, "\x1b[2J\x1b]0;title\x07bird"), accepted(func(t *testing.T, p *place) {
			if o := p.train("--force"); strings.Contains(o.errs+o.out, "\x1b]0;") {
				t.Errorf("they reach the terminal: %q", o.errs)
			}
		})},
		{"lines", cell(training, caption, "a bird\r\n\nand \"a boat\"\n"), accepted()},
		{"NUL", cell(training, caption, "a\x00bird"), refused(3, at(training), `"caption"`, "NUL")},
	})
}

// allAlike: rows that say nothing are all given the same prediction.
func allAlike(t *testing.T, p *place) {
	t.Helper()
	rows := p.predict("alike.csv")
	for _, row := range rows[2:] {
		if a, b := fmt.Sprint(row[10:]), fmt.Sprint(rows[1][10:]); a != b {
			t.Errorf("%s and %s are predicted of rows that hold nothing", a, b)
		}
	}
}

// sameAnswers compares what stands behind the table's own columns.
func sameAnswers(t *testing.T, a, b [][]string) {
	t.Helper()
	if len(a) != len(b) || len(a) == 0 {
		t.Fatalf("%d and %d rows", len(a), len(b))
	}
	for i := range a {
		if x, y := fmt.Sprint(a[i][10:]), fmt.Sprint(b[i][10:]); x != y {
			t.Errorf("row %d: %s, want %s", i, y, x)
		}
	}
}

// The number zero is one number, however it is written.
func TestZero(t *testing.T) {
	for _, s := range []string{"0", "-0", "+0.0", "0e5", " 0 ", "0.e-400"} {
		if v, err := data.ParseNumber(s); err != nil || math.Abs(v) != 0 {
			t.Errorf("%q is %v, %v", s, v, err)
		}
	}
}
