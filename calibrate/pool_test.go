package calibrate

import (
	"testing"

	"gorgonia.org/tensor"

	"github.com/chiasm-ml/chiasm/op"
)

// What weights are fitted by is the loss of what the operators give with them.
func TestLossIsThatOfTheOperators(t *testing.T) {
	const rows, size, n = 30, 3, 3
	prior, w := []float32{-0.7, -1.2, -1.9}, []float64{0.5, 0.2, 0.3}
	for _, marks := range []bool{false, true} {
		for kind, spec := range map[string]op.Spec{
			"linear":  op.AverageScores{M: n, Sigmoid: marks},
			"log":     op.ProductScores{M: n, Sigmoid: marks, Mean: true},
			"product": op.ProductScores{M: n, Sigmoid: marks},
		} {
			ms, a := setting(rows, size, n, marks, 0.5)
			var logits, present []op.Array[float64]
			for _, m := range ms {
				x, has := op.Array[float64]{Shape: tensor.Shape{rows, size}}, op.Array[float64]{Shape: tensor.Shape{rows, 1}}
				for _, l := range m.Logits {
					x.Data = append(x.Data, float64(l))
				}
				for _, p := range m.Present {
					v := 0.0
					if p {
						v = 1
					}
					has.Data = append(has.Data, v)
				}
				logits, present = append(logits, x), append(present, has)
			}
			in := append(logits, present...)
			if kind != "linear" {
				q := op.Array[float64]{Shape: tensor.Shape{size}}
				for _, v := range prior {
					q.Data = append(q.Data, float64(v))
				}
				in = append(in, q)
			}
			in = append(in, op.Array[float64]{Shape: tensor.Shape{n}, Data: w})
			out := op.Array[float64]{Shape: tensor.Shape{rows, size}, Data: make([]float64, rows*size)}
			if err := spec.Float64().Forward(in, out); err != nil {
				t.Fatal(err)
			}
			sum, seen := 0.0, 0
			for row := range rows {
				if ms[0].Present[row] || ms[1].Present[row] || ms[2].Present[row] {
					sum += a.loss(out.Data[row*size:(row+1)*size], row)
					seen++
				}
			}
			got := newPooled(Pool{Kind: kind, Prior: prior}, ms, size, a).loss(w)
			if want := sum / float64(seen); !near(got, want, 1e-9) || seen == rows {
				t.Errorf("%s, marks %v: %v, by the operator %v over %d rows", kind, marks, got, want, seen)
			}
		}
	}
}
