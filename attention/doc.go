// Package attention lets tokens look at each other: scaled dot-product attention
// in several heads, transformer blocks with normalisation before each branch
// (self and cross), and positions.
//
// Tokens are (B, T, D). A mask (B, T) is 0 where a token does not exist: it is
// never attended to, whatever it holds, and where all tokens are masked the
// result is that of no tokens, not NaN. The softmax is kept only while a head is
// computed, so memory does not grow with the square of T.
package attention
