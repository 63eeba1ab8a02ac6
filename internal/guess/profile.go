package guess

import (
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/chiasm-ml/chiasm/data"
)

// profile is what the cells of a column are like, and what was made of it.
type profile struct {
	column  *data.Column
	present int            // cells that hold something
	counts  map[string]int // of each text

	numbers, dates, files int  // cells that are a number, a date, or end as image files do
	almost                int  // cells that are a number but for how it is written
	whole                 bool // all numbers are whole
	values                []float64
	notNumbers            []int // rows
	coded                 int   // cells of one word with a digit in it
	spaced                int   // cells of several words
	words                 []int // of each cell, sorted

	kind Kind
	use  string
	why  string
}

// imageExtensions are those of the formats that are decoded.
var imageExtensions = []string{".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff"}

func newProfile(c *data.Column) *profile {
	p := &profile{column: c, counts: map[string]int{}, whole: true}
	for row, cell := range c.All() {
		if cell.Missing() {
			continue
		}
		p.present++
		p.counts[cell.Text]++
		if v, err := data.ParseNumber(cell.Text); err == nil {
			p.numbers++
			p.values = append(p.values, v)
			p.whole = p.whole && v == float64(int64(v))
		} else {
			p.notNumbers = append(p.notNumbers, row)
			if _, ok := measured(cell.Text); ok {
				p.almost++
			}
			if _, ok := data.ParseDate(cell.Text); ok || likeDate(cell.Text) {
				p.dates++
			}
		}
		if slices.Contains(imageExtensions, strings.ToLower(path.Ext(cell.Text))) {
			p.files++
		}
		words := len(strings.Fields(cell.Text))
		p.words = append(p.words, words)
		switch {
		case words > 1:
			p.spaced++
		case strings.ContainsFunc(cell.Text, unicode.IsDigit):
			p.coded++
		}
	}
	slices.Sort(p.words)
	return p
}

func (p *profile) name() string  { return p.column.Name }
func (p *profile) rows() int     { return p.column.Len() }
func (p *profile) missing() int  { return p.rows() - p.present }
func (p *profile) distinct() int { return len(p.counts) }

// share says whether n of the cells that hold something are at least a share.
func (p *profile) share(n int, least float64) bool {
	return p.present > 0 && float64(n) >= least*float64(p.present)
}

// wordsAt is a quantile of the words of a cell.
func (p *profile) wordsAt(q float64) int {
	if len(p.words) == 0 {
		return 0
	}
	return p.words[min(len(p.words)-1, int(q*float64(len(p.words))))]
}

// likeDate says whether a text is a date in a way that nothing here reads, such as
// 03/14/2026 or 14.3.2026: three numbers with the same sign between them.
func likeDate(s string) bool {
	date, _, _ := strings.Cut(s, " ")
	for _, sign := range []string{"/", ".", "-"} {
		parts := strings.Split(date, sign)
		if len(parts) != 3 {
			continue
		}
		long := 0
		for _, part := range parts {
			if part == "" || len(part) > 4 || strings.ContainsFunc(part, func(r rune) bool { return r < '0' || r > '9' }) {
				return false
			}
			if len(part) == 4 {
				long++
			}
		}
		return long <= 1
	}
	return false
}

// measured is the number in a text such as $12, 1.200,50, 12 % or 80 kg.
func measured(s string) (string, bool) {
	digit := func(r rune) bool { return '0' <= r && r <= '9' }
	number := strings.TrimLeftFunc(s, func(r rune) bool { return unicode.Is(unicode.Sc, r) || unicode.IsSpace(r) })
	number = strings.TrimRightFunc(number, func(r rune) bool { return !digit(r) })
	unit := strings.TrimSpace(s[strings.LastIndexFunc(s, digit)+1:])
	if number == "" || len(unit) > 4 || strings.ContainsFunc(strings.TrimLeft(number, "+-"), func(r rune) bool { return !digit(r) && !strings.ContainsRune(".,' \u00a0\u202f", r) }) {
		return "", false
	}
	if strings.ContainsAny(number[:1], ".,") || strings.Count(number, ".") > 1 && strings.Count(number, ",") > 1 {
		return "", false
	}
	return number, true
}

// placeholders stand for nothing.
var placeholders = []string{"na", "n/a", "nan", "null", "none", "nil", "-", "--", "?", "unknown", "missing", "#n/a", "#value!", "#div/0!", "."}

func placeholder(s string) bool {
	return slices.Contains(placeholders, strings.ToLower(strings.TrimSpace(s)))
}

// namedID says whether a column is named as names of rows are.
func namedID(name string) bool {
	words := strings.FieldsFunc(splitCamel(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if len(words) == 0 {
		return false
	}
	last := words[len(words)-1]
	return slices.Contains([]string{"id", "ids", "uuid", "guid", "key", "index", "idx", "rowid", "no", "nr", "hash", "sku", "isbn", "ean", "barcode"}, last) ||
		strings.HasPrefix(strings.ToLower(name), "unnamed")
}

// splitCamel writes userID and userId as user id.
func splitCamel(s string) string {
	var b strings.Builder
	small := false
	for _, r := range s {
		if small && unicode.IsUpper(r) {
			b.WriteByte(' ')
		}
		small = unicode.IsLower(r)
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
