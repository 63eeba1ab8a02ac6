// Package transfer begins a model from the weights of another: a model of this
// program, whose preprocessing and labels can be kept too, or any safetensors
// file.
//
// It trains nothing and writes no file. What it took, and what it did not, is in
// an Account: nothing is passed over in silence.
package transfer
