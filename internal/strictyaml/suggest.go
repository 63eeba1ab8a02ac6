package strictyaml

import (
	"fmt"
	"strings"

	"github.com/chiasm-ml/chiasm/internal/nearest"
)

// Unknown reports that word is not among known, and suggests the nearest if one is close, or else
// lists them all: `unknown key "optimzer", did you mean "optimizer"?`.
func Unknown(what, word string, known []string) string {
	message := fmt.Sprintf("unknown %s %s", what, quote(word))
	if near := nearest.Name(word, known); near != "" {
		return fmt.Sprintf("%s, did you mean %q?", message, near)
	}
	if len(known) == 0 {
		return message
	}
	return fmt.Sprintf("%s; known are %s", message, strings.Join(known, ", "))
}
