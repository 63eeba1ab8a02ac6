package app

import "github.com/chiasm-ml/chiasm/data"

// Columns are the columns of a table, for a shell to offer; nil where it cannot be read,
// or is standard input.
func Columns(path string) []string {
	if path == "" || path == data.Standard {
		return nil
	}
	r, err := data.Open(path, data.Options{Used: []string{}})
	if err != nil {
		return nil
	}
	_, _ = r.Next() // the names of JSON are in its rows
	names := r.Columns()
	if r.Close() != nil {
		return nil
	}
	return names
}
