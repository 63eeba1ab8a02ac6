// Package simd is the floor that everything else stands on: float32 kernels on
// slices. It multiplies matrices (Gemm, GemmBatch, Packed), convolves images (Conv), and
// has the loops over rows that operators are made of: arithmetic, activations,
// softmax, layer normalisation, dropout, the optimiser's update.
//
// Each kernel exists on several paths: AVX-512, AVX2 with FMA, and Go alone. The
// fastest that the processor has is chosen at start; the build tag noasm leaves
// Go alone. Sums have an order that depends on the path and the lengths, never on
// the number of cores: on one machine, equal inputs give equal bits. A row of a
// product and an image of a convolution give the same bits alone as among others.
//
// The package knows no tensors and no graph, but for Install, which makes Gemm the
// product that Gorgonia uses. It never allocates once its scratch memory has
// grown to size.
package simd
