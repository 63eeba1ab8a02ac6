//go:build nocharsets

package data

import "golang.org/x/text/encoding"

// encodingTable returns nil: the program was built with the tag nocharsets.
func encodingTable(string) encoding.Encoding { return nil }
