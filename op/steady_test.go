package op_test

import (
	"runtime"
	"runtime/debug"
	"slices"
	"testing"

	"github.com/chiasm-ml/chiasm/nn"
	"github.com/chiasm-ml/chiasm/op"
	"github.com/chiasm-ml/chiasm/rng"
)

// workloads are operators at sizes large enough to be cut into many tasks.
func workloads() map[string]job {
	drop, _ := dropout(0.2)
	images := random(8, 16, 19, 17)
	rows := fixed([]float64{1, 1, 0, 1, 1, 1, 0, 1}, 8)
	labels := whole(draw(900, 40), 900)
	weights := fixed(zeroOne(900, 3), 900)
	tokens, keys := random(8, 33, 72), random(8, 41, 72)
	mask := fixed(zeroOne(8*41, 41), 8, 41)
	present := fixed([]float64{1, 0, 1, 1, 0, 1, 1, 0}, 8, 1)
	other := fixed([]float64{1, 1, 0, 0, 1, 1, 1, 0}, 8, 1)
	// As large as what is absent, for a maximum: only presence tells them apart.
	left, right := normals(8*72), normals(8*72)
	slices.Reverse(right)
	copy(right[72:144], left[72:144])
	right[7*72] = 0
	return map[string]job{
		"linear":            {op.Linear{}, []feed{tokens, random(50, 72), random(50)}},
		"linear gelu":       {op.Linear{Activation: op.GELU}, []feed{tokens, random(50, 72), random(50)}},
		"activate":          {op.Activate{Activation: op.SiLU}, []feed{tokens}},
		"add":               {op.Add{}, []feed{tokens, random(33, 72)}},
		"add channels":      {op.Add{}, []feed{images, random(16, 1, 1)}},
		"mul":               {op.Mul{}, []feed{tokens, random(8, 33, 1)}},
		"mul rows":          {op.Mul{}, []feed{tokens, random(8, 1, 72)}},
		"sum":               {op.Sum{}, []feed{tokens, random(8, 33, 72), random(8, 33, 72)}},
		"scale":             {op.Scale{By: 3}, []feed{tokens}},
		"concat":            {op.Concat{Axis: 1}, []feed{tokens, keys}},
		"slice":             {op.Slice{Axis: 2, From: 3, To: 50}, []feed{tokens}},
		"expand":            {op.Expand{B: 9}, []feed{random(500, 72)}},
		"modulate":          {op.Modulate{Axis: 1}, []feed{images, random(8, 16), random(8, 16)}},
		"modulate tokens":   {op.Modulate{Axis: 2}, []feed{random(32, 33, 65), random(32, 65), random(32, 65)}},
		"reshape":           {op.Reshape{Shape: []int{33, 8, 72}}, []feed{tokens}},
		"transpose":         {op.Transpose{Perm: []int{2, 0, 1}}, []feed{tokens}},
		"attention":         {op.Attention{Heads: 3}, []feed{tokens, keys, keys, mask}},
		"attention dropout": {op.Attention{Heads: 3, Dropout: 0.2, Key: drop.Key, Clock: drop.Clock}, []feed{tokens, keys, keys}},
		"or_else":           {op.OrElse{}, []feed{random(8, 72), random(72), present}},
		"present_mean":      {op.PresentMean{M: 2}, []feed{random(8, 72), random(8, 72), random(8, 72), present, present}},
		"average_scores":    {op.AverageScores{M: 2}, []feed{random(8, 14), random(8, 14), present, present}},
		"product_scores":    {op.ProductScores{M: 2}, []feed{random(8, 14), random(8, 14), present, present, fixed(repeat(-2, 14), 14)}},
		"present_max":       {op.PresentMax{M: 2}, []feed{given(left, 8, 72), given(right, 8, 72), present, other}},
		"present_softmax":   {op.PresentSoftmax{M: 2}, []feed{random(8, 72), random(8, 72), present, other}},
		"present_weighted":  {op.PresentWeighted{M: 2}, []feed{random(8, 72), random(8, 72), present, other, random(8, 2, 72)}},
		"weighted by one":   {op.PresentWeighted{M: 2}, []feed{random(8, 72), random(8, 72), present, other, random(8, 2, 1)}},
		"low_rank":          {op.LowRank{M: 2}, []feed{random(8, 72), random(8, 72), present, other, random(8, 9), random(9)}},
		"outer_product":     {op.OuterProduct{M: 3}, []feed{random(8, 17), random(8, 5), random(8, 9), present, other, present}},
		"mix_scores":        {op.MixScores{M: 2}, []feed{random(8, 14), random(8, 14), present, other, shares(8, 2)}},
		"mix_sigmoids":      {op.MixScores{M: 2, Sigmoid: true}, []feed{random(8, 14), random(8, 14), present, other, shares(8, 2)}},
		"weighted average":  {op.AverageScores{M: 2}, []feed{random(8, 14), random(8, 14), present, present, fixed([]float64{0.3, 0.7}, 2)}},
		"weighted product":  {op.ProductScores{M: 2}, []feed{random(8, 14), random(8, 14), present, present, fixed(repeat(-2, 14), 14), fixed([]float64{0.3, 0.7}, 2)}},
		"temper":            {op.Temper{}, []feed{random(8, 14), fixed([]float64{1.5}, 1)}},
		"periodic":          {op.Periodic{}, []feed{random(300, 12), random(12, 24)}},
		"grouped_linear":    {op.GroupedLinear{}, []feed{random(300, 12, 48), random(12, 16, 48), random(12, 16)}},
		"normal_bins":       {op.NormalBins{K: 7}, []feed{random(900, 12)}},
		"conv2d":            {op.Conv2D{Padding: [2]int{1, 1}}, []feed{images, random(24, 16, 3, 3), random(24)}},
		"conv2d stride":     {op.Conv2D{Stride: [2]int{2, 2}, Padding: [2]int{1, 1}}, []feed{images, random(24, 16, 3, 3), random(24)}},
		"conv2d depthwise":  {op.Conv2D{Padding: [2]int{1, 1}, Groups: 16}, []feed{images, random(16, 1, 3, 3)}},
		"max_pool2d":        {op.MaxPool2D{Kernel: [2]int{3, 3}, Stride: [2]int{2, 2}, Padding: [2]int{1, 1}}, []feed{images}},
		"avg_pool2d":        {op.AvgPool2D{Kernel: [2]int{2, 2}}, []feed{images}},
		"global_avg_pool2d": {op.GlobalAvgPool2D{}, []feed{images}},
		"image_tokens":      {op.ImageTokens{}, []feed{images}},
		"masked_mean":       {op.MaskedMean{}, []feed{random(32, 33, 65), fixed(zeroOne(32*33, 40), 32, 33)}},
		"batch_norm2d":      {batchNorm(16), []feed{images, random(16), random(16), rows}},
		"batch_norm2d_eval": {op.BatchNorm2DEval{Eps: 1e-5}, []feed{images, random(16), random(16), fixed(repeat(0.5, 16), 16), fixed(repeat(2, 16), 16)}},
		"layer_norm":        {op.LayerNorm{Eps: 1e-5}, []feed{random(32, 33, 65), random(65), random(65)}},
		"group_norm":        {op.GroupNorm{Groups: 4, Eps: 1e-5}, []feed{images, random(16), random(16)}},
		"embedding":         {op.Embedding{PadIndex: 0}, []feed{random(999, 70), whole(draw(32*33, 999), 32, 33)}},
		"embedding columns": {op.Embedding{PadIndex: -1, Offsets: []int{0, 50, 100}}, []feed{random(150, 70), whole(draw(297, 50), 99, 3)}},
		"embedding_bag":     {op.EmbeddingBag{}, []feed{random(999, 70), whole(draw(32*33*9, 999), 32, 33, 9)}},
		"dropout":           {drop, []feed{random(32, 33, 65)}},
		"softmax":           {op.Softmax{}, []feed{random(900, 40)}},
		"log_softmax":       {op.LogSoftmax{}, []feed{random(900, 40)}},
		"cross_entropy":     {op.SoftmaxCrossEntropy{LabelSmoothing: 0.1}, []feed{random(900, 40), labels, weights}},
		"bce_with_logits":   {op.BCEWithLogits{}, []feed{random(900, 40), fixed(zeroOne(36000, 9), 900, 40), weights}},
		"mse":               {op.MSE{}, []feed{random(900, 40), fixed(normals(36000), 900, 40), weights}},
		"l1":                {op.L1{}, []feed{random(900, 40), fixed(normals(36000), 900, 40), weights}},
		"huber":             {op.Huber{Delta: 1}, []feed{random(900, 40), fixed(normals(36000), 900, 40), weights}},
	}
}

