package promises_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// TestSplits is D10.
func TestSplits(t *testing.T) {
	// sizes deals rows of training and validation, the others are for testing.
	sizes := func(p *place, train, validation int) {
		p.setAll(split, func(i int) string {
			switch {
			case i < train:
				return "train"
			case i < train+validation:
				return "validation"
			}
			return "test"
		})
	}
	suite(t, "D10", []input{
		{"no validation rows, which are monitored", func(p *place) { sizes(p, 12, 0) }, refused(2, "validation.loss", "train.loss")},
		{"no validation rows", func(p *place) { sizes(p, 12, 0); p.replace("validation.loss", "train.loss") }, accepted(warns("no row is for validation"))},
		{"no test rows", func(p *place) { sizes(p, 12, 8) }, accepted(warns("no row is for test"))},
		{"no training rows", func(p *place) { sizes(p, 0, 8) }, refused(3, "no row is for training", "train")},
		{"unknown split", cell(training, split, "practice"), refused(3, at(training), `"split"`, `"practice"`, "train, training; validation, val")},
		{"empty split", cell(training, split, ""), refused(3, at(training), `"split"`)},
		{"the same rows in two", func(p *place) {
			for _, i := range []int{validation, test} {
				copy(p.row(i)[:split], p.row(training)[:split])
			}
		}, accepted(warns("2 rows stand in more than one split"))},
		{"the same text in two, refused if asked", func(p *place) {
			p.set(training, caption, "a picture of a bird over the sea")
			p.set(test, caption, "A picture of  a bird over the sea")
		}, func(t *testing.T, p *place) {
			p.refused(t, p.train("--fail-on-leak"), 3, 1, "the text of a row", at2(test), at2(training))
		}},
		{"a batch larger than all rows", func(p *place) { p.replace("batch_size: 4", "batch_size: 4000") }, accepted()},
		{"last batch of one", func(p *place) { sizes(p, 13, 1) }, accepted()},
		{"last batch of one, normalised over it", func(p *place) {
			sizes(p, 13, 1)
			p.replace("{type: cnn, channels: [2]}", "{type: cnn, channels: [2], norm: batch}")
		}, accepted()},
		{"one training row a class", func(p *place) {
			sizes(p, 2, 9)
			p.set(0, kind, "bird")
			p.set(1, kind, "boat")
		}, accepted()},
		{"more groups asked for than there are", func(p *place) { p.replace("{column: split}", "{group: maker}") }, refused(3, `"maker"`, "2 values for 3 splits")},
		{"times that are none", func(p *place) { p.replace("{column: split}", "{time: caption}") }, refused(3, at(0), `"caption"`, "no time")},
	})
}

// at2 is how a leak names a row.
func at2(row int) string { return fmt.Sprintf("row %d of", row+1) }

// TestGaps is D11: inputs that many rows lack, or all. Predictions stay finite,
// and what is missing is counted.
func TestGaps(t *testing.T) {
	lacks := func(p *place, column int, rows func(i int) bool) {
		p.setAll(column, func(i int) string {
			if rows(i) {
				return ""
			}
			return p.row(i)[column]
		})
	}
	all := func(int) bool { return true }
	tests := func(i int) bool { return i%5 == 4 }
	trains := func(i int) bool { return !tests(i) && i%5 != 2 }
	maskAll := func(p *place) { p.masks("picture"); p.masks("caption"); p.masks("facts") }
	row := func(p *place, i int) {
		for _, column := range []int{picture, caption, width, height, maker} {
			p.set(i, column, "")
		}
	}
	suite(t, "D11", []input{
		{"a picture in no row", func(p *place) { p.masks("picture"); lacks(p, picture, all) }, accepted(counts("picture", "masked", 20), warns("picture", "no image in any training row"))},
		{"a text in no row", func(p *place) { p.masks("caption"); lacks(p, caption, all) }, accepted(counts("caption", "masked", 20), warns("caption", "no text in any training row"))},
		{"numbers in no row", func(p *place) { p.masks("facts"); lacks(p, width, all); lacks(p, height, all); lacks(p, maker, all) }, accepted(counts("width", "masked", 20), warns(`"width"`, "no value in any training row"))},
		{"a picture in no test row", func(p *place) { p.masks("picture"); lacks(p, picture, tests) }, accepted(counts("picture", "masked", 4))},
		{"a text in test rows only", func(p *place) { p.masks("caption"); lacks(p, caption, func(i int) bool { return !tests(i) }) }, accepted(counts("caption", "masked", 16), warns("caption", "no text in any training row"))},
		{"numbers in no training row", func(p *place) { p.masks("facts"); lacks(p, width, trains) }, accepted(counts("width", "masked", 12))},
		{"a row that lacks all", func(p *place) { maskAll(p); row(p, training) }, refused(3, at(training), "lacks every input", "missing_all: prior")},
		{"a row that lacks all, and may", func(p *place) {
			maskAll(p)
			p.replace("data: {", "data: {missing_all: prior, ")
			row(p, training)
			row(p, test)
		}, accepted(warns("2 rows lack every input"), func(t *testing.T, p *place) {
			if n := p.account().Lacking.Rows; n != 2 {
				t.Errorf("%d rows are reported", n)
			}
		})},
		{"every training row lacks all", func(p *place) {
			maskAll(p)
			p.replace("data: {", "data: {missing_all: prior, ")
			for i := range p.rows[1:] {
				row(p, i)
			}
		}, refused(3, "every training row lacks every input")},
		{"masks of zero only", func(p *place) {
			maskAll(p)
			p.replace("{type: concat, dim: 4, hidden: [6]}", "{type: cross_attention, dim: 4, heads: 2}")
			for i := range p.rows[1:] {
				p.set(i, []int{picture, caption}[i%2], "")
			}
		}, accepted(counts("picture", "masked", 10), counts("caption", "masked", 10))},
		{"a column that is not there to predict", func(p *place) { p.masks("caption") }, accepted(func(t *testing.T, p *place) {
			p.write("data.csv", bytes.Replace(p.table(), []byte("caption"), []byte("title"), 1))
			o := p.chiasm("predict", "--force", "--model", p.at("run"), "--data", p.at("data.csv"), "--output", p.at("out.csv"))
			if o.code != 0 || !strings.Contains(o.errs, `no column "caption"`) {
				t.Errorf("exit code %d, %s", o.code, o.errs)
			}
		})},
	})
}
