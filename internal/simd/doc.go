// Package simd is the lowest layer: float32 kernels on slices. It multiplies matrices (Gemm,
// GemmBatch, Packed), convolves images (Conv), and provides the row loops that operators are built
// from: arithmetic, activations, softmax, layer normalisation, dropout, the optimizer's update.
//
// Each kernel exists on several paths: AVX-512, AVX2 with FMA, and plain Go. The fastest one
// supported by the processor is selected at start; the build tag noasm leaves only plain Go. The
// order of a sum depends on the path and the lengths, never on the number of cores: on one machine,
// equal inputs yield equal bits. A row of a product and an image of a convolution yield the same
// bits alone as in a batch.
//
// The package knows no tensors and no graph, except for Install, which makes Gorgonia use Gemm. It
// never allocates once its scratch memory has grown to size.
package simd
