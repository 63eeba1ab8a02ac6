package fusion_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/fusion/fusiontest"
	"github.com/chiasm-ml/chiasm/internal/cases"
	"github.com/chiasm-ml/chiasm/nn"
)

// modalities are n of them, of one token each or of several.
func modalities(n int, tokens bool) []fusion.Input {
	in := []fusion.Input{input("picture", 3, 2), input("caption", 2, 4), input("facts", 2, 3), input("sound", 4, 3)}[:n]
	for i := range in {
		if !tokens {
			in[i].Tokens = 1
		}
	}
	return in
}

func TestEveryOperatorOverEveryInput(t *testing.T) {
	var registered, names []string
	for _, e := range config.Builtin().Fusions() {
		registered = append(registered, e.Name)
	}
	for _, o := range cases.Fusions {
		names = append(names, o.Name)
	}
	slices.Sort(names)
	if !slices.Equal(names, registered) {
		t.Errorf("internal/cases has %v, and registered are %v", names, registered)
	}
	for _, o := range cases.Fusions {
		for n := 1; n <= 4; n++ {
			for _, tokens := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s of %d, tokens %v", o.Name, n, tokens), func(t *testing.T) {
					in := modalities(n, tokens)
					if o.Refuses != nil && o.Refuses(in) != "" {
						_, err := o.Of(in)(nn.NewScope(1).In("fusion"), fusion.Setting{Inputs: in, Outputs: cases.Classes})
						if want := o.Refuses(in); err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "fusion") {
							t.Errorf("error %v, want %q", err, want)
						}
						return
					}
					fusiontest.Run(t, fusiontest.Case{
						Inputs: in, Outputs: cases.Classes, New: o.Of(in), Parameters: o.Parameters(in), Subsets: o.Subsets,
						Most: []int{0, 0, 6, 2, 1}[n],
					})
				})
			}
		}
	}
}
