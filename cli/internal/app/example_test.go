package app_test

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/chiasm-ml/chiasm/cli/internal/app"
)

// What a command refuses carries the exit code that the program ends with.
func Example() {
	err := app.Predict(context.Background(), app.PredictOptions{Output: "rows.xlsx"}, app.Streams{Out: os.Stdout, Err: os.Stderr})
	var coded interface{ ExitCode() int }
	if errors.As(err, &coded) {
		fmt.Println(coded.ExitCode(), err)
	}
	// Output: 2 --output rows.xlsx: want a name that ends in .csv, .tsv or .jsonl, or - for standard output
}
