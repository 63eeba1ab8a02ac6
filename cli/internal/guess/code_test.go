package guess_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/cli/internal/guess"
	"github.com/chiasm-ml/chiasm/rng"
)

// Digits are not always numbers.
func TestF10_CodesAreNoNumbers(t *testing.T) {
	const rows = 300
	key := rng.New(5)
	from := func(n int, format string) func(int) string {
		return func(row int) string { return fmt.Sprintf(format, key.IntN(row, n)*7+501) }
	}
	for _, c := range []struct {
		name string
		cell func(row int) string
		want guess.Kind
		why  string // in it
	}{
		{"zip", from(40, "%05d"), guess.Category, "all 300 cells begin with a zero before other digits, so they are codes; 40 different values"},
		{"place", func(row int) string { return fmt.Sprintf("%05d", key.IntN(row, 40)*2500+501) }, guess.Category, "with a zero before other digits"},
		{"zip", func(row int) string { return fmt.Sprint(90001 + key.IntN(row, 40)) }, guess.Category, "the name says that its digits are codes; 40 different values"},
		{"region_code", func(row int) string { return fmt.Sprint(key.IntN(row, 30)) }, guess.Category, "the name says that its digits are codes"},
		{"agent", func(row int) string { return fmt.Sprintf("%03d", key.IntN(row, 6)) }, guess.Category, "6 different values"},
		{"calls", func(row int) string { return fmt.Sprintf("+1755%07d", key.IntN(row, 9999999)) }, guess.ID, "all 300 cells are written as telephone numbers are"},
		{"calls", func(row int) string { return fmt.Sprintf("(755) %03d-%04d", key.IntN(row, 999), row) }, guess.Text, "all 300 cells are written as telephone numbers are"},
		{"line", func(row int) string { return fmt.Sprintf("+1755555%04d", key.IntN(row, 12)) }, guess.Category, "telephone"},
		{"seen", func(row int) string { return fmt.Sprintf("2024%02d%02d", 1+row%12, 1+row%28) }, guess.Date, `all 300 cells are dates, such as "20240101"`},
		{"cost", func(row int) string { return fmt.Sprintf("CHF %d.50", 3+row) }, guess.Number, `numbers of the unit "CHF" from 3.5`},
		{"cost", func(row int) string { return fmt.Sprintf("%d.5 million", 3+row) }, guess.Number, `numbers of the unit "million"`},
		{"cost", func(row int) string { return fmt.Sprintf("%d.5k", 3+row) }, guess.Number, `numbers of the unit "k"`},
		{"cost", func(row int) string { return fmt.Sprintf([]string{"%d.5k", "%d00"}[row%2], 3+row) }, guess.Unread, "k, M and the like multiply their numbers, and not those of other cells: write all out"},
		{"cost", func(row int) string { return fmt.Sprintf([]string{"%d.5M", "%d.2k"}[row%2], 3+row) }, guess.Unread, "write all out"},
		{"cost", func(row int) string { return fmt.Sprintf([]string{"(%d.5)", "%d.2"}[row%2], 3+row) }, guess.Unread, "what stands in parentheses is below zero: write it with a minus"},
		{"cost", func(row int) string { return fmt.Sprintf([]string{"%d kg", "%d lb"}[row%2], 3+row) }, guess.Unread, "they have 2 different units: write all in one"},
		{"cost", func(row int) string { return fmt.Sprintf("%d ‰", 3+row) }, guess.Number, "numbers of the unit \"‰\""},
		{"sent", func(row int) string { return fmt.Sprintf(`"Mon, %d Mar 2021 10:%02d:00 GMT"`, 1+row%28, row%60) }, guess.Date, `all 300 cells are dates, such as "Mon, 1 Mar 2021 10:00:00 GMT"`},
		{"made", func(row int) string { return fmt.Sprintf("%d-March-21", 1+row%28) }, guess.Date, "are dates"},
		{"created_at", func(row int) string { return fmt.Sprint(1_700_000_000 + 3611*row) }, guess.Date, `are times since 1970, by the name and by their size, such as "1700000000"`},
		{"eventTime", func(row int) string { return fmt.Sprint(1_700_000_000_123 + 3611*row) }, guess.Date, "are times since 1970"},
		{"visitors", func(row int) string { return fmt.Sprint(1_700_000_000 + 3611*(row*row%301)) }, guess.Number, "whole numbers"},
		{"seen", func(row int) string { return fmt.Sprintf("%d/%d/2021", 1+row%12, 1+row*5%12) }, guess.Date, "can be read as %d/%m/%Y or %m/%d/%Y, and no training row tells which, so they are not read until date_formats says"},
		{"seen", func(row int) string {
			return map[bool]string{true: "soon", false: fmt.Sprintf("%d/6/2021", 1+row%30)}[row%90 == 7]
		}, guess.Date, "all 296 cells are dates"},
		{"seen", func(row int) string {
			return map[bool]string{true: "31/6/2021", false: fmt.Sprintf("%d/6/2021", 1+row%30)}[row%90 == 7]
		}, guess.Unread, `row 8: "31/6/2021" is no date as %d/%m/%Y`},
		{"seen", func(row int) string { return []string{"13/01/2021", "01/13/2021"}[row%2] }, guess.Date, `row 2: "01/13/2021" is a date as %m/%d/%Y, and "13/01/2021" in row 1 as %d/%m/%Y, so they are not read`},
		{"seen", func(row int) string { return fmt.Sprintf("%02d.%02d.24", 1+row%28, 1+row%12) }, guess.Date, "are dates"},
		{"seen", func(row int) string { return fmt.Sprintf("%d/%d/2024 10:15", 1+row%12, 1+row%28) }, guess.Date, "are dates"},
		{"release", func(row int) string { return fmt.Sprintf("1.%d.%d", row%4, row*3/2%5) }, guess.Category, "different values"},
		{"host", func(row int) string { return fmt.Sprintf("10.0.%d.%d", row%4, key.IntN(row, 5)) }, guess.Category, "20 different values"},
		{"host", func(row int) string {
			return fmt.Sprintf("10.%d.%d.%d", key.IntN(row, 250), row%250, key.IntN(row, 90))
		}, guess.ID, "each of one word"},
		{"iban", func(row int) string { return fmt.Sprintf("DE%020d", key.IntN(row, 1<<40)) }, guess.ID, "each of one word"},
		{"card", func(row int) string { return fmt.Sprintf("4%015d", key.IntN(row, 1<<40)) }, guess.ID, "have 12 digits or more, so they are codes"},
		{"sum", func(row int) string { return fmt.Sprintf("%064x", key.Uint64(row)) }, guess.ID, "each of one word"},
		{"at", func(row int) string { return fmt.Sprintf("%02d:%02d", row%24, row%4*15) }, guess.Date, `all 300 cells are times of day, such as "00:00"`},
		{"at", func(row int) string {
			return fmt.Sprintf("%d:%02d %s", 1+row%12, row%4*15, []string{"am", "PM"}[row/12%2])
		}, guess.Date, "are times of day"},
		{"took", func(row int) string { return fmt.Sprintf("%02d:%02d:%02d", row%50, row%60, row*7%60) }, guess.Unread, `all 300 cells are durations, such as "24:24:48"; write them as numbers of one unit, such as minutes, to have them read`},
		{"took", func(row int) string { return fmt.Sprintf("%dh %dm", row%50, row%60) }, guess.Unread, "are durations"},
		{"took", func(row int) string { return fmt.Sprintf("PT%dH%dM", row%50, row%60) }, guess.Unread, "are durations"},
		{"took", func(row int) string { return fmt.Sprintf("%d days %02d:%02d:00", row%9, row%24, row%60) }, guess.Unread, "are durations"},
		{"took", func(row int) string {
			return []string{"45 min", fmt.Sprintf("1 Std. %d Min.", row%60), fmt.Sprintf("%d h", row%40)}[row%3]
		}, guess.Unread, `all 300 cells are durations, such as "1 Std. 1 Min."`},
		{"took", func(row int) string { return fmt.Sprintf("%d min", row%90) }, guess.Number, `numbers of the unit "min"`},
		{"week", func(row int) string { return fmt.Sprintf("2024-W%02d", 1+row%52) }, guess.Date, "are dates"},
		{"when", func(row int) string { return fmt.Sprintf("2024-W%02d-%d", 1+row%52, 1+row%7) }, guess.Date, "are dates"},
		{"when", func(row int) string { return fmt.Sprintf("%dQ%d", 2020+row%4, 1+row%3) }, guess.Date, "are dates"},
		{"when", func(row int) string { return fmt.Sprintf("%d-%02d", 2020+row%4, 1+row%12) }, guess.Date, "are dates"},
		{"batch", func(row int) string { return fmt.Sprintf("%d-%02d", 4512+row%40, 1+row%12) }, guess.Category, "different values"},
		{"month", func(row int) string { return fmt.Sprintf("%d%02d", 2020+row%4, 1+row%12) }, guess.Date, `all 300 cells are months, by the name and by their digits, such as "202001"`},
		{"pieces", func(row int) string { return fmt.Sprintf("%d%02d", 2020+row%4, 1+row%12) }, guess.Number, "whole numbers"},
		{"when", func(row int) string {
			return fmt.Sprintf("%d. %s 2024", 1+row%28, []string{"März", "Mai", "Dez."}[row%3])
		}, guess.Date, `such as "1. März 2024"; names of months are German`},
		{"when", func(row int) string { return fmt.Sprintf("%d %s 2024", 1+row%28, []string{"mars", "marzo"}[row%2]) }, guess.Date, "names of months are of several languages, and read as they are"},
		{"when", func(row int) string { return fmt.Sprintf("%dth of March 2024", 4+row%17) }, guess.Date, "are dates"},
		{"where", func(row int) string { return fmt.Sprintf(`"%.4f, %.4f"`, 50+key.Float64(row), 9+key.Float64(row+1)) }, guess.Unread, "hold several numbers"},
		{"clicked", func(row int) string { return fmt.Sprint(1_700_000_000 + row*7919) }, guess.Number, "whole numbers from"},
		{"clicked", func(row int) string { return fmt.Sprint((1_700_000_000 + row*7919) * 1000) }, guess.Number, "whole numbers from"},
		{"delta", func(row int) string { return fmt.Sprintf("%+d", key.IntN(row, 99)-50) }, guess.Number, "whole numbers from"},
		{"ratio", func(row int) string { return fmt.Sprintf("%.3f", key.Float64(row)) }, guess.Number, "numbers from 0"},
		{"zero", func(row int) string { return fmt.Sprint(key.IntN(row, 9)) }, guess.Number, "whole numbers from 0 to 8"},
		{"built", func(row int) string { return fmt.Sprint(1950 + key.IntN(row, 70)) }, guess.Number, "whole numbers"},
		{"views", func(row int) string { return fmt.Sprint(key.IntN(row, 100_000_000)) }, guess.Number, "whole numbers"},
	} {
		path := write(t, t.TempDir(), "table.csv", csv(rows, column{c.name, c.cell}, drawn("other", 5), drawn("kind", 2)))
		found := look(t, path, "kind")
		if got := found.Guesses[0]; got.Kind != c.want || !strings.Contains(got.Why, c.why) {
			t.Errorf("%s such as %s is %s (%s), want %s (%s)", c.name, c.cell(0), got.Kind, got.Why, c.want, c.why)
		}
		parsed(t, path, found)
	}
	// Nor are they a number to predict.
	path := write(t, t.TempDir(), "table.csv", csv(rows, drawn("other", 5), column{"zip", from(40, "%05d")}))
	if found := look(t, path, "zip"); found.Type != "multiclass" {
		t.Errorf("a model of ZIP codes predicts a %s", found.Type)
	}
}

