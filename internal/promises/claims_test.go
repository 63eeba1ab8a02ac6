package promises_test

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/data"
)

// claims is what init said of a table, and the table to hold it to.
type claims struct {
	t       *testing.T
	table   *data.Table
	raw     *data.Table // without what stands for empty cells
	target  string
	part    []string            // by row, the split that it is in; "" is none
	columns map[string][]string // of each input
	report  account             // of the training
	dir     string
	checked int
}

// A claim is a form of words, and whether what it says of a column is so. Parts of the
// form are \d+ for a whole number and so on, as regexp has them.
type claim struct {
	form  string
	holds func(c *claims, column string, m []string) bool
}

// says holds every sentence that is said of a column to the table. A sentence of no
// known form fails: whoever adds one adds how to check it.
func (c *claims) says(column, why string) {
	c.t.Helper()
	if c.known(column, why) {
		return
	}
	for _, part := range strings.Split(why, "; ") {
		if !c.known(column, part) {
			c.t.Errorf("nobody checks what is said of %s: %s", column, part)
		}
	}
}

func (c *claims) known(column, why string) bool {
	for _, k := range forms {
		m := k.re.FindStringSubmatch(why)
		if m == nil {
			continue
		}
		c.checked++
		if !k.holds(c, column, m) {
			c.t.Errorf("of %s it is not so that %s", column, why)
		}
		return true
	}
	return false
}

func compiled(claims []claim) (out []struct {
	claim
	re *regexp.Regexp
}) {
	for _, k := range claims {
		out = append(out, struct {
			claim
			re *regexp.Regexp
		}{k, regexp.MustCompile("^(?s:" + k.form + ")$")})
	}
	return out
}

// cells are those of a column that hold something, in order; rows are where.
func (c *claims) cells(column string) (cells []string, rows []int) {
	for row, cell := range c.column(column).All() {
		if !cell.Missing() {
			cells, rows = append(cells, cell.Text), append(rows, row)
		}
	}
	return cells, rows
}

func (c *claims) column(name string) *data.Column {
	col, err := c.table.Column(name)
	if err != nil {
		c.t.Fatal(err)
	}
	return col
}

func (c *claims) counts(column string) map[string]int {
	counts := map[string]int{}
	cells, _ := c.cells(column)
	for _, text := range cells {
		counts[text]++
	}
	return counts
}

// numbers are those of a column as the config has it read.
func (c *claims) numbers(column string) []float64 {
	var values []float64
	cells, _ := c.cells(column)
	for _, text := range cells {
		if v, err := c.table.Numbers.Parse(text); err == nil {
			values = append(values, v)
		}
	}
	return values
}

// measured are the numbers of a column that stand beside a unit, or alone.
func (c *claims) measured(column string) []float64 {
	var values []float64
	cells, _ := c.cells(column)
	for _, text := range cells {
		if unit := data.UnitBeside(text); unit != "" {
			text = strings.Trim(strings.Replace(text, unit, "", 1), " \u00a0\u202f")
		}
		if v, err := c.table.Numbers.Parse(text); err == nil {
			values = append(values, v)
		}
	}
	return values
}

func whole(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return math.MinInt
	}
	return n
}

// figure is how init writes a number.
func figureOf(v float64) string { return strconv.FormatFloat(v, 'g', 5, 64) }

func (c *claims) howMany(column, all, some, of string, is func(string) bool) bool {
	cells, _ := c.cells(column)
	n := 0
	for _, text := range cells {
		if is(text) {
			n++
		}
	}
	if all != "" {
		return n == len(cells) && n == whole(all)
	}
	return n == whole(some) && len(cells) == whole(of)
}

const (
	allOrSome = `(?:all (\d+) cells|(\d+) of (\d+) cells)`
	exactly   = `(?: in every row|, but for (\d+) rows?, the first of which is row (\d+))`
)

func matcher(form string) func(string) bool { return regexp.MustCompile(form).MatchString }

var (
	endsAsImage = matcher(`(?i)\.(png|jpe?g|gif|bmp|webp|tiff?)$`)
	zeroFirst   = matcher(`^0\d+$`)
	telephone   = matcher(`^\+?[-\d ()/.]+$`)
	manyDigits  = matcher(`^[02-9]\d{11,}$`)
	likeDate    = matcher(`^(\d{8}|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}.*|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}.*|\pL{3,} \d+(st|nd|rd|th)?, \d{4}|\d+(\.|er|st|nd|rd|th)? ((of|de) )?[\pL.]{3,} (de )?\d{4}|\d{4}-\d\d|\pL{3,}\.? \d{4}|\d{4}-W\d\d(-\d)?|\d{4}Q[1-4])$`)
	likeClock   = matcher(`(?i)^\d{1,2}:\d\d(:\d\d)?( [ap]m)?$`)
	likeMonth   = matcher(`^(\d{6}|\d{4}\.\d\d|\d\d\.\d{4})$`)
	likeSpan    = matcher(`(?i)^(pt.*|\d+.*(h|m|min|std\.?|days).*|\d+:\d\d(:\d\d)?)$`)
	likeNumbers = matcher(`^[\[({]?-?[\d.]+[,;| \t]+-?[\d.]+.*$`)
)

