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
	return append(cases, units()...)
}

// units are numbers with what may stand beside them.
func units() []Case {
	var cases []Case
	for _, s := range []string{"12 kg", "12kg", "kg 12", "-12kg", "kg -12", "- 12 kg", "1.5e1 kg", "12 g", "12 KG", "12 kgs", "kg", "12 kg kg", "kg 12 kg", "5 $", "-$5", "1,5 kg"} {
		cases = append(cases, text(s, ""))
	}
	return append(cases, text("12\u00a0kg", "a no-break space between"))
}

// Dates are cases of dates, in the formats that columns may have, and of what is
// nearly one.
func Dates() []Case {
	cases := []Case{
		text(" 2024-01-31 ", "spaces around it"), text("2024-01-31\n", "a line end behind it"), text("2024-01-31\u00a0", "a no-break space behind it"), text("\u0662024-01-31", "an Arabic-Indic digit"),
		literal("20240131", ""), literal("20240131.0", ""), literal("2024", ""),
		literal("1709125323", ""), literal("1709125323.5", ""), literal("1.709125323e9", ""), literal("-1709125323", ""), literal("1709125323456", ""),
	}
	for _, s := range []string{
		"2024-01-31", "2024-1-3", "2024-02-29", "2023-02-29", "1900-02-29", "2000-02-29", "2024-02-30", "2024-13-01", "2024-00-10", "2024-01-00", "0000-01-01", "0001-01-01", "9999-12-31", "1969-12-31", "1799-03-01", "24-01-31", "02024-01-31", "-2024-01-31", "2024-01-31Z",
		"2024-01-31T10:20", "2024-01-31 10:20", "2024-01-31T10:20:30", "2024-01-31T10:20:30Z", "2024-01-31T10:20:30z", "2024-01-31t10:20:30Z", "2024-01-31T10:20:30.5Z", "2024-01-31T10:20:30,25+02:00", "2024-01-31T10:20:30.1234567891234Z", "2024-01-31T10:20:30.Z",
		"2024-01-31T23:30:00-05", "2024-01-31T00:10:00 +0530", "2024-01-31T00:10:00+24:00", "2024-01-31T00:10:00+10:60", "2024-01-31T24:00:00Z", "2024-01-31T23:59:60Z", "2024-01-31T10:60:00Z", "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "1969-12-31T23:59:59.25Z",
		"31/01/2024", "01/31/2024", "2024/01/31", "20240131", "20240231", "31.1.2024", "31 Jan 2024", "January 31, 2024",
		"Jan 31, 2024 10:20 PM", "jan 31, 2024 12:00 am", "JANUARY 31, 2024 12:59pm", "Sept 3, 2024 1:05 AM", "Janu 3, 2024 1:05 AM", "Janx 31, 2024 1:05 AM", "January3 31, 2024 1:05 AM", "Mai 3, 2024 1:05 AM", "Feb 30, 2024 1:05 AM", "Jan 31, 2024 13:05 PM", "Jan 31, 2024 0:05 AM", "Jan 31, 2024",
		"Wed, 31 Jan 2024 10:20:30 GMT", "wednesday, 31 January 2024 10:20:30 utc", "Weds., 31 Jan 2024 10:20:30 GMT", "Fri, 31 Jan 2024 10:20:30 GMT", "Wex, 31 Jan 2024 10:20:30 GMT", "Wed, 31 Jan 2024 10:20:30 CET", "31 Jan 2024 10:20:30 GMT",
		"1709125323", "1709125323.25", "1709125323,25", "+1709125323", "-1", "0", "99999999999", "100000000000", "1709125323456", "1709125323456.5", "99999999999999", "999999999999999",
		"3rd February 2024", "3RD of feb. 2024", "1er févr. 2024", "1er fe\u0301vrier 2024", "3. März 2024", "31 DÉC. 2024", "3 de marzo de 2024", "3 jui 2024", "3 juil. 2024", "3 ma 2024", "3 mä\u0308r 2024", "3st\u00a0mars 2024", "31 février 2024",
		"mars 2024", "März 2024", "set. 2024", "mayor 2024", "mar 24", "2024-03", "2024-3", "2024-13", "2024-00", "2024-W01", "2025-W01", "2020-W53", "2024-W53", "2024-W00", "2024-w07", "0001-W01", "9999-W52", "2024-W07-3", "2020-W01-1", "2024-W07-0", "2024-W07-8",
		"2024Q1", "2024Q4", "2024Q5", "2024q1", "0000Q1", "Q1 2024", "13:45", "1:45", "01:45:30", "23:59:59.999", "24:00", "13:60", "-1:00", "1:45 pm", "12:00 a.m.", "12:30 P.M.", "13:45 pm", "0:10 am", "1 pm",
		"31/1/24", "1/2/68", "1/2/69", "29/02/00", "29/02/23", "31/12/2024",
	} {
		cases = append(cases, text(s, ""))
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
