// Command fashion writes Fashion-MNIST (Xiao, Rasul and Vollgraf, 2017) as a
// table with pictures, from the four files in which it is published. Debian has
// them in the package dataset-fashion-mnist.
//
//	go run ./examples/fashion --source /usr/share/datasets/fashion-mnist
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
)

func main() {
	source := flag.String("source", "/usr/share/datasets/fashion-mnist", "folder with the four idx files, compressed or not")
	output := flag.String("output", "examples/fashion/data", "folder to write data.csv and images to")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	rows, err := convert(ctx, *source, *output, heldOut)
	if err != nil {
		fmt.Fprintln(os.Stderr, "fashion:", err)
		os.Exit(3)
	}
	fmt.Printf("%d rows in %s\n", rows, *output)
}
