// Command asm generates the assembly of package simd with avo. It is a module
// of its own, so that nobody who imports the project downloads avo. Run it by
//
//	go generate ./internal/simd
package main

import (
	"flag"
	"fmt"
	"os"

	. "github.com/mmcloughlin/avo/build"
)

var sets = map[string]func(){
	"gemm":   gemm,
	"pack":   pack,
	"vector": vector,
	"row":    row,
}

func main() {
	set := flag.String("set", "", "the set of kernels to generate")
	flag.Parse()
	if sets[*set] == nil {
		fmt.Fprintln(os.Stderr, "usage: asm -set SET -out FILE -stubs FILE -pkg simd")
		os.Exit(2)
	}
	ConstraintExpr("!noasm")
	sets[*set]()
	Generate()
}
