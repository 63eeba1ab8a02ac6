// Package fusiontest checks that a fusion fulfils the contract of package fusion, at sizes small
// enough for finite differences. Authors of a fusion call Run from a test:
//
//	func TestMyFusion(t *testing.T) {
//		fusiontest.Run(t, fusiontest.Case{
//			Inputs: []fusion.Input{
//				{Name: "picture", Shape: encoders.Shape{Tokens: 3, Dim: 4}},
//				{Name: "caption", Shape: encoders.Shape{Tokens: 2, Dim: 5}},
//			},
//			New: func(s *nn.Scope, set fusion.Setting) (fusion.Fusion, error) {
//				return NewMyFusion(s, set, MyConfig{Dim: 3})
//			},
//		})
//	}
//
// It trains nothing and reads no file.
package fusiontest
