// Command chiasm trains multimodal neural networks on tables whose rows carry
// pictures, text and numbers, and uses what it trained. Package cli is the
// command itself.
package main

import (
	"github.com/chiasm-ml/chiasm/cli"
	"github.com/chiasm-ml/chiasm/config"
)

func main() { cli.Main(config.Builtin()) }
