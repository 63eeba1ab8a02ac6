package cli

import (
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// onceEach refuses a flag of one value that is given twice, of which the last would
// otherwise count without a word. Lists tell themselves what may stand in them twice,
// and a switch that is on stays on. It is told when the command runs, for a shell that
// completes has flags read twice.
func onceEach(root *cobra.Command) {
	for _, cmd := range root.Commands() {
		var all []*once
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if _, list := f.Value.(pflag.SliceValue); !list && f.Value.Type() != "bool" {
				o := &once{Value: f.Value, name: f.Name}
				f.Value, all = o, append(all, o)
			}
		})
		run := cmd.RunE
		if run == nil {
			continue
		}
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			for _, o := range all {
				if len(o.given) > 1 {
					return usageError{fmt.Errorf("--%s is given twice, as %q and %q; see %s --help", o.name, o.given[0], o.given[1], cmd.CommandPath())}
				}
			}
			return run(cmd, args)
		}
	}
}

// once is a value that keeps what it was set to.
type once struct {
	pflag.Value
	name  string
	given []string
}

func (o *once) Set(s string) error {
	o.given = append(o.given, s)
	return o.Value.Set(s)
}
