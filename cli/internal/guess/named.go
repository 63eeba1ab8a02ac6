package guess

import (
	"slices"
	"strings"
	"unicode"
)

// Words that names of columns end in.
var (
	idWords = []string{"id", "ids", "uuid", "guid", "key", "index", "idx", "rowid", "no", "nr", "hash", "sku", "isbn", "ean", "barcode"}
	// Of things and people of which there are several rows each.
	groupWords = []string{
		"patient", "subject", "participant", "person", "people", "student", "employee", "member", "player", "speaker", "author", "user", "username",
		"customer", "client", "buyer", "seller", "account", "household", "family", "session", "visit", "visitor", "device", "machine", "sensor",
		"pt", "pupil", "respondent", "donor", "worker", "driver", "animal", "encounter", "episode", "case", "policy", "contract", "claim", "vehicle",
		"group", "cluster", "site", "hospital", "sample", "specimen", "recording", "video", "scene", "series", "order", "invoice", "conversation", "thread",
	}
	codeWords = []string{"zip", "zipcode", "postcode", "postal", "plz", "phone", "telephone", "tel", "mobile", "fax", "iban", "version", "code"}
	// Of columns whose numbers are months of years.
	monthWords = []string{"month", "months", "period", "yearmonth", "yyyymm", "ym", "mmyyyy", "monat", "periode", "mois", "mes", "mese", "maand", "date", "datum", "fecha", "data"}
	timeWords  = []string{"time", "times", "timestamp", "timestamps", "datetime", "date", "ts", "tstamp", "epoch", "unix", "unixtime", "utc", "created", "updated", "modified", "at", "when", "ms", "seconds"}
)

// nameWords are the words of a column's name.
func nameWords(name string) []string {
	return strings.FieldsFunc(splitCamel(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// namedID says whether a column is named as names of rows are.
func namedID(name string) bool {
	words := nameWords(name)
	return len(words) > 0 && slices.Contains(idWords, words[len(words)-1]) || strings.HasPrefix(strings.ToLower(name), "unnamed")
}

// namedGroup says whether a column is named as what several rows belong to, and
// whether by a word that says that it holds names.
func namedGroup(name string) (named, id bool) {
	words := nameWords(name)
	for len(words) > 1 && slices.Contains(append([]string{"number", "num", "nummer", "numero", "code", "name"}, idWords...), words[len(words)-1]) {
		words, id = words[:len(words)-1], true
	}
	if len(words) == 0 {
		return false, false
	}
	last := words[len(words)-1]
	if stem, ok := strings.CutSuffix(last, "id"); ok && slices.Contains(groupWords, stem) { // patientid
		return true, true
	}
	return slices.Contains(groupWords, last), id
}

// namedCode says whether a column is named as codes are that have digits and are no
// numbers.
func namedCode(name string) bool {
	words := nameWords(name)
	return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(codeWords[:len(codeWords)-1], w) }) ||
		len(words) > 0 && words[len(words)-1] == "code"
}

// namedTime says whether a column is named as times are.
func namedTime(name string) bool {
	return slices.ContainsFunc(nameWords(name), func(w string) bool { return slices.Contains(timeWords, w) })
}

// namedMonth says whether a column is named as months are.
func namedMonth(name string) bool {
	return slices.ContainsFunc(nameWords(name), func(w string) bool { return slices.Contains(monthWords, w) })
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
