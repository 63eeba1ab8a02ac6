package python_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/python"
)

func Example() {
	_, err := python.Find("no-such-python")
	fmt.Println(err)
	// Output: there is no Python: no-such-python
}

// TestRun runs a shell in the place of Python: what is tested is how its end is
// told.
func TestRun(t *testing.T) {
	shell, err := python.Find("sh")
	if err != nil {
		t.Skip(err)
	}
	ctx := context.Background()
	if out, err := python.Run(ctx, shell, "-c", "echo yes"); err != nil || string(out) != "yes\n" {
		t.Errorf("%q, error %v", out, err)
	}
	_, err = python.Run(ctx, shell, "-c", "echo first >&2; echo what is wrong >&2; exit 3")
	if err == nil || !strings.HasSuffix(err.Error(), ": what is wrong") {
		t.Errorf("error %v", err)
	}
	if err := python.Has(ctx, shell, "numpy"); err == nil || !strings.Contains(err.Error(), "pip install numpy") {
		t.Errorf("error %v", err)
	}
	stopped, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := python.Run(stopped, shell, "-c", "echo yes"); err != context.Canceled {
		t.Errorf("stopped: error %v", err)
	}
}
