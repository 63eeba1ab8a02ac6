package cli

import (
	"github.com/spf13/cobra"

	"github.com/chiasm-ml/chiasm/cli/internal/app"
	"github.com/chiasm-ml/chiasm/config"
)

func export(reg *config.Registry, streams streamsOf) *cobra.Command {
	o := app.ExportOptions{SourceOptions: app.SourceOptions{Registry: reg}}
	cmd := &cobra.Command{
		Use:   "export --model PATH --output DIR [--format onnx|safetensors] [--check [--data FILE]]",
		Short: "Write a model for other programs: as ONNX, or its weights",
		Long: `Write a model for other programs.

--format onnx writes the whole graph, from raw pixels, token ids and numbers to
probabilities, for any number of rows, with preprocessing.json, vocabularies, and
samples in Python and JavaScript that predict rows with it. --check runs it by
ONNX Runtime, which a Python must have, on random rows and on those of --data,
whose cells it reads by the sample as well, and stores how closely both agree in
check.json. A check that cannot be made is an error (exit code 2).

--format safetensors writes the weights under their names; docs/twin.py is a
network in PyTorch that reads them.`,
		Example: `  chiasm export --model runs/clipart --output clipart-onnx --check --data examples/clipart/data.csv
  chiasm export --model runs/scenes --output scenes-onnx --outputs attention,pooled
  chiasm export --model runs/clipart --output clipart-weights --format safetensors`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return app.Export(cmd.Context(), o, streams(cmd)) },
	}
	sourceFlags(cmd, &o.SourceOptions)
	f := cmd.Flags()
	f.Lookup("data").Usage = "a table to --check on, beside random rows: .csv, .tsv or .jsonl"
	f.StringVar(&o.Format, "format", "onnx", "onnx or safetensors")
	f.StringVar(&o.Output, "output", "", "the folder to write")
	f.StringSliceVar(&o.Outputs, "outputs", nil, "more outputs of the graph: attention, pooled, shares, or single ones of these, separated by commas")
	f.BoolVar(&o.Force, "force", false, "write into a folder that is not empty")
	f.BoolVar(&o.Check, "check", false, "compare the graph, run by ONNX Runtime, with the model")
	f.StringVar(&o.Python, "python", "", "the Python that checks; by default python3 or python on the PATH")
	require(cmd, "model", "output")
	return cmd
}
