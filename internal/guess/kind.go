package guess

import (
	"context"
	"fmt"
	"strings"

	"github.com/chiasm-ml/chiasm/data"
)

// Rules by which columns are told apart. They are judgements, and the reasons that
// are printed say them.
const (
	emptyBelow    = 0.1   // of the cells hold something: mostly empty
	mostlyOf      = 0.8   // of the cells are of a kind: the others are mistakes
	idShare       = 0.95  // of the cells are different: names of rows
	codeShare     = 0.5   // the same, where they look like codes
	leastRows     = 10    // of a table that anything can be learnt from
	fewRows       = 20    // below which all may be different by chance
	mostKinds     = 1000  // different categories; embeddings of more learn little
	rowsEach      = 2.5   // of a category, on average
	longestName   = 4     // words of a category
	fewCategories = 20    // of a column of categories, or of a target of whole numbers
	skewed        = 3.0   // of the third moment, where outliers would rule the scale
	nearlyAlways  = 0.99  // of the rows: what tells the target that often gives it away
	straightLine  = 0.999 // of Pearson's r, for the same among numbers
)

// guessColumns says what each column is.
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
	for _, p := range s.inputs() {
		if why := s.leaks(p); why != "" {
			p.kind, p.why = Leak, why
		}
	}
	for _, p := range s.inputs() {
		s.checkCells(p)
	}
	return nil
}

func (s *survey) kindOf(p *profile) (Kind, string) {
	switch {
	case p.present == 0:
		return Empty, "every cell is empty"
	case float64(p.present) < emptyBelow*float64(p.rows()):
		first := s.rowNumber(firstPresent(p.column))
		return Empty, fmt.Sprintf("%d of %d cells are empty; the first that is not is row %d", p.missing(), p.rows(), first)
	case p.distinct() == 1:
		return Constant, fmt.Sprintf("every cell that is not empty holds %s", show(p.column.Cell(firstPresent(p.column)).Text))
	case p.isSplit():
		return Split, "its cells say " + p.list()
	case p.share(p.files, mostlyOf):
		return Image, fmt.Sprintf("%s end as files of images do", ofCells(p.files, p.present))
	case p.share(p.dates, mostlyOf):
		return Date, fmt.Sprintf("%s are dates, such as %s", ofCells(p.dates, p.present), show(p.column.Cell(firstPresent(p.column)).Text))
	}
	if k, why := p.numeric(); k != "" {
		return k, why
	}
	return p.worded()
}

// numeric judges a column of numbers; "" for any other.
func (p *profile) numeric() (Kind, string) {
	if !p.isNumeric() {
		return "", ""
	}
	if p.whole && len(p.notNumbers) == 0 {
		low, high := bounds(p.values)
		switch all := p.distinct() == p.present; {
		case all && p.present >= fewRows && high-low == float64(p.present-1):
			return ID, fmt.Sprintf("it counts the rows from %.0f to %.0f", low, high)
		case all && namedID(p.name()):
			return ID, "every cell is another whole number, and the name says so"
		case namedID(p.name()) && p.distinct() > fewCategories:
			return ID, fmt.Sprintf("the name says so, and it has %d different whole numbers", p.distinct())
		}
	}
	if p.numbers == 0 {
		return Number, fmt.Sprintf("%s are numbers but for how they are written", ofCells(p.almost, p.present))
	}
	if n := len(p.notNumbers); n > 0 {
		return Number, fmt.Sprintf("%d of %d filled cells are numbers, and %d are not", p.numbers, p.present, n)
	}
	kind := "numbers"
	if p.whole {
		kind = "whole numbers"
	}
	low, high := bounds(p.values)
	return Number, fmt.Sprintf("%s from %s to %s", kind, figure(low), figure(high))
}

// isNumeric says whether a column is one of numbers. Others among them are mistakes
// where they are few, or stand for nothing; categories such as 2, 3, 4 and 5+ are no
// numbers.
func (p *profile) isNumeric() bool {
	if p.numbers+p.almost == 0 {
		return false
	}
	stand := 0
	for _, row := range p.notNumbers {
		if placeholder(p.column.Cell(row).Text) {
			stand++
		}
	}
	return stand == len(p.notNumbers) || p.share(p.numbers+p.almost, mostlyOf) && p.distinct() > fewCategories
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
		return Category, different
	}
	return Text, fmt.Sprintf("%s, of %s (19 of 20 have at most %d)", different, plural(p.wordsAt(0.5), "word"), p.wordsAt(0.95))
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

// checkCells names the cells that training would refuse.
func (s *survey) checkCells(p *profile) {
	if p.kind == Number {
		s.nameNumbers(p)
	}
	s.named(s.notUTF8(p), p.name(), func(row int) (string, string) {
		return show(p.column.Cell(row).Text) + " is not UTF-8", "save the file as UTF-8"
	}, "cells that are not UTF-8")
}

// nameNumbers names the cells of a column of numbers that are none.
func (s *survey) nameNumbers(p *profile) {
	s.named(p.notNumbers, p.name(), func(row int) (string, string) {
		text := p.column.Cell(row).Text
		_, err := data.ParseNumber(text)
		message, hint := err.Error(), ""
		if number, ok := measured(text); ok && !strings.Contains(message, "(") {
			hint = fmt.Sprintf("write the number alone: %s", number)
		}
		return message, hint
	}, "cells that are not numbers")
}

// named adds a mistake for each of the first rows, and one that counts the others.
func (s *survey) named(rows []int, column string, say func(row int) (message, hint string), rest string) {
	for i, row := range rows {
		if i == mostNamed {
			s.mistake(-1, column, "%d more %s", len(rows)-mostNamed, rest)
			return
		}
		message, hint := say(row)
		s.mistake(row, column, "%s", message).Hint = hint
	}
}
