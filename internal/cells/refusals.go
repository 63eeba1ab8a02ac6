package cells

import "strings"

// A Refusal is a reason for which a cell or a row cannot be used. Every reader says
// it in one of these ways, among other words.
type Refusal struct {
	Words []string
	Means string
}

// Refusals are all of them. One that stands before another is meant where a message
// has the words of both.
var Refusals = []Refusal{
	{[]string{"not a number"}, "digits with an optional sign, point and exponent, spaces and tabs around them, are one; nothing else is guessed at"},
	{[]string{"too large"}, "float32 cannot hold it"},
	{[]string{"standard deviations"}, "it is farther than 1e9 standard deviations from the mean of the training rows"},
	{[]string{"no date as"}, "it is not written as its column's dates are, or is on no calendar; nothing else is guessed at"},
	{[]string{"an object or an array"}, "a cell is one value"},
	{[]string{"occurs twice"}, "of two values neither is believed"},
	{[]string{"surrogate"}, "half of a surrogate pair stands alone, which is no character"},
	{[]string{"NUL byte"}, "no text has one"},
	{[]string{"not UTF-8"}, "the bytes are no UTF-8"},
	{[]string{"not JSON", "ends inside its JSON", "goes on after", "expected a JSON object"}, "the line is no JSON object, or goes on behind it"},
	{[]string{"missing", "is empty"}, "the cell is empty, null or not there, and the rule is `missing: error`"},
}

// RefusalOf is the refusal that a message tells, by its place in Refusals; -1 if it
// tells none of them.
func RefusalOf(message string) int {
	for i, r := range Refusals {
		for _, words := range r.Words {
			if strings.Contains(message, words) {
				return i
			}
		}
	}
	return -1
}
