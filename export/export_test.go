package export_test

import (
	"context"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/export"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/internal/onnx/onnxtest"
	"github.com/chiasm-ml/chiasm/internal/sample"
	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
)

// cubed is an operator of another package, which has no rule.
type cubed struct{ op.Scale }

func (cubed) Name() string                                     { return "cubed" }
func (cubed) OutShape(in []tensor.Shape) (tensor.Shape, error) { return in[0].Clone(), nil }

type plain struct {
	apply func(g *nn.Graph, ms []fusion.Modality) *gorgonia.Node
	dim   int
}

func (p *plain) Shape() encoders.Shape { return encoders.Shape{Tokens: 1, Dim: p.dim} }
func (p *plain) Fuse(g *nn.Graph, ms []fusion.Modality) fusion.Fused {
	return fusion.Fused{Pooled: p.apply(g, ms)}
}

type plainConfig struct{}

// TestUnknown exports fusions of others: with an operator that has no
// counterpart, with one of Gorgonia's own, and with a graph that depends on the
// number of rows.
func TestUnknown(t *testing.T) {
	for name, c := range map[string]struct {
		apply func(g *nn.Graph, ms []fusion.Modality) *gorgonia.Node
		want  string
	}{
		"operator": {func(g *nn.Graph, ms []fusion.Modality) *gorgonia.Node {
			return g.At("fusion.odd").Apply(cubed{op.Scale{By: 1}}, ms[0].Pooled)
		}, "fusion.odd: cubed: there is no counterpart"},
		"Gorgonia": {func(g *nn.Graph, ms []fusion.Modality) *gorgonia.Node {
			return gorgonia.Must(gorgonia.Square(ms[0].Pooled))
		}, "of Gorgonia's own"},
		"rows": {func(g *nn.Graph, ms []fusion.Modality) *gorgonia.Node {
			return g.At("fusion.odd").Scale(ms[0].Pooled, float64(ms[0].Pooled.Shape()[0]))
		}, "fusion.odd: scale: it is another one for 2 rows than for 3"},
	} {
		t.Run(name, func(t *testing.T) {
			reg := config.Builtin()
			if err := config.AddFusion(reg, "odd", "for tests", func(_ *nn.Scope, set fusion.Setting, _ plainConfig) (*plain, error) {
				return &plain{c.apply, set.Inputs[0].Dim}, nil
			}); err != nil {
				t.Fatal(err)
			}
			s := sample.Default()
			s.Fusion = "{type: odd}"
			b, err := made(s, reg)
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := export.ONNX(b, nil); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

// TestTransforms exports every way to scale numbers, and every answer to rows
// without inputs.
func TestTransforms(t *testing.T) {
	s := sample.Default()
	yaml := strings.NewReplacer(
		"numeric: [", "transforms: {"+sample.Width+": quantile, "+sample.Height+": log}, numeric: [",
		"data: {", "data: {missing_all: prior, ",
	).Replace(s.YAML())
	b, err := parsed(yaml, config.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	file, d, err := export.ONNX(b, nil)
	if err != nil {
		t.Fatal(err)
	}
	if d.MissingAll != "prior" {
		t.Errorf("missing_all is %s", d.MissingAll)
	}
	onnxtest.Check(t, file)
	table, source, err := export.RandomRows(b, 40)
	if err != nil {
		t.Fatal(err)
	}
	b.ReadFiles(source)
	set, err := data.NewDataset(table, b.Inputs, b.Target, data.DatasetOptions{WithoutTarget: true, MissingAll: true})
	if err != nil {
		t.Fatal(err)
	}
	var rows []int
	for i := range table.Len() {
		rows = append(rows, i)
	}
	cases, err := export.Cases(context.Background(), b, d, table, set, rows, "random")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		if c.Rows != table.Len() {
			t.Errorf("%s has %d rows, want all, since there is a prior", c.Name, c.Rows)
		}
		inputs, want := map[string]onnxtest.Value{}, map[string]onnxtest.Value{}
		for _, a := range c.Inputs {
			inputs[a.Name] = onnxtest.Value{Shape: a.Shape, Data: a.Numbers()}
		}
		for _, a := range c.Wanted {
			want[a.Name] = onnxtest.Value{Shape: a.Shape, Data: a.Numbers()}
		}
		onnxtest.Compare(t, c.Name, file, inputs, want)
	}
}
