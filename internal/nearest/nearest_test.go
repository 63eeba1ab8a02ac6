package nearest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/nearest"
)

func Example() {
	fmt.Println(nearest.Name("optimzer", []string{"schedule", "optimizer"}))
	// Output: optimizer
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"abc", "abc", 0}, {"abc", "acb", 1}, {"abc", "abd", 1},
		{"kitten", "sitting", 3}, {"größe", "grösse", 2}, {"ca", "abc", 3},
	} {
		if got := nearest.Distance(c.a, c.b); got != c.want {
			t.Errorf("Distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
		if got := nearest.Distance(c.b, c.a); got != c.want {
			t.Errorf("Distance(%q, %q) = %d, want %d", c.b, c.a, got, c.want)
		}
	}
}

func TestName(t *testing.T) {
	known := []string{"optimizer", "epochs", "batch_size", "of", "mlp", "cnn", "x", "y"}
	for word, want := range map[string]string{
		"optimzer": "optimizer", "optimiser": "optimizer", "Epochs": "epochs", "epcohs": "epochs",
		"batch-size": "batch_size", "batchsize": "batch_size", "fo": "of", "mpl": "mlp", "z": "",
		"hidden": "", "": "", strings.Repeat("o", 1000): "",
	} {
		if got := nearest.Name(word, known); got != want {
			t.Errorf("Name(%q) = %q, want %q", word, got, want)
		}
	}
}
