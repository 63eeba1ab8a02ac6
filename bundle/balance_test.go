package bundle_test

import (
	"strings"
	"testing"

	fusions "github.com/chiasm-ml/chiasm/internal/cases"
	"github.com/chiasm-ml/chiasm/internal/sample"
)

// A balanced model is trained, resumed, saved, asked, explained and exported like any other; with
// the slow tests, by every fusion of features.
func TestBalancedModels(t *testing.T) {
	quick := map[string]string{"concat": "average", "cross_attention": "pareto"}
	kinds := []string{"auxiliary", "pareto", "average"}
	for i, f := range fusions.Fusions {
		if f.Name == "score_average" || f.Name == "mixture" { // decisions
			continue
		}
		balance := quick[f.Name]
		if balance == "" {
			if !slow {
				continue
			}
			balance = kinds[i%len(kinds)]
		}
		t.Run(f.Name+" "+balance, func(t *testing.T) {
			c := sample.Default()
			f.Configs[0](&c)
			c.Training = ", balance: " + balance + ", modality_dropout: 0.3"
			yaml := c.YAML()
			if !strings.Contains(yaml, "balance: "+balance) {
				t.Fatal("the sample's config has no balance")
			}
			if balance != "pareto" { // whose heads are reached by the second loss alone; see TestBalance
				checkGradients(t, newRun(t, yaml))
			}
			checkAll(t, yaml, 3)
		})
	}
}
