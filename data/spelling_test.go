package data

import (
	"fmt"
	"strings"
	"testing"
)

// A patient written 5 in some rows and 5.0, or " 5", in others would stand in training
// and in test: the cut goes by what is written, and says so.
func TestF1_GroupsWrittenInTwoWays(t *testing.T) {
	for _, c := range []struct{ one, other string }{
		{"%d", "%d.0"}, {"%d", " %d"}, {"%03d", "%d"}, {"p%d", "P%d"}, {"café %d", "cafe\u0301 %d"},
	} {
		var g []string
		for i := range 60 {
			form := c.one
			if i >= 30 && i%2 == 0 {
				form = c.other
			}
			g = append(g, fmt.Sprintf(form, 1+i%30))
		}
		table, err := NewTable("t", Strings("g", g...))
		if err != nil {
			t.Fatal(err)
		}
		s, err := SplitConfig{Group: "g"}.Split(table, 1)
		if err != nil {
			t.Fatal(err)
		}
		if said := strings.Join(s.Warnings, "\n"); !strings.Contains(said, `column "g": 15 values differ from another only in case, spaces, Unicode form or how a number is written, such as `) ||
			!strings.Contains(said, "they are different groups") {
			t.Errorf("%q and %q: %q", c.one, c.other, s.Warnings)
		}
	}
}

func TestSpellingTellsLongNumbersApart(t *testing.T) {
	if a, b := Spelling("12345678901234567890"), Spelling("12345678901234567891"); a == b {
		t.Errorf("both are %s", a)
	}
	if a, b := Spelling("1e3"), Spelling(" 1000.0"); a != b {
		t.Errorf("%s and %s", a, b)
	}
}
