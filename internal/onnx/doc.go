// Package onnx writes ONNX models: a graph of operators over named values, with weights, as the
// protocol buffer that ONNX readers load.
//
// It knows the file's layout (onnx.proto3 of ONNX IR version 8) but no operators: whether a graph
// is meaningful is checked by onnx.checker and by its creator. Equal models are equal bytes.
package onnx
