package cells

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/chiasm-ml/chiasm/data"
)

const intro = `# What a cell means

<!-- written by go generate ./internal/cells -->

A row has the same answer whoever asks: ` + "`predict`" + ` with a CSV or a JSONL, the server with
JSON or a form, a Go program, and the samples of an export (` + "`predict.py`, `predict.mjs`" + `). One
rule a column says what its cells mean (` + "`data.CellRule`" + `; an export has it in ` + "`cells`" + ` of
` + "`preprocessing.json`" + `), and every reader follows it or refuses the row:

1. **A cell is a text**: the characters of a string or of a CSV cell, the digits of a JSON
   number *as they are written*, ` + "`true` or `false`" + `. So ` + "`1`, `1.0` and `1e0`" + ` are one number and
   three categories, and ` + "`true` and `\"true\"`" + ` one category. A float of Go, Python or
   JavaScript has no literal, and counts as its shortest digits.
2. **An empty text, null, and a column that the row lacks are missing**, which means what
   ` + "`missing`" + ` of the input says. ` + "`NaN`, `N/A` and a space are texts." + `
3. **A number** is digits with an optional sign, point and exponent, spaces and tabs around
   it. **A category** is the text, to the letter; one that training did not tell apart is the
   unknown one. **A text** is cut into words. **A date** is written as its column writes them, spaces and tabs around it, and on the calendar
   ([dates.md](dates.md)). **An image** is the path of a file below the
   files folder; in JSON for the server it is the file in base64 ([serve.md](serve.md)).
   **A list of numbers** is an array of JSON, as a value or as the text of a cell, or numbers
   with spaces between them, or the path of a ` + "`.npy`" + ` file below the files folder; the server
   takes arrays only.
4. **What is no single value is refused**: objects, arrays where no list is expected, a key that occurs twice, half a
   surrogate pair, a NUL byte, what is not JSON or not UTF-8. The server also refuses columns
   that the model does not read; tables may have more, in which objects and arrays too are
   counted and passed over.

Where the config says by ` + "`data.decimal`, `data.thousands` and `data.missing_values`" + ` how texts are
written, every reader follows that as well ([tables.md](tables.md)); JSON's own numbers have a
point. The cases below are those of a config that says nothing.

Answers in a table are read likewise: a label is a category that may not be ` + "`NaN`" + ` or empty, the
number of a regression a number.

## Why a row is refused

Messages of all readers have these words, or one of these:

| words | why |
|---|---|
`

// Page is docs/cells.md: the rules, and what they say of each case, computed by
// them.
func Page() string {
	var b strings.Builder
	b.WriteString(intro)
	for _, r := range Refusals {
		fmt.Fprintf(&b, "| %s | %s |\n", strings.Join(r.Words, "; "), r.Means)
	}
	b.WriteString("\n## Texts\n\nThe same in a CSV, in a part of a form, and as a string of JSON. Numbers in training were 0 to 100; `missing` is `error`.\n\n")
	table(&b, Texts(), func(c Case) string { return *c.Text })
	b.WriteString("\n## JSON\n\nWhat stands behind the key, or a whole row with the column `C`.\n\n")
	table(&b, Literals(), func(c Case) string { return c.JSON })
	b.WriteString("\n## Lists\n\nOf a column whose lists have three numbers. An array in JSONL or in a request is read as the same text is.\n\n")
	listTable(&b)
	return b.String()
}

func table(b *strings.Builder, cases []Case, written func(Case) string) {
	b.WriteString("| cell | number | category | text |\n|---|---|---|---|\n")
	for _, c := range cases {
		fmt.Fprintf(b, "| %s |", label(c, written(c)))
		for _, as := range []data.As{data.AsNumber, data.AsCategory, data.AsText} {
			fmt.Fprintf(b, " %s |", comes(c, as))
		}
		b.WriteByte('\n')
	}
}

// label shows a cell, or says what it is.
func label(c Case, written string) string {
	switch {
	case c.Says == "":
		return code(written)
	case len(written) > 30 || strings.TrimSpace(written) == "" || c.absent() || !utf8.ValidString(written) || strings.ContainsAny(written, "\x00\x01\u2028"):
		return c.Says
	}
	return code(strconv.Quote(written)) + " (" + c.Says + ")"
}

// code is inline code in a cell of a Markdown table.
func code(s string) string {
	s = strings.ReplaceAll(s, "|", `\|`)
	if strings.Contains(s, "`") {
		return "`` " + s + " ``"
	}
	return "`" + s + "`"
}

// comes is what comes of a case: a value, or the words of the refusal.
func comes(c Case, as data.As) string {
	cell, err := c.Cell()
	if err == nil {
		var v data.CellValue
		if v, err = Rule("c", as, data.MissingError).Read(cell); err == nil {
			switch {
			case as == data.AsNumber:
				return strconv.FormatFloat(v.Number, 'g', -1, 64)
			case len(v.Text) > 30:
				return "the text"
			case strconv.Quote(v.Text) != `"`+v.Text+`"` || strings.TrimSpace(v.Text) != v.Text:
				return code(strconv.Quote(v.Text))
			}
			return code(v.Text)
		}
	}
	i := RefusalOf(err.Error())
	if i < 0 {
		return "*refused*: " + err.Error()
	}
	return "*" + Refusals[i].Words[0] + "*"
}
