// Package attention implements scaled dot-product attention with multiple heads, pre-norm
// transformer blocks (self and cross), and position embeddings.
//
// Tokens are (B, T, D). A mask (B, T) is 0 for tokens that do not exist: they are never attended
// to, whatever they hold, and if all tokens are masked the result is that of attending to nothing,
// not NaN. The softmax exists only while a head is computed, so memory does not grow with the
// square of T.
package attention
