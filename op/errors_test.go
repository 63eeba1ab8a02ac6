package op_test

import (
	"math"
	"testing"

	"github.com/chiasm-ml/chiasm/op"
)

func TestShapeErrors(t *testing.T) {
	drop := func(p float64) op.Dropout { d, _ := dropout(p); return d }
	two := [2]int{2, 2}
	image, vector := random(2, 3, 4, 5), random(3)
	for _, c := range []struct {
		spec op.Spec
		in   []feed
		want string
	}{
		{op.Conv2D{}, []feed{image},
			"conv2d: 1 inputs, want x, weight and perhaps bias"},
		{op.Conv2D{}, []feed{random(3, 4, 5), random(2, 3, 1, 1)},
			"conv2d: x (3, 4, 5) is not a batch of images: want (B, C, H, W)"},
		{op.Conv2D{}, []feed{image, random(2, 4, 1, 1)},
			"conv2d: x (2, 3, 4, 5) does not fit the weight (2, 4, 1, 1): want x (B, C, H, W) and weight (O, C/1, KH, KW), O a multiple of the groups, 1"},
		{op.Conv2D{Groups: 3}, []feed{image, random(4, 1, 1, 1)},
			"conv2d: x (2, 3, 4, 5) does not fit the weight (4, 1, 1, 1): want x (B, C, H, W) and weight (O, C/3, KH, KW), O a multiple of the groups, 3"},
		{op.Conv2D{}, []feed{image, random(2, 3, 1, 1), vector},
			"conv2d: bias (3) does not fit the weight (2, 3, 1, 1): want (O)"},
		{op.Conv2D{}, []feed{image, random(2, 3, 5, 1)},
			"conv2d: the image (2, 3, 4, 5) with padding [0 0] is smaller than the kernel [5 1]"},
		{op.Conv2D{Padding: [2]int{0, -1}}, []feed{image, random(2, 3, 1, 1)},
			"conv2d: kernel [1 1], stride [1 1], padding [0 -1]: want sizes of at least 1 and no negative padding"},
		{op.Conv2D{Stride: [2]int{-1, 1}}, []feed{image, random(2, 3, 1, 1)},
			"conv2d: stride [-1 1], groups 0: want no negative numbers"},
		{op.MaxPool2D{}, []feed{image},
			"max_pool2d: kernel [0 0], stride [0 0], padding [0 0]: want sizes of at least 1 and no negative padding"},
		{op.MaxPool2D{Kernel: two, Padding: two}, []feed{image},
			"max_pool2d: padding [2 2] is more than half the kernel [2 2]"},
		{op.AvgPool2D{Kernel: [2]int{5, 2}}, []feed{image},
			"avg_pool2d: the image (2, 3, 4, 5) with padding [0 0] is smaller than the kernel [5 2]"},
		{op.AvgPool2D{Kernel: two}, []feed{random(2, 3)},
			"avg_pool2d: x (2, 3) is not a batch of images: want (B, C, H, W)"},
		{op.GlobalAvgPool2D{}, []feed{vector},
			"global_avg_pool2d: x (3) is not a batch of images: want (B, C, H, W)"},
		{op.MaskedMean{}, []feed{random(2, 3, 4), fixed(repeat(1, 8), 2, 4)},
			"masked_mean: tokens (2, 3, 4) do not fit the mask (2, 4): want tokens (B, T, D) and mask (B, T)"},
		{op.PresentShares{M: 2}, []feed{present(1, 0)},
			"present_shares: 1 inputs, want 2 presences and perhaps weights"},
		{op.PresentShares{M: 2}, []feed{present(1, 0), present(1, 0), fixed([]float64{1}, 1)},
			"present_shares: shapes [(2, 1) (2, 1) (1)], want (B, 1) for each presence and (2) for weights"},
		{op.ImageTokens{}, []feed{random(2, 3, 4)},
			"image_tokens: x (2, 3, 4) is not a batch of images: want (B, C, H, W)"},
		{batchNorm(4), []feed{image, vector, vector},
			"batch_norm2d: x (2, 3, 4, 5) has 3 channels, and there are no running statistics of that length"},
		{batchNorm(3), []feed{image, vector, random(2)},
			"batch_norm2d: (2) does not fit x (2, 3, 4, 5): want one number for each of the 3 channels"},
		{batchNorm(3), []feed{image, vector, vector, fixed(repeat(1, 3), 3)},
			"batch_norm2d: row weights (3) do not fit x (2, 3, 4, 5): want (B)"},
		{batchNorm(3), []feed{random(2, 3, 4), vector, vector},
			"batch_norm2d: x is (2, 3, 4), want (B, C, H, W) or (B, C)"},
		{op.BatchNorm2DEval{}, []feed{image, vector, vector},
			"batch_norm2d_eval: 3 inputs, want 5"},
		{op.BatchNorm2DEval{}, []feed{image, vector, vector, fixed(repeat(1, 3), 3), fixed(repeat(1, 4), 4)},
			"batch_norm2d_eval: (4) does not fit x (2, 3, 4, 5): want one number for each of the 3 channels"},
		{op.LayerNorm{}, []feed{image, vector, vector},
			"layer_norm: x (2, 3, 4, 5) with gamma (3) and beta (3): want x (..., D), gamma (D), beta (D)"},
		{op.GroupNorm{Groups: 2}, []feed{image, vector, vector},
			"group_norm: the 3 channels of x (2, 3, 4, 5) do not divide into 2 groups"},
		{op.GroupNorm{Groups: 3}, []feed{image, vector, random(1, 3)},
			"group_norm: x (2, 3, 4, 5) with gamma (3) and beta (1, 3): want gamma (C), beta (C)"},
		{op.GroupNorm{Groups: 1}, []feed{vector, vector, vector},
			"group_norm: x is (3), want (B, C, ...)"},
		{op.Embedding{PadIndex: -1}, []feed{vector, whole([]int{1}, 1)},
			"embedding: the table is (3), want (V, D)"},
		{op.Embedding{PadIndex: 3}, []feed{random(3, 2), whole([]int{1}, 1)},
			"embedding: padding index 3 is outside the table (3, 2)"},
		{op.Embedding{PadIndex: -1, Offsets: []int{0}}, []feed{random(3, 2), whole([]int{1, 1}, 1, 2)},
			"embedding: 1 offsets for ids (1, 2), want one for each place of the last axis"},
		{op.Embedding{PadIndex: -1, Offsets: []int{2, 1}}, []feed{random(3, 2), whole([]int{1, 1}, 1, 2)},
			"embedding: offsets [2 1] do not ascend inside the table (3, 2)"},
		{op.Embedding{PadIndex: -1, Offsets: []int{0, 4}}, []feed{random(3, 2), whole([]int{1, 1}, 1, 2)},
			"embedding: offsets [0 4] do not ascend inside the table (3, 2)"},
		{op.EmbeddingBag{}, []feed{random(3, 2), whole([]int{1}, 1, 1)},
			"embedding_bag: table (3, 2) and ids (1, 1): want a table (V, D) and ids (B, T, G)"},
		{drop(1.5), []feed{vector},
			"dropout: probability 1.5, want 0 to 1"},
		{drop(math.NaN()), []feed{vector},
			"dropout: probability NaN, want 0 to 1"},
		{op.Dropout{P: 0.1}, []feed{vector},
			"dropout: there is no clock to draw by"},
		{op.Softmax{}, []feed{vector, vector},
			"softmax: 2 inputs, want 1"},
		{op.SoftmaxCrossEntropy{}, []feed{random(2, 3), whole([]int{1, 1}, 2)},
			"softmax_cross_entropy: 2 inputs, want 3"},
		{op.SoftmaxCrossEntropy{}, []feed{random(2, 3), whole([]int{1, 1, 1}, 3), fixed(repeat(1, 2), 2)},
			"softmax_cross_entropy: logits (2, 3), labels (3), row weights (2): want (B, C), (B), (B)"},
		{op.SoftmaxCrossEntropy{ClassWeights: repeat(1, 2)}, []feed{random(2, 3), whole([]int{1, 1}, 2), fixed(repeat(1, 2), 2)},
			"softmax_cross_entropy: 2 class weights for the 3 classes of logits (2, 3)"},
		{op.SoftmaxCrossEntropy{LabelSmoothing: 1.5}, []feed{random(2, 3), whole([]int{1, 1}, 2), fixed(repeat(1, 2), 2)},
			"softmax_cross_entropy: label smoothing 1.5, want 0 to 1"},
		{op.BCEWithLogits{}, []feed{random(2, 3), fixed(repeat(1, 2), 2, 1), fixed(repeat(1, 2), 2)},
			"bce_with_logits: predictions (2, 3), targets (2, 1), row weights (2): want (B, N), (B, N), (B)"},
		{op.BCEWithLogits{PositiveWeights: repeat(1, 2)}, []feed{random(2, 3), fixed(repeat(1, 6), 2, 3), fixed(repeat(1, 2), 2)},
			"bce_with_logits: 2 positive weights for the 3 columns of logits (2, 3)"},
		{op.MSE{}, []feed{random(2), fixed(repeat(1, 2), 2), fixed(repeat(1, 2), 2)},
			"mse: predictions (2), targets (2), row weights (2): want (B, N), (B, N), (B)"},
		{op.L1{}, []feed{random(2, 1), fixed(repeat(1, 2), 2, 1), fixed(repeat(1, 1), 1)},
			"l1: predictions (2, 1), targets (2, 1), row weights (1): want (B, N), (B, N), (B)"},
		{op.Huber{}, []feed{random(2, 1), fixed(repeat(1, 2), 2, 1), fixed(repeat(1, 2), 2)},
			"huber: delta 0, want a positive number"},
		{op.Transpose{Perm: []int{5, 0}}, []feed{random(2, 3)},
			"transpose: [5 0] is no order of the axes of (2, 3)"},
		{op.Transpose{Perm: []int{0, 0}}, []feed{random(2, 3)},
			"transpose: [0 0] is no order of the axes of (2, 3)"},
		{op.Transpose{Perm: []int{1, 0, 2}}, []feed{random(2, 3)},
			"transpose: [1 0 2] is no order of the axes of (2, 3)"},
		{op.Expand{}, []feed{vector},
			"expand: to 0 rows, want at least 1"},
		{op.Modulate{Axis: 2}, []feed{random(2, 3), random(2, 3), random(2, 3)},
			"modulate: x (2, 3) has no features at axis 2"},
		{op.Modulate{Axis: 1}, []feed{image, random(2, 3), random(2, 4)},
			"modulate: gamma (2, 3) and beta (2, 4) do not fit x (2, 3, 4, 5): want (2, 3)"},
		// Inputs that have no gradient, made trainable.
		{op.MaskedMean{}, []feed{random(2, 3, 4), random(2, 3)},
			"masked_mean: input 1 depends on trainable parameters, but has no gradient"},
		{op.MSE{}, []feed{random(2, 1), random(2, 1), fixed(repeat(1, 2), 2)},
			"mse: input 1 depends on trainable parameters, but has no gradient"},
	} {
		t.Run(c.spec.Name(), func(t *testing.T) {
			if got := (job{c.spec, c.in}).buildError(); got != c.want {
				t.Errorf("error\n  %s\nwant\n  %s", got, c.want)
			}
		})
	}
}
