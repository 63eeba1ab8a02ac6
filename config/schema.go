package config

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/chiasm-ml/chiasm/internal/strictyaml"
)

//go:generate go test . -run TestCommentsAreFresh|TestEffectiveConfig -update

// comments are those of the options' structs, read from their sources: a binary
// has none.
//
//go:embed comments.json
var comments []byte

// Schema is the JSON Schema of a config that names what reg holds, for editors
// that complete and check YAML. What it refuses, Load refuses.
func Schema(reg *Registry) ([]byte, error) {
	var c strictyaml.Comments
	if err := json.Unmarshal(comments, &c); err != nil {
		return nil, fmt.Errorf("the embedded comments: %w", err)
	}
	return strictyaml.Schema(reflect.TypeFor[Config](), reg.tables(), c)
}
