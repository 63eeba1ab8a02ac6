package promises_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"testing"
	"unicode/utf16"
)

// TestTables is D1: the form of a table.
func TestTables(t *testing.T) {
	text := func(old, new string) func(p *place) {
		return func(p *place) { p.raw = bytes.ReplaceAll(p.table(), []byte(old), []byte(new)) }
	}
	wide := func(order binary.AppendByteOrder) func(p *place) {
		return func(p *place) {
			b := p.table()
			p.raw = []byte{}
			for _, u := range utf16.Encode([]rune("\ufeff" + string(b))) {
				p.raw = order.AppendUint16(p.raw, u)
			}
		}
	}
	suite(t, "D1", []input{
		{"empty", func(p *place) { p.raw = []byte{} }, refused(3, "data.csv", "the file is empty", "header")},
		{"byte order mark alone", func(p *place) { p.raw = []byte("\ufeff") }, refused(3, "data.csv", "the file is empty")},
		{"header only", func(p *place) { p.rows = p.rows[:1] }, refused(3, "data.csv", "a header and no rows")},
		{"row too short", func(p *place) { p.rows[1+training] = p.row(training)[:3] }, refused(3, at(training), "3 cells", "10 columns")},
		{"row too long", func(p *place) { p.raw = append(p.table(), "a,b,c,1,1,e,f,g,1,test,more\n"...) }, refused(3, "row 21 (line 22)", "11 cells", "10 columns", "quotes")},
		{"open quote", func(p *place) { p.raw = append(p.table(), "0.png,\"a bird,1,1,Ada,bird,yes,big,1,test\n"...) }, refused(3, "row 21 (line 22)", "quote")},
		{"quote inside a cell", func(p *place) { p.raw = append(p.table(), "0.png,a \"bird\",1,1,Ada,bird,yes,big,1,test\n"...) }, refused(3, "row 21 (line 22)", "quote", `""`)},
		{"byte order mark", func(p *place) { p.raw = append([]byte("\ufeff"), p.table()...) }, accepted(asGood)},
		{"CR LF", text("\n", "\r\n"), accepted(asGood)},
		{"byte order mark and CR LF", func(p *place) {
			p.raw = append([]byte("\ufeff"), bytes.ReplaceAll(p.table(), []byte("\n"), []byte("\r\n"))...)
		}, accepted(asGood)},
		{"CR alone", text("\n", "\r"), refused(3, "line 1", "carriage return", "line ends")},
		{"semicolons", text(",", ";"), refused(3, "line 1", "separated by ';'", "','")},
		{"tabs", text(",", "\t"), refused(3, "line 1", `separated by '\t'`)},
		{"column twice", func(p *place) { p.rows[0][width] = "height" }, refused(3, "line 1", `"height"`, "columns 3 and 4")},
		{"column without a name that nobody uses", func(p *place) { p.rows[0][pass] = "" }, accepted(asGood, flaw("column 7", "column 7 has no name", 0))},
		{"name twice that nobody uses", func(p *place) { p.rows[0][pass], p.rows[0][tags] = "more", "more" }, accepted(asGood, flaw("more (column 8)", `columns 7 and 8 are both named "more"`, 0))},
		{"NUL in a cell that nobody uses", func(p *place) { p.set(training, pass, "a\x00b") }, accepted(asGood, flaw("pass", "cells hold a NUL byte", 1))},
		{"Latin-1 in a cell that nobody uses", func(p *place) { p.set(training, pass, "gr\xfc\xdfe") }, accepted(asGood, flaw("pass", "cells are not UTF-8", 1))},
		{"a separator behind every row", text("\n", ",\n"), accepted(asGood, flaw("column 11", "column 11 has no name", 0))},
		{"NUL in a cell", func(p *place) { p.set(training, caption, "a\x00bird") }, refused(3, at(training), `"caption"`, "NUL")},
		{"binary", func(p *place) { p.raw = []byte("\x00\x01\x02\n\x00") }, refused(3, "data.csv")},
		{"UTF-16, least byte first", wide(binary.LittleEndian), refused(3, "UTF-16", "UTF-8")},
		{"UTF-16, greatest byte first", wide(binary.BigEndian), refused(3, "UTF-16", "UTF-8")},
		{"header in Latin-1", func(p *place) { p.rows[0][maker] = "gr\xfc\xdfe"; p.replace("[maker]", `["gr\u00fc\u00dfe"]`) }, refused(3, "data.csv", "no column")},
		{"header in Latin-1 that nobody uses", func(p *place) { p.rows[0][pass] = "gr\xfc\xdfe" }, accepted(asGood, flaw("column 7", `the column name "gr\xfc\xdfe" is not UTF-8`, 0))},
		{"blank lines", func(p *place) { p.raw = bytes.Replace(p.table(), []byte("\n"), []byte("\n\n\n"), 1) }, accepted(asGood, func(t *testing.T, p *place) {
			if a := p.account(); a.BlankLines != 2 || a.Rows != 20 {
				t.Errorf("%d rows and %d blank lines", a.Rows, a.BlankLines)
			}
		})},
	})
}

