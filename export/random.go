package export

import (
	"fmt"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/rng"
)

// cellFiles is the source of tables whose cells are files themselves.
type cellFiles struct{}

func (cellFiles) ReadFile(cell string) ([]byte, error) { return []byte(cell), nil }

// RandomRows are n made-up rows for a model's inputs, of which some lack cells
// where the model allows it, and the source of their files. They need no data.
// An input that is no data.Sampler is an error: what its cells are like is not
// known here.
func RandomRows(b *bundle.Bundle, n int) (*data.Table, data.Files, error) {
	if err := b.Check(); err != nil {
		return nil, nil, err
	}
	key := rng.New(1).Name("export")
	seen, needed := map[string]bool{}, map[string]bool{}
	for _, in := range b.Inputs {
		for _, f := range data.FieldsOf(in.Preprocessor) {
			needed[f.Name] = needed[f.Name] || f.Required
		}
	}
	var columns []*data.Column
	add := func(name string, cell func(key rng.Key) string) {
		if seen[name] {
			return
		}
		seen[name] = true
		cells := make([]string, n)
		for i := range cells {
			k := key.Name(name).Int(i)
			if needed[name] || k.IntN(0, 8) > 0 {
				cells[i] = cell(k)
			}
		}
		columns = append(columns, data.Strings(name, cells...))
	}
	for _, in := range b.Inputs {
		p, ok := in.Preprocessor.(data.Sampler)
		if !ok {
			return nil, nil, fmt.Errorf("input %s is of the kind %s, which makes no cells up (it has no method Sample): check the export with --data", in.Name, in.Kind())
		}
		for _, name := range in.Columns() {
			add(name, func(k rng.Key) string { return p.Sample(name, k) })
		}
	}
	table, err := data.NewTable("random rows", columns...)
	return table, cellFiles{}, err
}
