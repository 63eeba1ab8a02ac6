package checkpoints_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/property"
)

// nameIn reads the name of the one tensor of a header that spells it so.
func nameIn(spelling string) (string, error) {
	tensors, _, err := decode(handMade(`{"`+spelling+`":`+entry("F32", "[0]", "[0,0]")+`}`, 0))
	if err != nil {
		return "", err
	}
	return tensors[0].Name, nil
}

func TestReadEscapes(t *testing.T) {
	for spelling, want := range map[string]string{
		`a\"\\\/\b\f\n\r\tz`:     "a\"\\/\b\f\n\r\tz",
		`\u0041\u00e9\u4e2d`:     "Aé中",
		`\ud83e\udd8e!`:          "🦎!",
		`\uD83E\uDD8E`:           "🦎",
		`\\u0041`:                `\u0041`,
		`\u0000`:                 "\x00",
		`\ufffd`:                 "\ufffd",
		strings.Repeat(`\\`, 40): strings.Repeat(`\`, 40),
	} {
		if got, err := nameIn(spelling); got != want || err != nil {
			t.Errorf("%s is read as %q, %v; want %q", spelling, got, err, want)
		}
	}
	for _, spelling := range []string{
		`\`, `\q`, `\u`, `\u004`, `\u00g1`, `\u+041`, `\U0041`, `\ud83e`, `\ud83e!`, `\ud83e\n`, `\ud83e\u0041`, `\udd8e\ud83e`, `\ud83e\u12`,
	} {
		if got, err := nameIn(spelling); err == nil {
			t.Errorf("%s is read as %q, want an error", spelling, got)
		}
	}
}

// TestReadEscapesLikeJSON compares with encoding/json over spellings that
// escape some characters and not others.
func TestReadEscapesLikeJSON(t *testing.T) {
	property.Check(t, func(t *property.T) {
		var b strings.Builder
		for _, r := range property.StringN(1, 12).Draw(t, "text") {
			if r < 0x20 || r == '"' || r == '\\' || (r < 0x10000 && property.Bool().Draw(t, "escape")) {
				fmt.Fprintf(&b, `\u%04x`, r)
			} else {
				b.WriteRune(r)
			}
		}
		var want string
		if err := json.Unmarshal([]byte(`"`+b.String()+`"`), &want); err != nil {
			t.Fatal(err)
		}
		if want == "__metadata__" {
			t.Skip("not a tensor")
		}
		if got, err := nameIn(b.String()); got != want || err != nil {
			t.Errorf("%s is read as %q, %v; want %q", b.String(), got, err, want)
		}
	})
}
