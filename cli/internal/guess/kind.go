package guess

import (
	"context"
	"fmt"
	"strings"
	"unicode"

	"github.com/chiasm-ml/chiasm/internal/rounding"
)

// Rules by which columns are told apart. They are judgements, and the reasons that
// are printed say them.
const (
	emptyBelow    = 0.1    // of the cells hold something: mostly empty
	mostlyOf      = 0.8    // of the cells are of a kind: the others are mistakes
	idShare       = 0.95   // of the cells are different: names of rows
	codeShare     = 0.5    // the same, where they look like codes
	leastRows     = 10     // of a table that anything can be learnt from
	fewRows       = 20     // below which all may be different by chance
	mostKinds     = 10_000 // different categories; embeddings of more learn little
	manyKinds     = 1000   // of which it is said why they are not read as texts
	rowsEach      = 2.5    // of a category, on average
	longestName   = 4      // words of a category
	fewCategories = 20     // of a column of categories, or of a target of whole numbers
	skewed        = 3.0    // of the third moment, where outliers would rule the scale
	outlying      = 1e6    // spreads from the median, where one outlier would
)

// guessColumns says what each column is, by itself.
func (s *survey) guessColumns(ctx context.Context) error {
	for _, p := range s.profiles {
		if p == s.target {
			continue
		}
		p.kind, p.why = s.kindOf(p)
		if p.kind == Split {
			s.takeSplit(p)
		}
		if p.kind != Image {
			continue
		}
		if err := s.lookAtImages(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// leaveOut takes columns out of the inputs that would make figures look better than
// the model is: names of what rows belong to, and what gives the target away.
func (s *survey) leaveOut() {
	for _, p := range s.inputs() {
		if why := s.belonging(p); why != "" {
			p.kind, p.why = ID, why
		}
	}
	inputs := s.inputs()
	for _, p := range inputs {
		if why := s.leaks(p, len(inputs)); why != "" {
			p.was, p.kind, p.why = p.kind, Leak, why
		}
	}
	for _, p := range s.inputs() {
		if 2*p.missing() > p.rows {
			s.warn(-1, p.name(), "%d of %d cells are empty, and the column is used all the same", p.missing(), p.rows).
				WithHint("if it says nothing, take it out of the config")
		}
	}
}

// lastResort takes back what gives the target away, or else what names rows, where
// nothing else is left: a table of two columns may be just what its reader wants to
// try.
func (s *survey) lastResort() {
	for _, kind := range []Kind{Leak, ID} {
		if len(s.inputs()) > 0 {
			return
		}
		for _, p := range s.profiles {
			if p.kind != kind {
				continue
			}
			switch {
			case kind == Leak:
				p.kind = p.was
			case p.isNumeric() && len(p.notNumbers) == 0:
				p.kind = Number
			default:
				p.kind = Text
			}
			s.warn(-1, p.name(), "%s; it is used all the same, for no other column is left", p.why)
			p.why += "; it is used all the same, for no other column is left"
		}
	}
}

func (s *survey) kindOf(p *profile) (Kind, string) {
	such := func() string {
		_, text := p.first()
		return "such as " + show(text)
	}
	flaw := s.flaw(p)
	switch {
	case flaw != "":
		return Unread, flaw
	case p.present == 0:
		return Empty, "every cell is empty"
	case float64(p.present) < emptyBelow*float64(p.rows):
		first, _ := p.first()
		return Empty, fmt.Sprintf("%d of %d cells are empty; the first that is not is row %d", p.missing(), p.rows, s.rowNumber(first))
	case p.distinct() == 1 && float64(p.missing()) >= emptyBelow*float64(p.rows):
		_, text := p.first()
		return Category, fmt.Sprintf("%s in %s, and empty in %d", show(text), plural(p.present, "cell"), p.missing())
	case p.distinct() == 1:
		_, text := p.first()
		return Constant, "every cell that is not empty holds " + show(text)
	case p.isSplit():
		return Split, "its cells say " + p.list()
	case p.share(p.files, mostlyOf):
		return Image, fmt.Sprintf("%s end as files of images do", ofCells(p.files, p.present))
	case p.share(p.forms.dates+p.days, mostlyOf) && !p.counting():
		return Date, fmt.Sprintf("%s are dates, %s", ofCells(p.forms.dates+p.days, p.present), such()) + s.dated(p)
	case p.share(p.clocks, mostlyOf) && p.durations() == "":
		return Date, fmt.Sprintf("%s are times of day, %s", ofCells(p.clocks, p.present), such()) + s.dated(p)
	case p.months == p.present && namedMonth(p.name()):
		return Date, fmt.Sprintf("%s are months, by the name and by their digits, %s", ofCells(p.months, p.present), such()) + s.dated(p)
	case p.durations() != "":
		return Unread, p.durations()
	case p.ticking():
		return Date, fmt.Sprintf("%s are times since 1970, by the name and by their size, %s", ofCells(p.numbers, p.present), such()) + s.dated(p)
	case p.share(p.lists, mostlyOf):
		return Unread, fmt.Sprintf("%s hold several numbers, %s; a column for each would be read", ofCells(p.lists, p.present), such())
	}
	if codes := p.codes(); codes != "" {
		k, why := p.worded()
		return k, codes + "; " + why
	}
	if k, why := s.numeric(p); k != "" {
		return k, why
	}
	return p.worded()
}

// codes says why a column of digits is none of numbers; empty where it may be one.
func (p *profile) codes() string {
	switch {
	case p.share(p.called, mostlyOf):
		return ofCells(p.called, p.present) + " are written as telephone numbers are"
	case p.digits == 0 || p.digits < p.numbers:
		return ""
	case p.padded > 0:
		return fmt.Sprintf("%s with a zero before other digits, so they are codes", beginWith(p.padded, p.present))
	case p.share(p.long, mostlyOf):
		return ofCells(p.long, p.present) + " have 12 digits or more, so they are codes"
	case p.share(p.digits, mostlyOf) && namedCode(p.name()):
		return "the name says that its digits are codes"
	}
	return ""
}

func beginWith(n, of int) string {
	if n == 1 && of > 1 {
		return fmt.Sprintf("1 of %d cells begins", of)
	}
	return ofCells(n, of) + " begin"
}

// counting says whether whole numbers count the rows.
func (p *profile) counting() bool {
	if len(p.values) == 0 || !p.whole || len(p.notNumbers) > 0 || p.distinct() != p.present || p.present < fewRows {
		return false
	}
	low, high := bounds(p.values)
	return high-low == float64(p.present-1)
}

// numeric judges a column of numbers; "" for any other.
func (s *survey) numeric(p *profile) (Kind, string) {
	if !p.isNumeric() {
		return "", ""
	}
	if p.whole && len(p.notNumbers) == 0 {
		low, high := bounds(p.values)
		switch {
		case p.counting():
			return ID, fmt.Sprintf("it counts the rows from %.0f to %.0f", low, high)
		case p.distinct() == p.present && namedID(p.name()):
			return ID, "every cell is another whole number, and the name says so"
		case namedID(p.name()) && p.distinct() > fewCategories:
			return ID, fmt.Sprintf("the name says so, and it has %d different whole numbers", p.distinct())
		}
	}
	if len(p.notNumbers) > 0 && s.takeUnit(p) {
		low, high := bounds(p.values)
		return Number, fmt.Sprintf("numbers of the unit %s from %s to %s", show(p.unit), figure(low), figure(high))
	}
	if p.numbers == 0 {
		_, text := p.first()
		return Unread, fmt.Sprintf("%s are numbers but for how they are written, such as %s", ofCells(p.almost, p.present), show(text)) + p.instead()
	}
	if n := len(p.notNumbers); n > 0 {
		row := p.notNumbers[0]
		return Unread, fmt.Sprintf("%d of %d filled cells are numbers; of the others the first is %s, in row %d", p.numbers, p.present, show(p.cell(row).Text), s.rowNumber(row)) + p.instead()
	}
	low, high := bounds(p.values)
	if n := len(p.values); rounding.Constant(n, mean(p.values), variance(p.values)) {
		return Constant, fmt.Sprintf("its numbers, all near %s, differ by rounding alone", figure(low))
	}
	kind := "numbers"
	if p.whole {
		kind = "whole numbers"
	}
	return Number, fmt.Sprintf("%s from %s to %s", kind, figure(low), figure(high))
}

// instead says how to write the numbers of a column that are no plain ones.
func (p *profile) instead() string {
	units := map[string]bool{}
	negative, scaled := false, false
	for _, row := range p.notNumbers {
		text := strings.TrimSpace(p.cell(row).Text)
		number, ok := measured(text)
		if !ok {
			continue
		}
		_, in := inParentheses(text)
		unit := strings.TrimFunc(strings.Replace(strings.Trim(text, "()"), number, "", 1), unicode.IsSpace)
		negative, scaled = negative || in, scaled || multiple(unit)
		if unit != "" {
			units[unit] = true
		}
	}
	switch {
	case negative:
		return "; what stands in parentheses is below zero: write it with a minus"
	case scaled:
		return "; k, M and the like multiply their numbers, and not those of other cells: write all out"
	case len(units) > 1:
		return fmt.Sprintf("; they have %d different units: write all in one", len(units))
	}
	return ""
}

// isNumeric says whether a column is one of numbers, with others among them where they
// are few, or stand for nothing; categories such as 2, 3, 4 and 5+ are no numbers, and
// neither are codes.
func (p *profile) isNumeric() bool {
	if p.numbers+p.almost == 0 || p.codes() != "" {
		return false
	}
	return p.numbers+p.stands == p.present || p.share(p.numbers+p.almost+p.stands, mostlyOf) && p.distinct() > fewCategories
}

// worded judges a column of texts.
func (p *profile) worded() (Kind, string) {
	different := fmt.Sprintf("%d different values in %d cells", p.distinct(), p.present)
	single := !p.share(p.spaced, 0.05)
	enough := p.present >= fewRows
	switch coded := p.share(p.coded, codeShare); {
	case single && p.share(p.distinct(), idShare) && (namedID(p.name()) || enough && coded):
		return ID, different + ", each of one word"
	case single && namedID(p.name()) && p.distinct() > fewCategories:
		return ID, "the name says so, and it has " + different
	case single && enough && coded && p.share(p.distinct(), codeShare):
		return ID, different + ", which look like codes"
	case single && enough && p.share(p.distinct(), idShare) && p.share(p.prefixed("http"), mostlyOf):
		return ID, different + ", which are addresses"
	case p.distinct() <= mostKinds && p.wordsAt(0.95) <= longestName &&
		float64(p.present) >= rowsEach*float64(p.distinct()):
		if p.distinct() > manyKinds {
			different += fmt.Sprintf(", %.1f cells each: enough to learn each by itself", float64(p.present)/float64(p.distinct()))
		}
		return Category, different
	}
	if p.words[len(p.words)-1] == 1 {
		return Text, different + ", each of one word: too few cells of each to learn it by itself, so its letters are read"
	}
	return Text, fmt.Sprintf("%s: half have at most %s, 19 of 20 at most %d", different, plural(p.wordsAt(0.5), "word"), p.wordsAt(0.95))
}

func (p *profile) prefixed(with string) int {
	n := 0
	for text, count := range p.counts {
		if strings.HasPrefix(text, with) {
			n += count
		}
	}
	return n
}