// values are the output and all gradients of the last run.
func (j job) values(p *nn.Program) [][]float32 {
	all := [][]float32{p.Output("out")}
	for i, f := range j.in {
		if f.ints == nil && !f.fixed {
			all = append(all, p.InputGradient(inputName(i)))
		}
	}
	return all
}

// results are the output and all gradients of a new program.
func (j job) results(t *testing.T) [][]float32 {
	all := j.values(j.ran(t))
	for i, a := range all {
		all[i] = slices.Clone(a)
	}
	return all
}

func TestResultsDoNotDependOnCores(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for name, j := range workloads() {
		t.Run(name, func(t *testing.T) {
			var want [][]float32
			for _, procs := range []int{1, 2, 4} {
				runtime.GOMAXPROCS(procs)
				got := j.results(t)
				if want == nil {
					want = got
				}
				for i := range got {
					if !slices.Equal(got[i], want[i]) {
						t.Errorf("array %d differs between 1 and %d cores", i, procs)
					}
				}
			}
		})
	}
}

func TestRunsAllocateNothing(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // a collection would empty pools
	for name, j := range workloads() {
		t.Run(name, func(t *testing.T) {
			p := j.program(t)
			run := func(n int) {
				for range n {
					if err := p.Run(1); err != nil {
						t.Fatal(err)
					}
					p.Commit()
				}
			}
			run(3)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			run(10)
			runtime.ReadMemStats(&after)
			if n := after.Mallocs - before.Mallocs; n >= 10 {
				t.Errorf("%d allocations in 10 runs, want none a run", n)
			}
		})
	}
}

// A run sees its own inputs only: nothing of the run before, and not what was
// in the memory of outputs and gradients.
func TestRunsKeepNothing(t *testing.T) {
	for name, j := range workloads() {
		t.Run(name, func(t *testing.T) {
			want := j.results(t)
			p := j.program(t)
			for i, f := range j.in {
				if f.ints != nil {
					slices.Reverse(p.Int(inputName(i)))
					continue
				}
				x := p.Float(inputName(i))
				for k := range x {
					x[k] = 1 - x[k] // turns masks about
				}
			}
			if err := p.Run(2); err != nil {
				t.Fatal(err)
			}
			for _, a := range j.values(p) {
				for i := range a {
					a[i] = float32(rng.New(1).Normal(i))
				}
			}
			j.fill(p)
			if err := p.Run(1); err != nil {
				t.Fatal(err)
			}
			for i, a := range j.values(p) {
				if !slices.Equal(a, want[i]) {
					t.Errorf("array %d differs from that of a new program", i)
				}
			}
		})
	}
}
