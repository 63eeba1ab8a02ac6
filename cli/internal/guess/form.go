package guess

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/chiasm-ml/chiasm/data"
)

// forms counts the cells of a column by how they are written.
type forms struct {
	numbers int // plain decimal ones, of which some are
	digits  int // digits alone, of which some
	padded  int // begin with a zero before others,
	days    int // are a day such as 20240131, perhaps with a time behind it, or
	long    int // have more digits than a measurement or a time stamp
	called  int // a plus and seven digits or more, or as telephone numbers are written
	almost  int // a number but for a unit, a comma or the like
	stands  int // stands for nothing, such as N/A
	dates   int
	months  int // numbers that may be a month of a year: 202403, 2024.03, 03.2024
	clocks  int // times of day
	spans   int // durations in several numbers, and
	timed   int // in one, with a unit
	files   int
	lists   int // several decimal numbers
	spaced  int // several words
	coded   int // one word with a digit in it
}

func isDigit(r rune) bool { return '0' <= r && r <= '9' }

func onlyDigits(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !isDigit(r) })
}

// formsOf is how one cell that is not empty is written: ones and zeros.
func formsOf(text string, words int, number bool, dates *data.DateLook) (f forms) {
	trimmed := strings.TrimSpace(text)
	set := func(count *int, is bool) { *count = map[bool]int{true: 1}[is] }
	set(&f.numbers, number)
	if onlyDigits(trimmed) {
		f.digits = 1
		set(&f.padded, len(trimmed) > 1 && trimmed[0] == '0')
		set(&f.days, isDay(trimmed, dates))
		set(&f.long, len(trimmed) >= 12 && trimmed[0] != '1') // time stamps begin with 1 until the year 2033
	}
	set(&f.months, number && monthly.MatchString(trimmed))
	set(&f.called, telephone(trimmed, dates))
	if !number {
		_, nearly := measured(text)
		switch {
		case placeholder(text):
			f.stands = 1
		case dates.Is(text):
			f.dates = 1
		case data.IsClock(text):
			f.clocks = 1
		case severalNumbers(trimmed):
			f.lists = 1
		case nearly:
			f.almost = 1
		}
	}
	if span, single := duration(text); !number {
		set(&f.spans, span)
		set(&f.timed, single)
	}
	set(&f.files, slices.Contains(imageExtensions, extension(text)))
	set(&f.spaced, words > 1)
	set(&f.coded, words == 1 && strings.ContainsFunc(text, unicode.IsDigit))
	return f
}

// add counts another cell.
func (f *forms) add(o forms) {
	f.numbers += o.numbers
	f.digits += o.digits
	f.padded += o.padded
	f.days += o.days
	f.long += o.long
	f.called += o.called
	f.almost += o.almost
	f.stands += o.stands
	f.dates += o.dates
	f.months += o.months
	f.clocks += o.clocks
	f.spans += o.spans
	f.timed += o.timed
	f.files += o.files
	f.lists += o.lists
	f.spaced += o.spaced
	f.coded += o.coded
}

// monthly matches numbers of a month and a year of this century or the one before.
var monthly = regexp.MustCompile(`^(?:(?:19|20)[0-9]{2}\.?(?:0[1-9]|1[0-2])|(?:0?[1-9]|1[0-2])\.(?:19|20)[0-9]{2})$`)

// isDay says whether digits are year, month and day, and perhaps the time of day.
func isDay(s string, dates *data.DateLook) bool {
	return slices.Contains([]int{8, 12, 14}, len(s)) && (s[:2] == "19" || s[:2] == "20") && dates.Is(s)
}

// telephone says whether a text is written as telephone numbers are: a plus and
// digits, or digits in groups that no number has.
func telephone(s string, dates *data.DateLook) bool {
	plus := strings.HasPrefix(s, "+")
	digits := 0
	for _, r := range strings.TrimPrefix(s, "+") {
		switch {
		case isDigit(r):
			digits++
		case !strings.ContainsRune(" -()/.", r):
			return false
		}
	}
	if digits < 7 || digits > 15 {
		return false
	}
	return plus && strings.Count(s, ".") != 1 || strings.ContainsAny(s, "()") || strings.Count(s, "-") > 0 && !dates.Is(s) && s[0] != '-'
}

