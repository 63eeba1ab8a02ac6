package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/chiasm-ml/chiasm/cli/internal/app"
	"github.com/chiasm-ml/chiasm/config"
)

func verify(reg *config.Registry, streams streamsOf) *cobra.Command {
	return &cobra.Command{
		Use:   "verify PATH",
		Short: "Check that models and checkpoints are whole",
		Long: `Read a run folder, a model or a checkpoint, all of it, and tell what is valid:
sizes and SHA-256 of the files, that the model can be made, that every number is
finite, and that a training could go on from it. Nothing is written. Where
anything is invalid the exit code is 4.`,
		Example: `  chiasm verify runs/clipart`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError{fmt.Errorf("give one run folder, model or checkpoint; see %s --help", cmd.CommandPath())}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return app.Verify(cmd.Context(), args[0], reg, streams(cmd))
		},
	}
}