// What rows belong to is no feature: by its name, or since the table's own split keeps
// its rows together.
func TestF25_GroupsAreNoFeatures(t *testing.T) {
	const rows = 600
	key := rng.New(9)
	part := func(of int) string {
		return []string{"train", "train", "train", "val", "test"}[key.Name("part").IntN(of, 5)]
	}
	byGroup := column{"part", func(row int) string { return part(row / 10) }}
	byChance := column{"part", part}
	subject := func(format string) func(int) string {
		return func(row int) string { return fmt.Sprintf(format, 1+row/10) }
	}
	shuffled := func(n int) func(int) string {
		return func(row int) string { return fmt.Sprintf("w%d", key.IntN(row, n)) }
	}
	for name, c := range map[string]struct {
		column column
		part   column
		want   guess.Kind
		why    string
		config string
	}{
		"a word, split by it":      {column{"whom", func(row int) string { return "p" + string(rune('a'+row/10%26)) + string(rune('a'+row/260)) }}, byGroup, guess.ID, "60 different values in 600 cells, none of which stands in two splits", "# No value of whom stands in rows of two splits; add group: whom"},
		"a number, split by it":    {column{"subj", subject("%d")}, byGroup, guess.ID, "60 different values in 600 cells, none of which stands in two splits", "add group: subj"},
		"a code, split by it":      {column{"src", subject("S%03d")}, byGroup, guess.ID, "none of which stands in two splits", "add group: src"},
		"a number, not split":      {column{"score", subject("%d")}, byChance, guess.Number, "whole numbers from 1 to 60", ""},
		"a word, not split":        {column{"town", shuffled(30)}, byChance, guess.Category, "30 different values", ""},
		"a word, split otherwise":  {column{"town", shuffled(30)}, byGroup, guess.Category, "30 different values", ""},
		"a measure of each, split": {column{"weight", func(row int) string { return fmt.Sprint(50000 + 1741*(row/10)) }}, byGroup, guess.Number, "whole numbers", ""},
		"a patient's id":           {column{"patient_id", shuffled(60)}, byChance, guess.ID, "the name says so, and it has 60 different values in 600 cells", "# 60 values stand in rows of two splits: patient_id"},
		"few patients' ids":        {column{"patientId", shuffled(6)}, column{}, guess.ID, "the name says that rows belong together by it, and it has 6 different values", "add group: patientId"},
		"a user's number":          {column{"user", func(row int) string { return fmt.Sprint(key.IntN(row, 50) * 977) }}, column{}, guess.ID, "the name says", "add group: user"},
		"a session":                {column{"session", shuffled(50)}, column{}, guess.ID, "the name says", "add group: session"},
		"a person's name":          {column{"person", func(row int) string { return fmt.Sprintf("Ann Lee %c", 'A'+key.IntN(row, 26)) }}, column{}, guess.ID, "the name says that rows belong together by it", "add group: person"},
		"a patient's name":         {column{"patient_name", func(row int) string { return "Bo Wu " + string("ABC"[key.IntN(row, 3)]) }}, column{}, guess.ID, "the name says that rows belong together by it", "add group: patient_name"},
		"a kind of customer":       {column{"customer", shuffled(3)}, column{}, guess.Category, "3 different values", ""},
		"a store's id":             {column{"store_id", shuffled(5)}, column{}, guess.Category, "5 different values", ""},
		"a user's own text":        {column{"user", func(row int) string { return fmt.Sprintf("%d times the word %d", row, row*7) }}, column{}, guess.Text, "", ""},
	} {
		columns := []column{c.column, drawn("other", 5), drawn("kind", 2)}
		if c.part.name != "" {
			columns = append(columns, c.part)
		}
		path := write(t, t.TempDir(), "table.csv", csv(rows, columns...))
		found := look(t, path, "kind")
		if got := found.Guesses[0]; got.Kind != c.want || !strings.Contains(got.Why, c.why) {
			t.Errorf("%s is %s (%s), want %s (%s)", name, got.Kind, got.Why, c.want, c.why)
		}
		if !strings.Contains(found.Config, c.config) {
			t.Errorf("%s: no %q in\n%s", name, c.config, found.Config)
		}
		parsed(t, path, found)
	}
}