// severalNumbers says whether a text is a list of decimal numbers, such as a place
// on a map. Whole numbers may be names of things.
func severalNumbers(s string) bool {
	s = strings.Trim(s, "[](){}")
	parts := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(",;| \t", r) })
	if len(parts) < 2 || !strings.Contains(s, ".") {
		return false
	}
	for _, part := range parts {
		if _, err := data.ParseNumber(part); err != nil {
			return false
		}
	}
	return strings.ContainsAny(s, ";| \t") || len(parts) != 2 || strings.Count(s, ".") == 2
}

// Words that stand beside numbers: codes of currencies, as ISO 4217 has them and as
// people write them, and what a number is to be multiplied by.
var (
	currencies = []string{
		"usd", "eur", "gbp", "chf", "jpy", "cny", "rmb", "inr", "rs", "rs.", "sek", "nok", "dkk", "kr", "kr.", "pln", "czk", "huf", "ron", "rub", "uah", "try", "brl", "r$", "mxn", "cad", "c$", "aud", "a$", "us$", "nzd", "sgd", "hkd", "krw", "thb", "idr", "zar", "aed", "sar", "ils", "fr.", "sfr.",
	}
	multiples = []string{"k", "mn", "bn", "tn", "tsd", "mio", "mio.", "mrd", "mrd.", "thousand", "million", "millions", "billion", "billions"}
)

// measured is the number in a text such as $12, 1.200,50, 12 %, 80 kg, CHF 5, 1.2 million
// or (3.50).
func measured(s string) (string, bool) {
	s, _ = inParentheses(s)
	number := strings.TrimLeftFunc(s, func(r rune) bool { return unicode.Is(unicode.Sc, r) || unicode.IsSpace(r) })
	if before, rest, ok := strings.Cut(number, " "); ok && slices.Contains(currencies, strings.ToLower(before)) {
		number = strings.TrimSpace(rest)
	}
	number = strings.TrimRightFunc(number, func(r rune) bool { return !isDigit(r) })
	unit := strings.TrimSpace(s[strings.LastIndexFunc(s, isDigit)+1:])
	if number == "" || len([]rune(unit)) > 4 && !multiple(unit) || !grouped(strings.TrimLeft(number, "+-")) {
		return "", false
	}
	return number, true
}

// inParentheses is the text between parentheses, as bookkeepers write what is below zero.
func inParentheses(s string) (inside string, is bool) {
	inside, is = strings.CutPrefix(strings.TrimSpace(s), "(")
	if is {
		inside, is = strings.CutSuffix(inside, ")")
	}
	if !is {
		return s, false
	}
	return inside, true
}

// multiple says whether a unit multiplies the number before it. A small m is a metre.
func multiple(unit string) bool {
	return unit == "M" || unit == "B" || unit == "MM" || slices.Contains(multiples, strings.ToLower(unit))
}

// grouped says whether a text is digits, perhaps in groups of three, with a point or a
// comma before the last ones.
func grouped(s string) bool {
	whole, fraction := s, ""
	if at := strings.LastIndexAny(s, ".,"); at >= 0 && (len(s)-at-1 != 3 || strings.Count(s, s[at:at+1]) == 1) {
		whole, fraction = s[:at], s[at+1:]
		if !onlyDigits(fraction) {
			return false
		}
	}
	groups := strings.FieldsFunc(whole, func(r rune) bool { return strings.ContainsRune(".,' \u00a0\u202f", r) })
	if len(groups) == 0 {
		return false
	}
	for i, g := range groups {
		if !onlyDigits(g) || len(groups) > 1 && (i > 0 && len(g) != 3 || len(g) > 3) {
			return false
		}
	}
	return true
}

// placeholders stand for nothing.
var placeholders = []string{"na", "n/a", "nan", "null", "none", "nil", "-", "--", "?", "unknown", "missing", "#n/a", "#value!", "#div/0!", "."}

func placeholder(s string) bool {
	return slices.Contains(placeholders, strings.ToLower(strings.TrimSpace(s)))
}

// extension is the end of a path or of an address.
func extension(s string) string {
	if at := strings.LastIndexByte(s, '.'); at >= 0 {
		return strings.ToLower(s[at:])
	}
	return ""
}