// forms are all that init says.
var forms = compiled([]claim{
	{`every cell is empty`, func(c *claims, col string, _ []string) bool { return len(c.counts(col)) == 0 }},
	{`(\d+) of (\d+) cells are empty; the first that is not is row (\d+)`, func(c *claims, col string, m []string) bool {
		cells, rows := c.cells(col)
		return whole(m[1]) == c.table.Len()-len(cells) && whole(m[2]) == c.table.Len() && rows[0]+1 == whole(m[3])
	}},
	{`(".*") in (\d+) cells?, and empty in (\d+)`, func(c *claims, col string, m []string) bool {
		cells, _ := c.cells(col)
		return len(c.counts(col)) == 1 && len(cells) == whole(m[2]) && c.table.Len()-len(cells) == whole(m[3])
	}},
	{`every cell that is not empty holds (".*")`, func(c *claims, col string, m []string) bool {
		cells, _ := c.cells(col)
		return len(c.counts(col)) == 1 && fmt.Sprintf("%q", cells[0]) == m[1]
	}},
	{`its numbers, all near (\S+), differ by rounding alone`, func(c *claims, col string, m []string) bool {
		v := c.numbers(col)
		return slices.Max(v)-slices.Min(v) < 1e-12*math.Abs(v[0]) && figureOf(slices.Min(v)) == m[1]
	}},
	{`its cells say (.*?)(?:, and (\d+) more)?`, func(c *claims, col string, m []string) bool { return c.listed(col, m[1], m[2]) }},
	{`(?:it does not cut the rows, for ".*" is not train, validation, val or test|\S+ cuts the rows|it leaves one label to train on, so fractions cut the rows)`, always},
	{allOrSome + ` end as files of images do`, func(c *claims, col string, m []string) bool { return c.howMany(col, m[1], m[2], m[3], endsAsImage) }},
	{`no one format reads them all, so that date_formats has to name one`, func(c *claims, col string, m []string) bool {
		var rows []int
		for row := range c.table.Len() {
			if !c.table.Bad.Has(row) {
				rows = append(rows, row)
			}
		}
		_, err := data.FindDateFormat(c.table, c.column(col), rows)
		return err != nil
	}},
	{allOrSome + ` are dates, such as ".*"`, func(c *claims, col string, m []string) bool { return c.howMany(col, m[1], m[2], m[3], likeDate) }},
	{allOrSome + ` are times of day, such as ".*"`, func(c *claims, col string, m []string) bool { return c.howMany(col, m[1], m[2], m[3], likeClock) }},
	{allOrSome + ` are months, by the name and by their digits, such as ".*"`, func(c *claims, col string, m []string) bool { return c.howMany(col, m[1], m[2], m[3], likeMonth) }},
	{allOrSome + ` are durations, such as ".*"`, func(c *claims, col string, m []string) bool { return c.howMany(col, m[1], m[2], m[3], likeSpan) }},
	{`write them as numbers of one unit, such as minutes, to have them read`, always},
	{`names of months are (.*)`, func(c *claims, col string, m []string) bool {
		of := data.MonthLanguages(slices.Collect(maps.Keys(c.counts(col))))
		return m[1] == "of several languages, and read as they are" && len(of) == 0 || m[1] == strings.Join(of, " or ")
	}},
	{allOrSome + ` hold several numbers, such as ".*"`, func(c *claims, col string, m []string) bool { return c.howMany(col, m[1], m[2], m[3], likeNumbers) }},
	{`a column for each would be read`, always},
	{allOrSome + ` begins? with a zero before other digits, so they are codes`, func(c *claims, col string, m []string) bool { return c.howMany(col, m[1], m[2], m[3], zeroFirst) }},
	{allOrSome + ` are written as telephone numbers are`, func(c *claims, col string, m []string) bool { return c.howMany(col, m[1], m[2], m[3], telephone) }},
	{allOrSome + ` have 12 digits or more, so they are codes`, func(c *claims, col string, m []string) bool { return c.howMany(col, m[1], m[2], m[3], manyDigits) }},
	{`the name says that its digits are codes`, func(_ *claims, col string, _ []string) bool { return matcher(`(?i)zip|post|plz|phone|code`)(col) }},
	{`it counts the rows from (\S+) to (\S+)`, func(c *claims, col string, m []string) bool {
		v := c.numbers(col)
		slices.Sort(v)
		return len(slices.Compact(slices.Clone(v))) == len(v) && int(v[0]) == whole(m[1]) && int(v[len(v)-1]) == whole(m[2]) && whole(m[2])-whole(m[1]) == len(v)-1
	}},
	{`every cell is another whole number, and the name says so`, func(c *claims, col string, _ []string) bool {
		cells, _ := c.cells(col)
		return len(c.counts(col)) == len(cells)
	}},
	{`the name says so, and it has (\d+) different whole numbers`, func(c *claims, col string, m []string) bool { return len(c.counts(col)) == whole(m[1]) }},
	{`(whole )?numbers from (\S+) to (\S+)`, func(c *claims, col string, m []string) bool {
		v := c.numbers(col)
		return figureOf(slices.Min(v)) == m[2] && figureOf(slices.Max(v)) == m[3] && (m[1] == "" || !slices.ContainsFunc(v, func(v float64) bool { return v != math.Trunc(v) }))
	}},
	{`numbers of the unit (".*") from \S+ to \S+`, func(c *claims, col string, m []string) bool {
		unit, err := strconv.Unquote(m[1])
		cells, _ := c.cells(col)
		return err == nil && slices.ContainsFunc(cells, func(text string) bool { return strings.Contains(text, unit) })
	}},
	{`(\d+) of (\d+) filled cells are numbers; of the others the first is (".*"), in row (\d+)`, func(c *claims, col string, m []string) bool {
		cells, _ := c.cells(col)
		return len(c.numbers(col)) == whole(m[1]) && len(cells) == whole(m[2]) && fmt.Sprintf("%q", c.column(col).Cell(whole(m[4])-1).Text) == m[3]
	}},
	{allOrSome + ` are numbers but for how they are written, such as ".*"`, func(c *claims, col string, m []string) bool { return len(c.numbers(col)) == 0 }},
	{`(?:the name says so, and it has |the name says that rows belong together by it, and it has )?(\d+) different values in (\d+) cells(?:, each of one word(?:: too few cells of each to learn it by itself, so its letters are read)?|, \S+ cells each: enough to learn each by itself|, which look like codes|, which are addresses)?`,
		func(c *claims, col string, m []string) bool { return c.values(col, m[1], m[2]) }},
	{`(\d+) different values in (\d+) cells: half have at most (\d+) words?, 19 of 20 at most (\d+)`, func(c *claims, col string, m []string) bool {
		cells, _ := c.cells(col)
		half, most := 0, 0
		for _, text := range cells {
			n := len(strings.Fields(text))
			half, most = half+oneIf(n <= whole(m[3])), most+oneIf(n <= whole(m[4]))
		}
		return c.values(col, m[1], m[2]) && 2*half >= len(cells) && 20*most >= 19*len(cells)
	}},
	{`(\d+) different values in (\d+) cells, none of which stands in two splits: rows belong together by it`, func(c *claims, col string, m []string) bool {
		return c.values(col, m[1], m[2]) && c.crossing(col) == 0
	}},
	{`two labels: (.*)()`, func(c *claims, col string, m []string) bool { return c.listed(col, m[1], m[2]) }},
	{`(\d+) labels: (.*?)(?:, and (\d+) more)?(?:; to predict a number instead: type: regression)?`, func(c *claims, col string, m []string) bool {
		return len(c.counts(col)) == whole(m[1]) && c.listed(col, m[2], m[3])
	}},
	{`(\d+) labels with "(.)" between them: any number of them is predicted`, func(c *claims, col string, m []string) bool {
		labels := map[string]bool{}
		for text := range c.counts(col) {
			for _, label := range strings.Split(text, m[2]) {
				labels[strings.TrimSpace(label)] = true
			}
		}
		return len(labels) == whole(m[1])
	}},
	{`(\d+) different numbers from (\S+) to (\S+): a number is predicted`, func(c *claims, col string, m []string) bool {
		v := c.numbers(col)
		slices.Sort(v)
		return len(slices.Compact(slices.Clone(v))) == whole(m[1]) && figureOf(v[0]) == m[2] && figureOf(v[len(v)-1]) == m[3]
	}},
	{`it is the target again in all (\d+) rows that have both`, func(c *claims, col string, m []string) bool {
		both := 0
		return whole(m[1]) > 0 && c.exceptions(col, "", "", func(cell, answer string) bool {
			if cell != "" && answer != "" {
				both++
			}
			return cell == "" || answer == "" || strings.EqualFold(strings.TrimSpace(cell), strings.TrimSpace(answer))
		}) && both == whole(m[1])
	}},
	{`it is the target again` + exactly, func(c *claims, col string, m []string) bool {
		return c.exceptions(col, m[1], m[2], func(cell, answer string) bool {
			return cell == "" || answer == "" || strings.EqualFold(strings.TrimSpace(cell), strings.TrimSpace(answer))
		})
	}},
	{`each of its values has one (?:label|number)` + exactly, func(c *claims, col string, m []string) bool {
		return c.mapped(col, m[1], func(cell string) string { return cell })
	}},
	{`being empty or not has one (?:label|number)` + exactly, func(c *claims, col string, m []string) bool {
		return c.mapped(col, m[1], func(cell string) string { return fmt.Sprint(cell == "") })
	}},
	{`the target is \S+ times it(?: (?:plus|minus) \S+)?(?:, to within \S+)?` + exactly, always}, // TestF24_LeaksOfNumbers has the figures
	{`sorted by it, the target (?:rises|falls), but for small steps` + exactly, always},
	{`it is used all the same, for no other column is left`, always},
	{`column \d+ has no name|columns \d+ and \d+ are both named ".*"|another column has its name|\d+ of its .*, the first in row \d+`, func(c *claims, col string, _ []string) bool {
		_, err := c.table.Column(col)
		return err != nil || len(c.table.Flaws) > 0
	}},
	{`row (\d+): there is no file (".*") below .*, nor can any other be used \(.*\)`, func(c *claims, col string, m []string) bool {
		return fmt.Sprintf("%q", c.column(col).Cell(whole(m[1])-1).Text) == m[2]
	}},
	{`row (\d+): (".*") is an address, and nothing is fetched, nor can any other be used \(.*\)`, func(c *claims, col string, m []string) bool {
		return fmt.Sprintf("%q", c.column(col).Cell(whole(m[1])-1).Text) == m[2]
	}},
})

