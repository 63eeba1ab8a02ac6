package config_test

import (
	"errors"
	"testing"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/internal/difference"
)

// Any bytes give a Config or an *Error; a Config is written and read again
// unchanged.
func FuzzParse(f *testing.F) {
	f.Add([]byte(whole), "training.epochs=3")
	f.Add([]byte(alone), "inputs.facts.encoder=transformer")
	for _, c := range problemCases {
		f.Add([]byte(c.src), "data.cache=0")
	}
	reg := config.Builtin()
	f.Fuzz(func(t *testing.T, src []byte, set string) {
		c, err := config.Parse("folder/train.yaml", src, reg, set)
		var e *config.Error
		if err != nil {
			if !errors.As(err, &e) || len(e.Problems) == 0 {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		text := yaml(t, c)
		back, err := config.Parse("folder/train.yaml", []byte(text), reg)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if d := difference.Of(c, back, difference.Exported); d != "" {
			t.Fatalf("%s\n%s", d, text)
		}
	})
}
