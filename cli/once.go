package cli

import (
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// onceEach refuses a flag of one value that is given twice, of which the last would
// otherwise count without a word. Lists tell themselves what may stand in them twice,
// and a switch that is on stays on.
func onceEach(root *cobra.Command) {
	for _, cmd := range root.Commands() {
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			_, list := f.Value.(pflag.SliceValue)
			if _, seen := f.Value.(*once); !list && !seen && f.Value.Type() != "bool" {
				f.Value = &once{Value: f.Value}
			}
		})
	}
}

// once is a value that is set at most once.
type once struct {
	pflag.Value
	given *string
}

// Set is refused where it has been, even to the same.
func (o *once) Set(s string) error {
	if o.given != nil {
		return fmt.Errorf("it is given twice, before as %q", *o.given)
	}
	o.given = &s
	return o.Value.Set(s)
}
