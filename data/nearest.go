package data

import "github.com/chiasm-ml/chiasm/internal/phrase"

// suggest is the hint for a name that is not among those that exist.
func suggest(name string, names []string) string { return phrase.Suggest(name, names) }
