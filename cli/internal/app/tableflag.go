package app

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/nearest"
)

// written puts what --table says of how a file is written in place of the model's
// own dialect. Values that stand for an empty cell are not among the keys: they are
// part of what the model has learnt, wherever its rows come from.
func written(d data.Dialect, flags []string) (data.Dialect, error) {
	keys := map[string]*string{
		"separator": &d.Separator, "encoding": &d.Encoding, "decimal": &d.Decimal,
		"thousands": &d.Thousands, "comment": &d.Comment, "compression": &d.Compression,
	}
	names := slices.Sorted(maps.Keys(keys))
	seen := map[string]bool{}
	for _, f := range flags {
		key, value, ok := strings.Cut(f, "=")
		at := keys[key]
		switch {
		case !ok:
			return d, &UsageError{fmt.Sprintf("--table %q is not key=value, as in encoding=utf-8", f)}
		case at == nil:
			hint := "want one of " + strings.Join(names, ", ")
			if near := nearest.Name(key, names); near != "" {
				hint = fmt.Sprintf("did you mean %q?", near)
			}
			return d, &UsageError{fmt.Sprintf("--table has no key %q; %s", key, hint)}
		case seen[key]:
			return d, &UsageError{fmt.Sprintf("--table names %s twice", key)}
		}
		seen[key], *at = true, value
	}
	if err := d.Validate(); err != nil {
		if len(flags) == 0 {
			return d, err
		}
		return d, &UsageError{"--table " + err.Error()}
	}
	return d, nil
}
