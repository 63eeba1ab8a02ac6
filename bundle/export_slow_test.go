//go:build slow

package bundle_test

import (
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/internal/sample"
	"github.com/chiasm-ml/chiasm/rng"
)

// TestExportProduct exports every encoder with every fusion and every output.
func TestExportProduct(t *testing.T) {
	r, cases := config.Builtin(), allCases()
	var encoders [][]string
	for _, picture := range r.Encoders(config.Image) {
		for _, text := range r.Encoders(config.Text) {
			for _, table := range r.Encoders(config.Tabular) {
				encoders = append(encoders, []string{"image " + picture.Name, "text " + text.Name, "tabular " + table.Name})
			}
		}
	}
	for _, chosen := range encoders {
		for _, fusion := range r.Fusions() {
			for _, output := range r.Outputs() {
				names := append(append([]string{}, chosen...), "fusion "+fusion.Name, "output "+output)
				t.Run(strings.Join(names, ","), func(t *testing.T) {
					c := sample.Default()
					for _, name := range names {
						cases[name][0](&c)
					}
					b := newRun(t, c.YAML())
					disturb(b)
					checkExport(t, b)
				})
			}
		}
	}
}

// disturb moves every number of a new model, so that no weight is 0 or 1.
func disturb(r *run) {
	for _, p := range r.Model.Params() {
		if strings.HasSuffix(p.Name, "running_var") {
			continue
		}
		for i := range p.Data {
			p.Data[i] += float32(0.2 * rng.New(1).Name(p.Name).Normal(i))
		}
	}
}
