package cli

import (
	"github.com/spf13/cobra"

	"github.com/chiasm-ml/chiasm/cli/internal/app"
	"github.com/chiasm-ml/chiasm/config"
)

func initCommand(reg *config.Registry, streams streamsOf) *cobra.Command {
	o := app.InitOptions{Registry: reg}
	cmd := &cobra.Command{
		Use:   "init --data FILE --target COLUMN [--output config.yaml] [--images DIR]",
		Short: "Write a first config for a table",
		Long: `Look at a table, guess what its columns are (images, texts, numbers, categories,
dates, names of rows), and write a config with comments that trains as it is.
What was guessed, and why, is printed column by column.

What cannot be used is named, with row and column: rows of too many cells, rows
without an answer, images that cannot be read. The config leaves it out, and says so.
A table is refused only where nothing could be trained by it: without the column to
predict, or where that is the same in every row. Then the exit code is 3.`,
		Example: `  chiasm init --data listings.csv --target category
  chiasm init --data listings.csv --target price --images photos --output price.yaml`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return app.Init(cmd.Context(), o, streams(cmd)) },
	}
	f := cmd.Flags()
	f.StringVar(&o.Table, "data", "", "the table: .csv, .tsv or .jsonl")
	f.StringVar(&o.Target, "target", "", "the column to predict")
	f.StringVar(&o.Images, "images", "", "the folder that image paths are relative to; by default looked for beside the table")
	f.StringVar(&o.Output, "output", "config.yaml", "the config file to write")
	f.BoolVar(&o.Force, "force", false, "write over a config file that is there")
	require(cmd, "data", "target")
	return cmd
}
