package bundle_test

import (
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/sample"
)

// An ensemble is exported as it predicts, with rows that lack members, of numbers and of labels.
func TestExportMembers(t *testing.T) {
	for _, output := range []string{"{type: multiclass, column: " + sample.Kind + ", calibrate: true}", "{type: multilabel, column: " + sample.Tags + "}", "{type: regression, column: " + sample.Price + "}"} {
		c := sample.Default()
		c.Output, c.Fusion = output, "{type: concat, dim: 4, hidden: [6]}"
		members := `members:
  caption: {votes: 3, of: [caption]}
  all: {fusion: {type: cross_attention, dim: 4, heads: 2, layers: 1}}
  facts: {votes: 2, seed: 3, of: [facts, caption], fusion: {type: score_average}}
`
		checkExport(t, newRun(t, strings.Replace(c.YAML(), "fusion: "+c.Fusion+"\n", members, 1)))
	}
}
