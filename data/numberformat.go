package data

import (
	"fmt"
	"strings"
)

// A NumberFormat is how the texts of a table write numbers. The zero value is
// that of ParseNumber: a decimal point, and nothing between digits.
type NumberFormat struct {
	Decimal   string `json:"decimal,omitempty"`   // the decimal mark: "," or, by default, a point
	Thousands string `json:"thousands,omitempty"` // what may stand between groups of three digits: , . ' _ or a space
}

// groupMarks are what may stand between groups of digits, with what else people
// write for it.
var groupMarks = map[string][]string{
	",": {","}, ".": {"."}, "_": {"_"},
	"'": {"'", "\u2019"},
	" ": {" ", "\u00a0", "\u202f", "\u2009"},
}

func (f NumberFormat) decimal() string {
	if f.Decimal == "" {
		return "."
	}
	return f.Decimal
}

func (f NumberFormat) validate() error {
	if f.Thousands == "" {
		return nil
	}
	if groupMarks[f.Thousands] == nil {
		return &ConfigError{"thousands", fmt.Sprintf("is %q, expected a comma, a point, an apostrophe, _ or space", f.Thousands)}
	}
	if f.Thousands == f.decimal() {
		return &ConfigError{"thousands", fmt.Sprintf("is %q, as is the decimal mark", f.Thousands)}
	}
	return nil
}

// Of is the number in a cell. A number of JSON is read as JSON has it, a text in
// this format.
func (f NumberFormat) Of(c Cell) (float64, error) {
	if c.Kind == Number {
		return ParseNumber(c.Text)
	}
	return f.Parse(c.Text)
}

// Parse reads a number as ParseNumber does, in this format. Groups of digits
// must have three each, so that 1,5 never becomes 15.
func (f NumberFormat) Parse(s string) (float64, error) {
	if f == (NumberFormat{}) {
		return ParseNumber(s)
	}
	plain, ok := f.plain(strings.Trim(s, " \t"))
	if !ok {
		return 0, &cellError{show(s) + " is not a number", f.hint()}
	}
	v, err := ParseNumber(plain)
	if bad, isNumber := err.(*cellError); isNumber && plain != s {
		bad.message = strings.Replace(bad.message, show(plain), show(s), 1)
		if _, err := ParseNumber(strings.Trim(s, " \t")); err != nil && !decimal(plain) {
			bad.hint = f.hint()
		}
		return 0, bad
	}
	return v, err
}

// hint says what numbers look like here.
func (f NumberFormat) hint() string {
	h := fmt.Sprintf("data.decimal is %q", f.decimal())
	if f.Thousands != "" {
		h += fmt.Sprintf(" and data.thousands %q", f.Thousands)
	}
	return h + ", as in 1" + f.Thousands + "234" + f.decimal() + "5"
}

// plain is a number with a point and nothing between its digits; false where its
// marks are not where they may be.
func (f NumberFormat) plain(s string) (string, bool) {
	whole, rest := s, ""
	if i := strings.Index(s, f.decimal()); i >= 0 {
		whole, rest = s[:i], "."+s[i+len(f.decimal()):]
	} else if i := strings.IndexAny(s, "eE"); i >= 0 {
		whole, rest = s[:i], s[i:]
	}
	if f.decimal() != "." && (strings.Contains(rest, ",") || strings.Contains(strings.TrimPrefix(rest, "."), ".")) {
		return "", false
	}
	if f.Thousands != "" {
		var ok bool
		if whole, ok = ungroup(whole, groupMarks[f.Thousands]); !ok {
			return "", false
		}
	}
	if strings.ContainsAny(whole, ".,") {
		return "", false
	}
	return whole + rest, true
}

// ungroup takes one kind of mark out of a whole number whose groups of digits,
// but for the first, have three.
func ungroup(s string, marks []string) (string, bool) {
	for _, m := range marks {
		if !strings.Contains(s, m) {
			continue
		}
		groups := strings.Split(s, m)
		first := strings.TrimLeft(groups[0], "+-")
		if len(first) == 0 || len(first) > 3 || first[0] == '0' { // 0,125 is no group
			return "", false
		}
		for _, g := range groups[1:] {
			if len(g) != 3 {
				return "", false
			}
		}
		return strings.Join(groups, ""), true
	}
	return s, true
}
