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
	"slices"
	"strings"

	"github.com/chiasm-ml/chiasm/internal/scenes"
)

func main() {
	var o scenes.Options
	output := flag.String("output", "examples/scenes/data", "folder to write data.csv and images to")
	flag.Uint64Var(&o.Seed, "seed", 1, "seed of everything random")
	flag.IntVar(&o.Train, "train", 9000, "pictures to train on, three rows each")
	flag.IntVar(&o.Validation, "validation", 300, "pictures to validate on")
	flag.IntVar(&o.Test, "test", 400, "pictures to test on")
	flag.Func("kind", "ask questions of this `kind` only: "+strings.Join(scenes.Kinds, ", "), func(kind string) error {
		if !slices.Contains(scenes.Kinds, kind) {
			return fmt.Errorf("there are %s", strings.Join(scenes.Kinds, ", "))
		}
		o.Kinds = []string{kind}
		return nil
	})
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := scenes.Generate(ctx, *output, o); err != nil {
		fmt.Fprintln(os.Stderr, "scenes:", err)
		os.Exit(6)
	}
	fmt.Printf("data.csv and %d pictures in %s\n", o.Train+o.Validation+o.Test, *output)
}
