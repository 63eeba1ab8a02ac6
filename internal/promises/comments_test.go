package promises_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"image"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/words"
)

// nothing is a source of no images.
type nothing struct{}

func (nothing) ReadFile(string) ([]byte, error) { return nil, os.ErrNotExist }

// newClaims reads the table of a config as train does.
func newClaims(t *testing.T, path string, report account) *claims {
	t.Helper()
	c, err := config.Load(path, config.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	inputs, err := c.NewInputs(nothing{})
	if err != nil {
		t.Fatal(err)
	}
	target, err := c.NewTarget()
	if err != nil {
		t.Fatal(err)
	}
	read := func(d data.Dialect) *data.Table {
		r, err := data.Open(c.TablePath(), data.Options{Dialect: d, Used: []string{target.Config().Column}, Bad: &data.BadRows{Most: math.MaxInt}})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		table, err := data.ReadAll(context.Background(), r)
		if err != nil {
			t.Fatal(err)
		}
		return table
	}
	table, all := read(c.Data.Dialect), c.Data.Dialect
	all.MissingValues = nil
	splits, err := c.Data.Split.Rows(table)
	if err != nil {
		t.Fatal(err)
	}
	out := &claims{t: t, table: table, raw: read(all), target: target.Config().Column, part: make([]string, table.Len()), columns: map[string][]string{}, report: report, dir: c.FilesPath()}
	for part, rows := range splits.All() {
		for _, row := range rows {
			out.part[row] = part
		}
	}
	for _, left := range report.LeftOut.First {
		out.part[left.Row-1] = ""
	}
	for _, in := range inputs {
		out.columns[in.Name] = in.Columns()
	}
	return out
}

var inputLine = regexp.MustCompile(`^  (\S+|".*"):$`)

// config holds every comment of a config to the table. whys are what was said of the
// columns.
func (c *claims) config(text string, whys map[string]string) {
	c.t.Helper()
	input := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if m := inputLine.FindStringSubmatch(line); m != nil {
			input = strings.Trim(m[1], `"`)
		}
		said, ok := commentOf(line)
		if !ok || c.leftOut(said, whys) {
			continue
		}
		if c.commented(input, said) {
			continue
		}
		for _, part := range strings.Split(said, "; ") {
			if !c.commented(input, part) {
				c.t.Errorf("input %s: nobody checks the comment %s", input, part)
			}
		}
	}
}

// commentOf is what stands behind the sign of a comment, which no cell or name has
// behind two spaces.
func commentOf(line string) (string, bool) {
	if trimmed := strings.TrimLeft(line, " "); strings.HasPrefix(trimmed, "# ") {
		return trimmed[2:], true
	}
	_, said, ok := strings.Cut(line, "  # ")
	return said, ok
}

var manyLeftOut = regexp.MustCompile(`^(.*) … .* \((\w+)\): (\d+) columns; of the first: (.*)$`)

// leftOut says whether a comment is that of a column which is left out.
func (c *claims) leftOut(said string, whys map[string]string) bool {
	if m := manyLeftOut.FindStringSubmatch(said); m != nil && m[4] == strings.Join(strings.Fields(whys[m[1]]), " ") && whole(m[3]) > 1 {
		c.checked++
		return true
	}
	for name, why := range whys {
		if strings.HasPrefix(said, name+" (") && strings.HasSuffix(said, "): "+strings.Join(strings.Fields(why), " ")) || said == "Left out:" {
			c.checked++
			return true
		}
		if rest, ok := strings.CutPrefix(said, name+" ("); ok && strings.HasSuffix(rest, why) {
			return true
		}
	}
	return false
}

func (c *claims) commented(input, said string) bool {
	for _, k := range comments {
		m := k.re.FindStringSubmatch(said)
		if m == nil {
			continue
		}
		c.checked++
		if !k.holds(c, input, m) {
			c.t.Errorf("input %s: it is not so that %s", input, said)
		}
		return true
	}
	return false
}

