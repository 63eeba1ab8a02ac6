package data

import (
	"slices"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// monthNames are the names of months by language, in lower case and without accents, with
// | between several. No word is another month in another language; a name may be cut to
// three letters or more, as far as it is still one month's alone: jui is juin or juillet.
var monthNames = []struct{ language, names string }{
	{"English", "january february march april may june july august september october november december"},
	{"German", "januar|janner|jaenner februar marz|maerz|mrz april mai juni juli august september oktober november dezember"},
	{"French", "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre"},
	{"Spanish", "enero febrero marzo abril mayo junio julio agosto septiembre|setiembre octubre noviembre diciembre"},
	{"Italian", "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre"},
	{"Dutch", "januari februari maart|mrt april mei juni juli augustus september oktober november december"},
	{"Portuguese", "janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro"},
}

// leastMonth is how many letters of a month's name tell it.
const leastMonth = 3

// months are all names of each month. Samples of exports are given them.
var months = sync.OnceValue(func() [][]string {
	all := make([][]string, 12)
	for _, l := range monthNames {
		for i, names := range strings.Fields(l.names) {
			all[i] = append(all[i], strings.Split(names, "|")...)
		}
	}
	for i := range all {
		slices.Sort(all[i])
		all[i] = slices.Compact(all[i])
	}
	return all
})

// plainWord is a word in lower case, without accents and without a point behind it.
func plainWord(s string) string {
	s = strings.ToLower(strings.TrimSuffix(s, "."))
	if strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 }) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(s))
}

// monthOf is the number of the month that a word names, in any of the languages; 0 for none.
func monthOf(word string) int { return monthAmong(months(), word) }

// monthAmong is the only month of which a name begins with a word.
func monthAmong(months [][]string, word string) int {
	found := 0
	if word = plainWord(word); len(word) < leastMonth {
		return 0
	}
	for i, names := range months {
		if !slices.ContainsFunc(names, func(name string) bool { return strings.HasPrefix(name, word) }) {
			continue
		}
		if found > 0 {
			return 0
		}
		found = i + 1
	}
	return found
}

// MonthLanguages are the languages that have all of some names of months, which may stand
// beside other parts of dates; none where they are of several languages, or no names.
func MonthLanguages(texts []string) []string {
	words := map[string]bool{}
	for _, text := range texts {
		for _, word := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.Is(unicode.Mn, r) }) {
			if monthOf(word) > 0 {
				words[word] = true
			}
		}
	}
	if len(words) == 0 {
		return nil
	}
	var all []string
	for _, l := range monthNames {
		own := make([][]string, 0, 12)
		for _, names := range strings.Fields(l.names) {
			own = append(own, strings.Split(names, "|"))
		}
		knows := true
		for word := range words {
			knows = knows && monthAmong(own, word) > 0
		}
		if knows {
			all = append(all, l.language)
		}
	}
	return all
}
