package phrase_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/phrase"
)

func Example() {
	fmt.Println(phrase.Count(1, "row"), phrase.Count(3, "row"), phrase.Quote("a\x1b[31m"))
	fmt.Println(phrase.Suggest("colour", []string{"color", "size"}))
	// Output:
	// 1 row 3 rows "a\x1b[31m"
	// did you mean "color"?
}

// A character is never cut in two.
func TestCut(t *testing.T) {
	for _, c := range []struct {
		text string
		most int
		want string
	}{{"abc", 3, "abc"}, {"abcd", 3, "abc"}, {"aé", 2, "a"}, {"日本", 4, "日"}, {"\x80\x80\x80\x80\x80\x80", 5, "\x80"}, {"é", 1, ""}} {
		if got := phrase.Cut(c.text, c.most); got != c.want {
			t.Errorf("%q of at most %d bytes is %q, want %q", c.text, c.most, got, c.want)
		}
	}
	if got := phrase.Quote(strings.Repeat("é", 30)); got != `"éééééééééééééééééééé"… (60 bytes)` {
		t.Error(got)
	}
}