// empty counts the empty cells of an input's columns, and names the column of most.
func (c *claims) empty(input string) (n int, in map[string]int) {
	in = map[string]int{}
	for _, column := range c.columns[input] {
		cells, _ := c.cells(column)
		in[column] = c.table.Len() - len(cells)
		n += in[column]
	}
	return n, in
}

// lengths are the words of an input's texts.
func (c *claims) lengths(input string) []int {
	splitter, err := words.New(words.Config{Lowercase: true, Normalization: "nfkc"})
	if err != nil {
		c.t.Fatal(err)
	}
	cells, _ := c.cells(c.columns[input][0])
	var all []int
	for _, text := range cells {
		all = append(all, len(splitter.Words(text)))
	}
	slices.Sort(all)
	return all
}

func (c *claims) sizes(input string) (sizes []image.Point) {
	for file := range c.counts(c.columns[input][0]) {
		if b, err := os.ReadFile(filepath.Join(c.dir, file)); err == nil {
			info, _, err := image.DecodeConfig(bytes.NewReader(b))
			if err != nil {
				c.t.Fatal(err)
			}
			sizes = append(sizes, image.Pt(info.Width, info.Height))
		}
	}
	return sizes
}

// line is a line of the table's file.
func (c *claims) line(n int) string {
	b, err := os.ReadFile(c.table.File)
	if err != nil {
		c.t.Fatal(err)
	}
	if strings.HasPrefix(string(b), "\x1f\x8b") {
		z, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			c.t.Fatal(err)
		}
		if b, err = io.ReadAll(z); err != nil {
			c.t.Fatal(err)
		}
	}
	return strings.Split(string(b), "\n")[n-1]
}

// training are the numbers of the target in training rows.
func (c *claims) training() (values []float64) {
	for row, cell := range c.column(c.target).All() {
		if v, err := c.table.Numbers.Of(cell); err == nil && c.part[row] == "train" {
			values = append(values, v)
		}
	}
	slices.Sort(values)
	return values
}

