// Package onnx writes ONNX models: a graph of operators over named values, with
// weights, as the protocol buffer that ONNX readers load.
//
// It knows the file's layout (onnx.proto3 of ONNX IR version 8) and no
// operator: whether a graph makes sense is for onnx.checker and for its maker.
// Equal models are equal bytes.
package onnx
