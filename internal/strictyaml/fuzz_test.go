package strictyaml

import (
	"errors"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/difference"
)

// Any bytes give a value or an *Error that names a place; a value that was
// read is written and read again unchanged.
func FuzzDecode(f *testing.F) {
	for _, c := range problemCases {
		if len(c.src) < 1000 {
			f.Add([]byte(strings.Replace(c.src, "+", good, 1)), "training.epochs=3")
		}
	}
	f.Add([]byte(whole), "tree.of[1].hidden=7")
	f.Add([]byte(good), "training={epochs: 0, low: *a}")
	f.Add([]byte(good), "\x1b") // control characters do not reach the terminal
	f.Fuzz(func(t *testing.T, src []byte, override string) {
		c, err := load(t, string(src), override)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || len(e.Problems) == 0 {
				t.Fatalf("%T: %v", err, err)
			}
			for _, p := range e.Problems {
				if p.At.Source == "c.yaml" && (p.At.Line < 1 || p.At.Column < 1) || strings.ContainsAny(p.String(), "\n\x1b") {
					t.Fatalf("%q", p.String())
				}
			}
			return
		}
		text, err := Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		back, err := load(t, string(text))
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if d := difference.Of(c, back); d != "" {
			t.Fatalf("%s\n%s", d, text)
		}
	})
}
