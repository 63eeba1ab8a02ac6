package export

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Operators that evaluation does not use, so that no export meets them.
var trainingOnly = []string{"BatchNorm2D", "BCEWithLogits", "Dropout", "Huber", "L1", "MSE", "SoftmaxCrossEntropy", "WeightedSum"}

// TestRules wants a rule for every operator in the table of package op.
func TestRules(t *testing.T) {
	doc, err := os.ReadFile("../op/doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, line := range regexp.MustCompile(`(?m)^//\t([A-Z]\w+(?:, [A-Z]\w+)*) `).FindAllStringSubmatch(string(doc), -1) {
		names = append(names, strings.Split(line[1], ", ")...)
	}
	if len(names) < 40 {
		t.Fatalf("only %d operators found in op/doc.go: %v", len(names), names)
	}
	for _, name := range names {
		if slices.Contains(trainingOnly, name) == slices.Contains(known(), name) {
			t.Errorf("the operator %s has no rule in this package, or is for training and has one", name)
		}
	}
	for _, name := range slices.Concat(known(), trainingOnly) {
		if !slices.Contains(names, name) {
			t.Errorf("there is no operator %s in op/doc.go", name)
		}
	}
}
