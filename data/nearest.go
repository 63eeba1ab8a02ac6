package data

import (
	"fmt"
	"strings"

	"github.com/chiasm-ml/chiasm/internal/nearest"
)

// suggest is the hint for a name that is not among those that exist: the
// nearest one, or the first few of them.
func suggest(name string, names []string) string {
	if best := nearest.Name(name, names); best != "" {
		return fmt.Sprintf("did you mean %s?", show(best))
	}
	const most = 12
	var b strings.Builder
	b.WriteString("there are: ")
	for i, n := range names {
		if i == most {
			fmt.Fprintf(&b, " and %d more", len(names)-most)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(show(n))
	}
	return b.String()
}
