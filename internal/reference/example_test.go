package reference_test

import (
	"fmt"
	"strings"

	"github.com/chiasm-ml/chiasm/internal/reference"
)

func ExampleConfig() {
	b, err := reference.Config([]byte(`{"type": "object", "required": ["name"], "properties": {
		"name": {"type": "string", "description": "Name of the run."},
		"seed": {"type": "integer", "minimum": 0, "default": 1, "description": "Seed of all that is random."}}}`))
	if err != nil {
		panic(err)
	}
	_, table, _ := strings.Cut(string(b), "| key ")
	fmt.Print("| key " + table)
	// Output:
	// | key | value | default | what |
	// |---|---|---|---|
	// | `name` | text | required | Name of the run. |
	// | `seed` | whole number, at least 0 | `1` | Seed of all that is random. |
}
