package cells

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/chiasm-ml/chiasm/data"
)

// A Case is one way to write a cell.
type Case struct {
	Says string // what it is, where that cannot be seen
	// JSON is the value as it stands in a row of JSON, or, if it begins with {, a whole
	// row in which C stands for the column. Empty: there is no such JSON.
	JSON string
	// Text is the cell in a CSV or in a form; nil: these cannot say it.
	Text *string
}

// text is a case that a string of JSON, a CSV and a form have in common.
func text(s, says string) Case {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // of a string
	}
	return Case{says, string(b), &s}
}

func literal(value, says string) Case { return Case{says, value, nil} }

// Texts are cases of texts.
func Texts() []Case {
	cases := []Case{
		text("", "empty"), text(" ", "a space"), text("\t", "a tab"), text("50", ""), text("1", ""), text("1.0", ""), text("1.", ""), text(".5", ""), text("007", ""), text("+5", ""), text("-0", ""),
		text("1e3", ""), text("1E+3", ""), text("-2.5e-3", ""), text(" 5 ", "spaces around it"), text("5\t", "a tab behind it"), text("5\n", "a line end behind it"), text("5\u00a0", "a no-break space behind it"), text("\u20035", "an em space before it"),
		text("\ufeff5", "a byte order mark before it"), text("0.1", ""), text("12345678901234567890", ""), text("3.4028234663852886e38", "the largest of float32"), text("3.5e38", ""), text("1e300", ""), text("1e400", ""), text("1e-400", ""), text("1e30", "far from all"),
		text(strings.Repeat("9", 400), "400 digits"), text("0."+strings.Repeat("3", 10_000), "10,000 decimals"), text("NaN", ""), text("nan", ""), text("Infinity", ""), text("-inf", ""), text("0x10", ""), text("0b1", ""), text("1_000", ""), text("1,5", ""), text("1,000.5", ""),
		text("1 000", ""), text("--1", ""), text("+-1", ""), text("1e", ""), text("e5", ""), text(".", ""), text("-", ""), text("5%", ""), text("$5", ""), text("\u22125", "the minus sign U+2212"), text("\uff15", "a full-width digit"), text("\u0665", "an Arabic-Indic digit"), text("\u00b2", "a superscript"),
		text("true", ""), text("True", ""), text("false", ""), text("null", ""), text("None", ""), text("N/A", ""), text("[1]", ""), text(`{"a":1}`, ""), text(`"`, ""), text(`\`, ""), text("Ada", ""), text("ada", ""), text("Ada ", "a space behind it"), text("Zo\u00eb", "composed"), text("Zoe\u0308", "decomposed"),
		text("a bird", ""), text("a\nbird", "two lines"), text("=1+1", ""), text("<unk>", ""), text("\U0001f642", ""), text("\u2028", "U+2028"), text("\u0001", "U+0001"), text(strings.Repeat("long ", 20_000), "100,000 characters"), text("a\x00b", "NUL"),
	}
	return cases
}

// Literals are cases of what JSON has beside strings, and of what it has not.
func Literals() []Case {
	return []Case{
		literal("null", ""), literal("{}", "no such key"), literal("50", ""), literal("1", ""), literal("1.0", ""), literal("1.00", ""), literal("-0", ""), literal("-0.0", ""), literal("1e3", ""), literal("1E3", ""), literal("1e+3", ""), literal("0.1", ""),
		literal("12345678901234567890", ""), literal("9007199254740993", ""), literal("1e300", ""), literal("1e400", ""), literal("1e-400", ""), literal("1e30", "far from all"), literal(strings.Repeat("9", 400), "400 digits"), literal("true", ""), literal("false", ""),
		literal(`"\u0041da"`, ""), literal(`"\ud83d\ude42"`, ""), literal(`"\/"`, ""), literal(`"\ud83d"`, ""), literal(`"\ude42\ud83d"`, ""), literal(`"a\udc00b"`, ""), literal(`"a\u0000b"`, ""), literal(`"\x41"`, ""), literal(`"\u00zz"`, ""), literal("\"a\tb\"", "a tab that is not escaped"), literal("\"a\xffb\"", "not UTF-8"),
		literal("[]", ""), literal("[1]", ""), literal(`{"a":1}`, "an object"), literal(strings.Repeat("[", 10_000)+strings.Repeat("]", 10_000), "10,000 brackets"), literal(strings.Repeat("[", 10_000), "10,000 brackets that stay open"),
		literal("NaN", ""), literal("Infinity", ""), literal("-Infinity", ""), literal("01", ""), literal("-01", ""), literal("+1", ""), literal(".5", ""), literal("1.", ""), literal("1e", ""), literal("0x10", ""), literal("1_000", ""), literal("\u0665", ""), literal("True", ""), literal("None", ""), literal("undefined", ""),
		literal("'a'", ""), literal("a", ""), literal(`"a`, ""), literal("truex", ""), literal("1 2", ""), literal("/*1*/1", ""), literal(`1,`, "a comma before the end"),
		literal(`{"C":1,"C":2}`, ""), literal(`{"C":1,"C":1}`, ""), literal(`{"C":null,"C":1}`, ""), literal(`{"C":1,"\u0043":1}`, ""), literal(`{"C":1}}`, ""), literal(`{"C":1} 2`, ""), literal(`{"C":1`, ""), literal(`{"C"}`, ""), literal(`{"C":}`, ""), literal(`{C:1}`, ""), literal(`{"C":1 "D":2}`, ""), literal(`{,"C":1}`, ""),
	}
}

// whole reports whether the JSON is a row of its own.
func (c Case) whole() bool {
	return strings.Contains(c.JSON, `"C"`) || strings.Contains(c.JSON, "{C:") || c.absent()
}

func (c Case) absent() bool { return c.JSON == "{}" && c.Says == "no such key" }

// Line is a row of JSON with the case in a column, and the values of others, in
// JSON, behind it.
func (c Case) Line(column string, others ...string) string {
	var more strings.Builder
	for i := 0; i < len(others); i += 2 {
		fmt.Fprintf(&more, ",%q:%s", others[i], others[i+1])
	}
	switch {
	case c.absent():
		return "{" + strings.TrimPrefix(more.String(), ",") + "}"
	case c.whole():
		line := strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(c.JSON, `"C"`, fmt.Sprintf("%q", column)), `"\u0043"`, fmt.Sprintf(`"\u%04x%s"`, column[0], column[1:])), "{C:", "{"+column+":")
		return "{" + strings.TrimPrefix(more.String(), ",") + strings.Repeat(",", min(1, more.Len())) + line[1:]
	}
	return fmt.Sprintf("{%q:%s%s}", column, c.JSON, more.String())
}

// Record is a row of CSV with the case before other cells.
func (c Case) Record(others ...string) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	if err := w.Write(append([]string{*c.Text}, others...)); err != nil {
		panic(err) // of a strings.Builder
	}
	w.Flush()
	return b.String()
}

// Cell is the case as a table holds it, read from JSON; an error is a refusal
// whatever the column is read as.
func (c Case) Cell() (data.Cell, error) {
	r, err := data.NewReader(strings.NewReader(c.Line("c", "other", "1")+"\n"), "", data.Options{Format: data.JSONL})
	if err != nil {
		return data.Cell{}, err
	}
	cells, err := r.Next()
	if err != nil {
		return data.Cell{}, err
	}
	for i, name := range r.Columns() {
		if name == "c" {
			return cells[i], nil
		}
	}
	return data.Cell{}, nil
}

// Rule is one for a column whose numbers in training were 0 to 100.
func Rule(column string, as data.As, missing string) data.CellRule {
	r := data.CellRule{Column: column, As: as, Missing: missing}
	if as == data.AsNumber {
		r.Range = &[2]float64{-1e11, 1e11}
	}
	return r
}
