package guess

import (
	"iter"
	"slices"
	"strings"

	"github.com/chiasm-ml/chiasm/data"
)

// profile is what the cells of a column are like, and what was made of it.
type profile struct {
	column  *data.Column
	rows    int // that can be read
	present int // cells that hold something
	// numberTexts counts the different texts that are numbers.
	numberTexts int
	counts      map[string]int // of each text
	forms
	whole      bool // all numbers are whole
	values     []float64
	notNumbers []int // rows
	words      []int // of each cell, sorted

	unit string // that stands beside the numbers
	date string // the one format of the dates
	kind Kind
	was  Kind // before it was found to give the target away
	use  string
	why  string
}

// imageExtensions are those of the formats that are decoded.
var imageExtensions = []string{".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff"}

// judged is what was made of a text, which many cells may hold.
type judged struct {
	forms
	value  float64
	number bool
	words  int
}

func judge(cell data.Cell, numbers data.NumberFormat, dates *data.DateLook) judged {
	text := cell.Text
	v, err := numbers.Of(cell)
	j := judged{value: v, number: err == nil, words: len(strings.Fields(text))}
	j.forms = formsOf(text, j.words, j.number, dates)
	return j
}

func (s *survey) newProfile(c *data.Column) *profile {
	p := &profile{column: c, counts: map[string]int{}, whole: true}
	known, dates := map[string]judged{}, &data.DateLook{}
	for row, cell := range p.cells() {
		if s.readable(row) {
			p.rows++
		}
		if cell.Missing() {
			continue
		}
		p.present++
		if p.counts[cell.Text]++; p.counts[cell.Text] == 1 {
			known[cell.Text] = judge(cell, s.table.Numbers, dates)
			if known[cell.Text].number {
				p.numberTexts++
			}
		}
		j := known[cell.Text]
		if j.number {
			p.values = append(p.values, j.value)
			p.whole = p.whole && j.value == float64(int64(j.value))
		} else {
			p.notNumbers = append(p.notNumbers, row)
		}
		p.words = append(p.words, j.words)
		p.forms.add(j.forms)
	}
	slices.Sort(p.words)
	return p
}

func (p *profile) name() string           { return p.column.Name }
func (p *profile) missing() int           { return p.rows - p.present }
func (p *profile) distinct() int          { return len(p.counts) }
func (p *profile) cell(row int) data.Cell { return p.column.Cell(row) }

func (p *profile) cells() iter.Seq2[int, data.Cell] { return p.column.All() }

// first is the first cell that holds something; there must be one.
func (p *profile) first() (row int, text string) {
	for row, c := range p.cells() {
		if !c.Missing() {
			return row, c.Text
		}
	}
	return -1, ""
}

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
