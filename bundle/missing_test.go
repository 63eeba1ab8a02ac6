package bundle_test

import (
	"context"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/internal/sample"
)

// TestF34_BundleSaysWhatIsMissing takes a field away from a bundle that was put
// together by hand: each door names it.
func TestF34_BundleSaysWhatIsMissing(t *testing.T) {
	for field, take := range map[string]func(b *bundle.Bundle){
		"Config": func(b *bundle.Bundle) { b.Config = nil },
		"Model":  func(b *bundle.Bundle) { b.Model = nil },
		"Inputs": func(b *bundle.Bundle) { b.Inputs = nil },
		"Target": func(b *bundle.Bundle) { b.Target = nil },
	} {
		r := newRun(t, sample.Default().YAML())
		b := r.Bundle
		take(&b)
		for what, err := range map[string]error{"save": b.Save(context.Background(), t.TempDir(), 1), "check": b.Check()} {
			if err == nil || !strings.Contains(err.Error(), field) {
				t.Errorf("%s without %s: %v", what, field, err)
			}
		}
	}
}
