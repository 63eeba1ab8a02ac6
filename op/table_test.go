package op_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/op"
)

func TestTableGradients(t *testing.T) {
	checkAll(t, map[string]job{
		"embedding":          {op.Embedding{PadIndex: -1}, []feed{random(5, 3), whole([]int{4, 0, 0, 2, 4, 4}, 2, 3)}},
		"embedding, one":     {op.Embedding{PadIndex: -1}, []feed{random(1, 1), whole([]int{0}, 1)}},
		"embedding, strips":  {op.Embedding{PadIndex: -1}, []feed{random(3, 65), whole([]int{1, 1, 2}, 3)}},
		"embedding, 3 axes":  {op.Embedding{PadIndex: -1}, []feed{random(4, 2), whole(draw(12, 4), 2, 3, 2)}},
		"embedding, columns": {op.Embedding{PadIndex: -1, Offsets: []int{0, 3, 4}}, []feed{random(6, 2), whole([]int{2, 0, 1, 0, 0, 0}, 2, 3)}},
		"embedding bag":      {op.EmbeddingBag{}, []feed{random(6, 4), whole([]int{3, 1, 0, 2, 0, 0, 5, 5, 4, 0, 0, 0}, 2, 2, 3)}},
		"embedding bag, one": {op.EmbeddingBag{}, []feed{random(2, 1), whole([]int{1}, 1, 1, 1)}},
	})
}

// The gradient of a row is the sum over where it was looked up, whatever was
// in the memory before, and the padding row has none.
func TestEmbeddingGradientRows(t *testing.T) {
	ids := []int{2, 0, 2, 3, 0, 2}
	for _, pad := range []int{-1, 0, 2} {
		p := job{op.Embedding{PadIndex: pad}, []feed{random(5, 3), whole(ids, 6)}}.program(t)
		for range 2 {
			if err := p.Run(1); err != nil {
				t.Fatal(err)
			}
		}
		grad := p.InputGradient("in0")
		for row := range 5 {
			used := slices.Contains(ids, row) && row != pad
			for d, g := range grad[row*3 : (row+1)*3] {
				if (g != 0) != used {
					t.Errorf("padding index %d: gradient (%d, %d) is %v", pad, row, d, g)
				}
			}
		}
	}
}

func TestEmbeddingBagIsTheMeanOfParts(t *testing.T) {
	table := given([]float64{100, 100, 1, 2, 9, 9, 3, 8}, 4, 2)
	p := job{op.EmbeddingBag{}, []feed{table, whole([]int{1, 0, 3, 0, 0, 0}, 1, 2, 3)}}.ran(t)
	if got, want := p.Output("out"), []float32{2, 5, 0, 0}; !slices.Equal(got, want) {
		t.Errorf("means %v, want %v", got, want)
	}
	if g := p.InputGradient("in0")[:2]; g[0] != 0 || g[1] != 0 {
		t.Errorf("the padding row has the gradient %v", g)
	}
}

func TestIdsOutsideTheTable(t *testing.T) {
	for _, c := range []struct {
		name string
		job  job
		want string
	}{
		{"above", job{op.Embedding{PadIndex: -1}, []feed{random(4, 2), whole([]int{0, 3, 1, 0, 4, 1}, 2, 3)}}, "embedding: id 4 at [1 1] is outside the table of 4 rows"},
		{"below", job{op.Embedding{PadIndex: -1}, []feed{random(4, 2), whole([]int{-1}, 1)}}, "embedding: id -1 at [0] is outside the table of 4 rows"},
		{"column", job{op.Embedding{PadIndex: -1, Offsets: []int{0, 2}}, []feed{random(5, 2), whole([]int{1, 2, 2, 0}, 2, 2)}}, "embedding: id 2 at [1 0] is outside the table of 2 rows"},
		{"last column", job{op.Embedding{PadIndex: -1, Offsets: []int{0, 2}}, []feed{random(5, 2), whole([]int{1, 3}, 1, 2)}}, "embedding: id 3 at [0 1] is outside the table of 3 rows"},
		{"column below", job{op.Embedding{PadIndex: -1, Offsets: []int{0, 2}}, []feed{random(5, 2), whole([]int{1, -1}, 1, 2)}}, "embedding: id -1 at [0 1] is outside the table of 3 rows"},
		{"bag", job{op.EmbeddingBag{}, []feed{random(4, 2), whole([]int{1, 2, 3, 9}, 1, 2, 2)}}, "embedding_bag: id 9 at [0 1 1] is outside the table of 4 rows"},
		{"labels", job{op.SoftmaxCrossEntropy{}, []feed{random(2, 3), whole([]int{2, 3}, 2), fixed([]float64{1, 1}, 2)}}, "softmax_cross_entropy: label 3 of row 1 is outside the 3 classes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.job.program(t).Run(1)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}
