package fit

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/simd"
	"github.com/chiasm-ml/chiasm/internal/version"
)

// fingerprint is a hash of the table's used cells, of the files that they name,
// and of the splits.
func (d *Data) fingerprint() string {
	h := sha256.New()
	for _, name := range data.Columns(d.Inputs, d.Target) {
		column, err := d.Table.Column(name)
		if err != nil {
			continue // Fit has seen every column
		}
		fmt.Fprintf(h, "%q\n", name)
		for _, c := range column.All() {
			fmt.Fprintf(h, "%v%q\n", c.Missing(), c.Text)
			if sum, ok := d.files.Sum(c.Text); ok {
				h.Write(sum[:])
			}
		}
	}
	if d.Weights != nil {
		fmt.Fprintf(h, "weights%v\n", d.Weights)
	}
	for name, rows := range d.Splits.All() {
		fmt.Fprintf(h, "%s%v\n", name, rows)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// trainingRows is a hash of what fingerprint reads, of the training rows alone and
// whatever their order. Labels or images may change places without a change of any
// count or statistic, but what was learnt from them would be wrong.
func (d *Data) trainingRows() string {
	sums := make([][sha256.Size]byte, d.Table.Len())
	add := func(row int, format string, args ...any) {
		sums[row] = sha256.Sum256(fmt.Appendf(sums[row][:], format, args...))
	}
	for _, name := range data.Columns(d.Inputs, d.Target) {
		column, err := d.Table.Column(name)
		if err != nil {
			continue // Fit has seen every column
		}
		for _, row := range d.Splits.Train {
			c := column.Cell(row)
			file, _ := d.files.Sum(c.Text)
			add(row, "%q%v%q%x", name, c.Missing(), c.Text, file)
		}
	}
	var all [2]uint64
	for _, row := range d.Splits.Train {
		if d.Weights != nil {
			add(row, "%v", d.Weights[row])
		}
		for i := range all {
			all[i] += binary.LittleEndian.Uint64(sums[row][8*i:])
		}
	}
	return fmt.Sprintf("%016x%016x", all[0], all[1])
}

// free are the keys of a config that a resumed run may change, since they do
// not change its result.
var free = []string{
	"name", "data.path", "data.separator", "data.encoding", "data.comment", "data.compression", "data.files", "data.images", "data.cache", "data.max_bad_rows", "training.workers", "training.fingerprint",
	"training.checkpoint.every_steps", "training.checkpoint.every_minutes", "training.checkpoint.keep",
}

// Identity is what the result of a training depends on, and what a resumed one must
// agree on: the config's keys, the data, the program and the kernels it chooses on
// this machine.
func Identity(c *config.Config, d *Data) (map[string]string, error) {
	if err := d.read(c); err != nil {
		return nil, err
	}
	b, err := c.YAML()
	if err != nil {
		return nil, err
	}
	var root any
	if err := yaml.Unmarshal(b, &root); err != nil {
		return nil, fmt.Errorf("the effective config: %w", err)
	}
	id := map[string]string{"data": d.fingerprint(), "version": version.String(), "architecture": runtime.GOARCH + " " + simd.Path()}
	flatten(id, "", root)
	if d.start != nil {
		id["training.init_from.path"] = d.start.source.Checksum // wherever it lies
	}
	for _, k := range free {
		delete(id, k)
	}
	return id, nil
}

// ID names a training by its Identity: the same training has the same ID, and the
// same bytes.
func ID(identity map[string]string) string {
	h := sha256.New()
	for _, key := range slices.Sorted(maps.Keys(identity)) {
		fmt.Fprintf(h, "%q=%q\n", key, identity[key])
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

func flatten(into map[string]string, path string, v any) {
	join := func(k string) string { return strings.TrimPrefix(path+"."+k, ".") }
	switch x := v.(type) {
	case map[string]any:
		for k, v := range x {
			flatten(into, join(k), v)
		}
	case []any:
		for i, v := range x {
			flatten(into, join(fmt.Sprint(i)), v)
		}
	default:
		into[path] = fmt.Sprint(x)
	}
}