func always(*claims, string, []string) bool { return true }

func oneIf(is bool) int {
	if is {
		return 1
	}
	return 0
}

func (c *claims) values(column, different, all string) bool {
	cells, _ := c.cells(column)
	return len(c.counts(column)) == whole(different) && len(cells) == whole(all)
}

// listed holds a list such as "a (12), b (3)" to the column, and what more there is.
func (c *claims) listed(column, list, more string) bool {
	counts := c.counts(column)
	n := 0
	for _, m := range regexp.MustCompile(`(?s)(?:^|, )(.*?) \((\d+)\)`).FindAllStringSubmatch(list, -1) {
		if n++; counts[m[1]] != whole(m[2]) {
			return false
		}
	}
	if more == "" {
		return n == len(counts)
	}
	return n+whole(more) == len(counts)
}

// exceptions are the rows of which a rule is not so.
func (c *claims) exceptions(column, n, first string, so func(cell, answer string) bool) bool {
	var not []int
	for row, answer := range c.column(c.target).All() {
		if !so(c.column(column).Cell(row).Text, answer.Text) {
			not = append(not, row+1)
		}
	}
	if n == "" {
		return len(not) == 0
	}
	return len(not) == whole(n) && not[0] == whole(first)
}

// mapped holds the number of rows without the usual answer of their value.
func (c *claims) mapped(column, exceptions string, value func(string) string) bool {
	of, all := map[string]map[string]int{}, 0
	for row, answer := range c.column(c.target).All() {
		if answer.Missing() {
			continue
		}
		v := value(c.column(column).Cell(row).Text)
		if of[v] == nil {
			of[v] = map[string]int{}
		}
		of[v][answer.Text]++
		all++
	}
	usual := 0
	for _, answers := range of {
		usual += slices.Max(slices.Collect(maps.Values(answers)))
	}
	return all-usual == max(0, whole("0"+exceptions))
}

// crossing counts values that stand in two splits.
func (c *claims) crossing(column string) int {
	parts := map[string]map[string]bool{}
	for row, cell := range c.column(column).All() {
		if c.part[row] != "" && !cell.Missing() {
			if parts[cell.Text] == nil {
				parts[cell.Text] = map[string]bool{}
			}
			parts[cell.Text][c.part[row]] = true
		}
	}
	n := 0
	for _, in := range parts {
		n += oneIf(len(in) > 1)
	}
	return n
}
