package cli

import (
	"github.com/spf13/cobra"

	"github.com/chiasm-ml/chiasm/cli/internal/app"
	"github.com/chiasm-ml/chiasm/config"
)

func explain(reg *config.Registry, streams streamsOf) *cobra.Command {
	o := app.ExplainOptions{SourceOptions: app.SourceOptions{Registry: reg}}
	cmd := &cobra.Command{
		Use:   "explain --model PATH --data FILE --output DIR [--rows 1,5-9 | --worst N] [--split NAME]",
		Short: "Show why a model answers rows as it does",
		Long: `Write, for rows of a table, a page and a JSON file that say why the model answers
as it does: what each input contributes (Shapley values over subsets of the
inputs), which tokens attended to which, with attention drawn over the picture,
what in each input speaks for the answer (integrated gradients by region, token
and column), and how much the fusion let each input count. index.html lists them.

--worst shows the rows that the model gets most wrong, worst first, and needs
answers; without it and --rows, the first rows are shown. What is explained is the
label that the model finds most probable, unless --label names another. Of a model
of several outputs the first is explained, unless --of names another.`,
		Example: `  chiasm explain --model runs/clipart --data examples/clipart/data.csv --split test --worst 20 --output why
  chiasm explain --model runs/clipart --data new.csv --rows 1,5-9 --output why`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return app.Explain(cmd.Context(), o, streams(cmd)) },
	}
	sourceFlags(cmd, &o.SourceOptions)
	f := cmd.Flags()
	thresholdFlag(f, &o.Thresholds)
	f.StringVar(&o.Rows, "rows", "", "rows of the table, the first is 1, as in 1,5-9; by default the first 20")
	f.IntVar(&o.Worst, "worst", 0, "the so many rows that the model gets most wrong, worst first")
	f.StringVar(&o.Split, "split", "", "only rows of this split, as the model's config cuts the table")
	f.StringVar(&o.Of, "of", "", "the output to explain, of a model of several; by default the first")
	f.StringVar(&o.Label, "label", "", "the label to explain; by default the most probable one of each row")
	f.StringVar(&o.Output, "output", "", "the folder to write, which is new or empty")
	f.BoolVar(&o.Force, "force", false, "write into a folder that is not empty, over what has the same name")
	require(cmd, "model", "data", "output")
	return cmd
}
