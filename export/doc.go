// Package export writes trained models for other programs: as an ONNX graph with
// all that is needed to use it from any language, or as weights under the names
// that the documentation gives them.
//
// The graph is the one that evaluation runs. It is built at two batch sizes, and
// what differs between the two is what depends on the number of rows, which the
// exported graph leaves open. Each operator of package op is then written as
// ONNX operators of version 17 by a rule; lower.go has the table.
package export
