package report_test

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/report"
	"github.com/chiasm-ml/chiasm/metrics"
	"github.com/chiasm-ml/chiasm/trainer"
)

func ExampleWrite() {
	measured := metrics.ClassificationResult{
		Classes: []metrics.Class{
			{Label: "cat", Precision: 0.8, Recall: 0.8, F1: 0.8, Support: 5},
			{Label: "dog", Precision: 0.5, Recall: 0.5, F1: 0.5, Support: 2},
		},
		Confusion: [][]int{{4, 1}, {1, 1}},
	}
	p := report.Page{
		Name: "pets", Task: data.Binary, Target: "animal", Monitor: "validation.loss",
		Splits: []report.Split{{Name: "test", Rows: 7, Values: metrics.Values{{Name: "accuracy", Value: 5.0 / 7}}}},
		Training: trainer.Result{BestEpoch: 1, History: []trainer.Epoch{
			{Epoch: 1, Validation: metrics.Values{{Name: "loss", Value: 0.6}}},
			{Epoch: 2, Validation: metrics.Values{{Name: "loss", Value: 0.7}}},
		}},
		Classification: &measured,
		Mistakes:       []report.Mistake{{Row: 12, True: "cat", Predicted: "dog", Probability: 0.9, TrueProbability: 0.1}},
	}
	var page bytes.Buffer // usually a file, report.html
	if err := report.Write(&page, p); err != nil {
		panic(err)
	}
	for _, heading := range regexp.MustCompile(`<h([23])[^>]*>([^<]+)`).FindAllStringSubmatch(page.String(), -1) {
		fmt.Println(heading[1], strings.TrimSpace(heading[2]))
	}
	// Output:
	// 2 Results
	// 2 Learning
	// 2 Classes
	// 3 Confusion matrix
	// 3 Most often confused
	// 3 Each class
	// 2 Worst mistakes
	// 3 row 12
}
