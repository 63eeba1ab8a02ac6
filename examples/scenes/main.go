// Command scenes writes the pictures and questions of this example.
//
//	go run ./examples/scenes
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"github.com/chiasm-ml/chiasm/internal/scenes"
)

func main() {
	var o scenes.Options
	output := flag.String("output", "examples/scenes/data", "folder to write data.csv and images to")
	flag.Uint64Var(&o.Seed, "seed", 1, "seed of everything random")
	flag.IntVar(&o.Train, "train", 6000, "rows to train on")
	flag.IntVar(&o.Validation, "validation", 800, "rows to validate on")
	flag.IntVar(&o.Test, "test", 1200, "rows to test on")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := scenes.Generate(ctx, *output, o); err != nil {
		fmt.Fprintln(os.Stderr, "scenes:", err)
		os.Exit(6)
	}
	fmt.Printf("%d rows in %s\n", o.Train+o.Validation+o.Test, *output)
}
