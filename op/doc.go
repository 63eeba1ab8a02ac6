// Package op provides the operators that models are built from, as Gorgonia operators. Each has a
// shape rule that names mismatched shapes, a fused forward pass and a fused gradient.
//
// A [Spec] is an operator before it is applied, a plain value. [Apply] adds it to a Gorgonia graph;
// package nn does so through its Graph, which also tracks what needs a gradient. A [Kernel]
// computes a node. It is implemented twice: in float32 for speed, with the vector kernels of
// internal/simd and on all cores, and in float64 for gradient checks.
//
// An operator never modifies its inputs, never shares memory with them, and allocates nothing after
// its first run. Its result does not depend on the number of cores: work is partitioned by shape,
// and sums have a fixed order. Masks, row weights and targets have no gradient, and elements
// excluded by a mask or weight of 0 have no influence, whatever finite numbers they hold. Integers
// (ids, labels) are nodes of type int. There are no second derivatives.
//
// The operators, where B is the batch, T tokens, D width, C channels or classes, V the rows of a
// table; "?" marks optional inputs:
//
//	Linear               x (..., K), weight (N, K), bias (N)?           (..., N)
//	Activate             x                                              the same
//	Add, Mul             two shapes that broadcast                      the broadcast shape
//	Sum                  two or more of equal shape                     the same
//	Scale                x                                              the same
//	Concat               any number                                     concatenated along Axis
//	Slice                x                                              a part of Axis
//	Expand               x (...)                                        (B, ...), every row the same
//	Reshape, Transpose   x                                              Shape; axes in the order Perm
//
//	Conv2D               x (B, C, H, W), weight (O, C/groups, KH, KW), bias (O)?   (B, O, H', W')
//	MaxPool2D, AvgPool2D x (B, C, H, W)                                 (B, C, H', W')
//	GlobalAvgPool2D      x (B, C, H, W)                                 (B, C)
//	ImageTokens          x (B, C, H, W)                                 (B, H·W, C)
//	BatchNorm2D          x (B, C, H, W) or (B, C), gamma, beta (C), row weights (B)?   as x
//	BatchNorm2DEval      x, gamma, beta, mean, variance (C)             as x
//	GroupNorm            x (B, C, ...), gamma, beta (C)                 as x
//	Modulate             x (B, ...), gamma, beta (B, C); C is Axis of x   as x
//	LayerNorm            x (..., D), gamma, beta (D)                    as x
//
//	Embedding            table (V, D), ids (...)                        (..., D)
//	EmbeddingBag         table (V, D), ids (B, T, G)                    (B, T, D)
//	Attention            queries (B, Tq, D), keys, values (B, Tk, D), mask (B, Tk)?    (B, Tq, D)
//	AttentionWeights     queries (B, Tq, D), keys (B, Tk, D), mask (B, Tk)?   (B, heads, Tq, Tk)
//	MaskedMean           tokens (B, T, D), mask (B, T)                  (B, D)
//	Dropout              x                                              the same
//	Softmax, LogSoftmax  x (..., C)                                     the same
//	NormalBins           x (B, N)                                       (B, N·K)
//	Periodic             x (B, N), frequencies (N, K)                   (B, N, 2K)
//	GroupedLinear        x (B, N, K), weight (N, O, K), bias (N, O)     (B, N, O)
//
//	Repeat               presence (B, 1)                                (B, N)
//	AnyPresent           M presences (B, 1)                             (B, 1)
//	PresentShares        M presences (B, 1), weights (M)?               (B, M)
//	OrElse               x (B, D), vector (D), presence (B, 1)          (B, D)
//	PresentMean          fallback (B, ...)?, M of (B, ...), M presences (B, 1)   (B, ...)
//	PresentMax           M of (B, N), M presences (B, 1)                (B, N)
//	PresentSoftmax       M logits (B, N), M presences (B, 1)            (B, M, N)
//	PresentWeighted      M of (B, D), M presences (B, 1), weights (B, M, 1) or (B, M, D)   (B, D)
//	LowRank              M factors (B, R·D), M presences (B, 1), weights (R, D), bias (D)   (B, D)
//	OuterProduct         M of (B, D_m), M presences (B, 1)              (B, Π (D_m+1))
//	MixScores            M logits (B, C), M presences (B, 1), weights (B, M, 1)   (B, C)
//	AverageScores        M logits (B, C), M presences (B, 1), weights (M)?   (B, C)
//	ProductScores        M logits (B, C), M presences (B, 1), log prior (C), weights (M)?   (B, C)
//	Temper               logits (B, C), temperature (1)                 (B, C)
//
//	SoftmaxCrossEntropy  logits (B, C), labels (B), row weights (B)     a scalar
//	BCEWithLogits        logits (B, C), targets (B, C), row weights (B) a scalar
//	MSE, L1, Huber       predictions (B, N), targets (B, N), row weights (B)   a scalar
//	WeightedSum          x                                              a scalar, for gradient checks
//
// The size H' of a convolution or pooling output is (H + 2·padding - kernel)/stride + 1, rounded
// down.
//
// To add an operator, write a Spec and its kernel in a file of their own, and add it to the table
// above and to the tests: gradients, shape errors, workloads, and a fixture if PyTorch has it. If
// evaluation uses it, package export needs a rule for it.
package op
