// Package encoderstest checks that an encoder fulfils the contract of package encoders, at sizes
// small enough for finite differences. Authors of an encoder call Run from a test:
//
//	func TestMyEncoder(t *testing.T) {
//		encoderstest.Run(t, encoderstest.Case{
//			Features: []data.Feature{{Name: "numeric", Shape: []int{5}}},
//			New: func(s *nn.Scope, in encoders.Input) (encoders.Encoder, error) {
//				return NewMyEncoder(s, in, MyConfig{Dim: 3})
//			},
//			Parameters: 5*3 + 3,
//		})
//	}
//
// It trains nothing and reads no file.
package encoderstest
