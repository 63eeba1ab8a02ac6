// Command custom is chiasm with three things of its own: the input `signal`,
// its encoder `cnn`, and the fusion `highway`. It has chiasm's commands:
//
//	go run . train --config train.yaml
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/chiasm-ml/chiasm/cli"
	"github.com/chiasm-ml/chiasm/config"

	"example.com/custom/highway"
	"example.com/custom/signal"
)

func main() {
	reg, err := registry()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	cli.Main(reg)
}

// registry is what Chiasm brings, and what this module adds.
func registry() (*config.Registry, error) {
	reg := config.Builtin()
	return reg, errors.Join(
		config.AddModality(reg, signal.Type()),
		config.AddEncoder(reg, "signal", "cnn", "convolutions over time", signal.NewCNN),
		config.AddFusion(reg, "highway", "gated layers over the mean of what is present", highway.New),
	)
}