// comments are all that init writes beside keys. The name is that of the input.
var comments = compiled([]claim{
	{`A first config for .*, guessed from its (\d+) rows?\. Change what you know better\.`, func(c *claims, _ string, m []string) bool { return whole(m[1]) == c.table.Len() }},
	{`(?:chiasm train --config .*|the folder that image paths are relative to|train, validation and test, as the column says|each with the labels in nearly the same proportions(?:, but for \d+ labels? of too few rows to be in all three)?|by smaller seeds all training rows have one label)`, always},
	{`(?:flip: 0.5 as well, where left and right do not matter|short texts, or few of them; .*|order of words matters in longer texts|ends when validation rows have not improved for so many epochs)`, always},
	{`(?:The simplest fusion, and often the best on few rows\. .*|another, try cross_attention; chiasm compare finds out\.|average of what each says alone could answer\. chiasm compare tries other fusions\.)`, always},
	{`(?:To be judged by later rows than it learnt from, .*|split: \{train: .*time: .*\}|better than the model is; add group: .* to have such rows named|If rows of one .* belong together, keep them in one split: add group: .*)`, always},
	{`line (\d+) is not UTF-8 \(byte 0x(\w\w)\)`, func(c *claims, _ string, m []string) bool {
		return !utf8.ValidString(c.line(whole(m[1]))) && strings.Contains(fmt.Sprintf("%x", c.line(whole(m[1]))), m[2])
	}},
	{`where letters look wrong, it is another|these are empty cells in every column|and \d+ more`, always},
	{`the file begins with the mark of UTF-16`, func(c *claims, _ string, _ []string) bool {
		return slices.Contains([]string{"\xff\xfe", "\xfe\xff"}, c.line(1)[:2])
	}},
	{`it cuts every row in (\d+) cells`, func(c *claims, _ string, m []string) bool { return len(c.table.Columns) == whole(m[1]) }},
	{`the file begins with lines that do`, func(c *claims, _ string, _ []string) bool { return c.table.CommentLines > 0 }},
	{`the numbers of (".*") have it(?: between groups of three digits)?`, func(c *claims, _ string, m []string) bool {
		for _, column := range c.table.Columns {
			if fmt.Sprintf("%q", column.Name) == m[1] {
				return slices.ContainsFunc(c.table.Columns, func(o *data.Column) bool { return o == column && len(c.measured(o.Name)) > 0 })
			}
		}
		return false
	}},
	{`(".*") in (\d+) cells? of (".*"), (?:whose others are numbers|which is no answer)`, func(c *claims, _ string, m []string) bool {
		for _, column := range c.raw.Columns {
			if fmt.Sprintf("%q", column.Name) != m[3] {
				continue
			}
			n := 0
			for _, cell := range column.All() {
				n += oneIf(fmt.Sprintf("%q", strings.TrimSpace(cell.Text)) == m[1])
			}
			return n == whole(m[2])
		}
		return false
	}},
	{`as many rows cannot be used: (.*)`, func(c *claims, _ string, m []string) bool {
		n := 0
		for _, part := range strings.Split(m[1], ", ") {
			count, _, _ := strings.Cut(part, " ")
			n += whole(count)
		}
		return n == c.report.LeftOut.Rows
	}},
	{`(\d+) rows? of nothing but empty cells: predicted as the labels are spread`, func(c *claims, _ string, m []string) bool { return whole(m[1]) == c.report.Lacking.Rows }},
	{`No value of (.*) stands in rows of two splits; add group: .* to keep watch over it`, func(c *claims, _ string, m []string) bool { return c.crossing(m[1]) == 0 }},
	{`(\d+) values? stands? in rows of two splits: (.*)\. If rows of one belong together, figures are`, func(c *claims, _ string, m []string) bool { return c.crossing(m[2]) == whole(m[1]) }},
	{`(\d+) cells? (?:is|are) empty(?:, most of them in (.*))?; error would refuse them`, func(c *claims, input string, m []string) bool {
		n, in := c.empty(input)
		for _, of := range in {
			if m[2] != "" && of > in[m[2]] {
				return false
			}
		}
		return n == whole(m[1])
	}},
	{`(\d+) cells? names? no file, the first in row (\d+)(?:, and (\d+) cells? (?:is|are) empty)?`, func(c *claims, input string, m []string) bool {
		cells, rows := c.cells(c.columns[input][0])
		n, first := 0, 0
		for i, file := range cells {
			if _, err := os.Stat(filepath.Join(c.dir, file)); err != nil {
				if n++; n == 1 {
					first = rows[i] + 1
				}
			}
		}
		return n == whole(m[1]) && first == whole(m[2]) && c.table.Len()-len(cells) == max(0, whole("0"+m[3]))
	}},
	{`as they are`, func(c *claims, input string, _ []string) bool {
		sizes := c.sizes(input)
		return !slices.ContainsFunc(sizes, func(p image.Point) bool { return p != sizes[0] })
	}},
	{`half of them are at least (\d+) on the shorter side; larger is slower, and may be better`, func(c *claims, input string, m []string) bool {
		n, sizes := 0, c.sizes(input)
		for _, p := range sizes {
			n += oneIf(min(p.X, p.Y) >= whole(m[1]))
		}
		return 2*n >= len(sizes)
	}},
	{`they have many shapes: none is stretched`, func(c *claims, input string, _ []string) bool {
		return slices.ContainsFunc(c.sizes(input), func(p image.Point) bool { return 4*max(p.X, p.Y) > 5*min(p.X, p.Y) })
	}},
	{`the longest text has (\d+) words?`, func(c *claims, input string, m []string) bool { return slices.Max(c.lengths(input)) == whole(m[1]) }},
	{`cuts (\d+) of (\d+) texts \((\S+) %\), the longest of which has (\d+) words?(?: or more)?(?:; more would take longer)?`, func(c *claims, input string, m []string) bool {
		all := c.lengths(input)
		longest := all[len(all)-1]
		reached := longest == whole(m[4]) || strings.Contains(m[0], " or more") && longest >= whole(m[4])
		return len(all) == whole(m[2]) && reached && c.report.counts(c.columns[input][0], data.Truncated) <= whole(m[1]) &&
			c.report.counts(c.columns[input][0], data.Truncated)+c.report.LeftOut.Rows >= whole(m[1]) && math.Abs(100*float64(whole(m[1]))/float64(len(all))-number(m[3])) <= 0.5
	}},
	{`(.*) has a long tail, which would rule the scale`, func(c *claims, _ string, m []string) bool { return c.tailed(m[1]) }},
	{`The same (.*) has other answers in other rows: .*`, func(c *claims, _ string, m []string) bool {
		answers := map[string]string{}
		for row, cell := range c.column(m[1]).All() {
			answer := c.column(c.target).Cell(row).Text
			if other, ok := answers[cell.Text]; ok && other != answer {
				return true
			}
			answers[cell.Text] = answer
		}
		return false
	}},
	{`(".*") stands in (\d+) of (\d+) rows, so it is what is to be found\.`, func(c *claims, _ string, m []string) bool {
		label, err := strconv.Unquote(m[1])
		counts := c.counts(c.target)
		all := 0
		for _, n := range counts {
			all += n
		}
		return err == nil && len(counts) == 2 && counts[label] == whole(m[2]) && all == whole(m[3]) && 10*whole(m[2]) < all
	}},
	{`the most frequent label has (\d+) times as many rows as the rarest`, func(c *claims, _ string, m []string) bool {
		counts := map[string]int{}
		for text, n := range c.counts(c.target) {
			for _, label := range strings.Split(text, "|") {
				counts[label] += n
			}
		}
		least, most := math.MaxInt, 0
		for _, n := range counts {
			least, most = min(least, n), max(most, n)
		}
		return fmt.Sprintf("%.0f", float64(most)/float64(least)) == m[1]
	}},
	{`the target has a long tail: among the training rows it goes from (\S+) to (\S+), and its median is (\S+) \(skewness (\S+?)(?:, of its logarithm \S+)?\)`, func(c *claims, _ string, m []string) bool {
		v := c.training()
		n := len(v)
		return figureOf(v[0]) == m[1] && figureOf(v[n-1]) == m[2] && figureOf(v[(n-1)/2]/2+v[n/2]/2) == m[3] && fmt.Sprintf("%.1f", skewed(v)) == m[4]
	}},
	{`of (\d+) training rows?`, func(c *claims, _ string, m []string) bool {
		n := 0
		for _, s := range c.report.Splits {
			if s.Name == "train" {
				n = s.Rows
			}
		}
		return n == whole(m[1]) || c.report.Lacking.Rows > 0 && n-c.report.Lacking.Rows <= whole(m[1]) && whole(m[1]) < n
	}},
	{`there are no validation rows, which would choose the best epoch`, func(c *claims, _ string, _ []string) bool { return !slices.Contains(c.part, "validation") }},
})

// tailed says whether outliers rule the deviation of a column: by its skewness, or since
// one is a million times as far from the median as half the others.
func (c *claims) tailed(column string) bool {
	v := c.numbers(column)
	if len(v) == 0 { // they have a unit
		cells, _ := c.cells(column)
		for _, text := range cells {
			v = append(v, number(strings.TrimFunc(text, func(r rune) bool { return (r < '0' || r > '9') && r != '-' })))
		}
	}
	slices.Sort(v)
	n := len(v)
	half := max(v[3*n/4]-v[n/2], v[n/2]-v[n/4])
	return math.Abs(skewed(v)) > 3 || max(v[n-1]-v[n/2], v[n/2]-v[0]) > 1e5*half
}

func number(s string) float64 {
	v, err := data.ParseNumber(s)
	if err != nil {
		return math.NaN()
	}
	return v
}

// skewed is the third standardised moment.
func skewed(values []float64) float64 {
	n, mean, second, third := float64(len(values)), 0.0, 0.0, 0.0
	for _, v := range values {
		mean += v / n
	}
	for _, v := range values {
		second += (v - mean) * (v - mean) / n
		third += (v - mean) * (v - mean) * (v - mean) / n
	}
	return third / math.Pow(second, 1.5)
}
