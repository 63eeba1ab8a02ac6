package version_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/version"
)

// A test binary knows no commit, so the number stands alone.
func ExampleString() {
	fmt.Println(version.String() == version.Number)
	// Output: true
}

func TestNumber(t *testing.T) {
	if !strings.HasPrefix(version.String(), version.Number) || strings.ContainsAny(version.String(), "\n\t") {
		t.Errorf("the version is %q", version.String())
	}
}