// flaw says that the data report has what is wrong with a column that nobody
// uses, in so many cells.
func flaw(column, reason string, cells int) func(t *testing.T, p *place) {
	return func(t *testing.T, p *place) {
		for _, f := range p.account().Flaws {
			if f.Column == column && f.Reason == reason && f.Cells == cells {
				return
			}
		}
		t.Errorf("the report's flaws are %+v, want %s: %s, %d", p.account().Flaws, column, reason, cells)
	}
}

// TestColumns is D2: columns that are missing, useless, or the answer.
func TestColumns(t *testing.T) {
	suite(t, "D2", []input{
		{"wrong name", func(p *place) { p.replace("[width", "[widht") }, refused(3, "data.csv", `"widht"`, `"width"`)},
		{"no image column", func(p *place) { p.rows[0][picture] = "photo" }, refused(3, "data.csv", `"picture"`)},
		{"no label column", func(p *place) { p.replace("column: kind", "column: kin") }, refused(3, "data.csv", `"kin"`, `"kind"`)},
		{"no split column", func(p *place) { p.replace("{column: split}", "{column: splits}") }, refused(3, "data.csv", `"splits"`, `"split"`)},
		{"the answer is a feature", func(p *place) { p.replace("[maker]", "[maker, kind]") }, refused(2, "train.yaml:7:", `"kind"`, "answer")},
		{"the split is a feature", func(p *place) { p.replace("[maker]", "[maker, split]") }, refused(2, "train.yaml:7:", `"split"`)},
		{"a column is named twice", func(p *place) { p.replace("[width, height]", "[width, width]") }, refused(2, "train.yaml:7:", "inputs.facts.numeric", "repeat")},
		{"empty", func(p *place) { p.setAll(height, func(int) string { return "" }); p.masks("facts") }, accepted(counts("height", "masked", 20), warns(`"height"`, "no value in any training row"))},
		{"empty, which is an error", func(p *place) { p.setAll(height, func(int) string { return "" }) }, refused(3, at(0), `"height"`, "empty", "missing: mask")},
		{"constant number", func(p *place) { p.setAll(height, func(int) string { return "4" }) }, accepted(warns(`"height"`, "is 4 in every training row"))},
		{"constant category", func(p *place) { p.setAll(maker, func(int) string { return "Ada" }) }, accepted(warns(`"maker"`, `"Ada" in every training row`))},
		{"a different value in each row", func(p *place) {
			p.setRows(40)
			p.setAll(maker, func(i int) string { return fmt.Sprint("id-", i) })
		}, accepted(warns(`"maker"`, "24 different values in 24 training rows", "identifier"), counts("maker", "unknown", 40))},
		{"columns in another order", func(p *place) {
			for _, row := range p.rows {
				slices.Reverse(row)
			}
		}, accepted(asGood)},
	})
}
