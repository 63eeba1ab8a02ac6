package cli_test

import (
	"context"
	"fmt"
	"os"

	"github.com/chiasm-ml/chiasm/cli"
	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/optim"
)

// A program that brings a schedule of its own has chiasm's commands by one call
// more: cli.Main(reg), or Run where it goes on afterwards.
func Example() {
	type options struct {
		// Factor of the base rate.
		Factor float64 `yaml:"factor" default:"0.5" validate:"gt=0"`
	}
	reg := config.Builtin()
	err := config.AddSchedule(reg, "reduced", "a fixed share of the rate", func(base float64, steps int, o options) (*optim.Schedule, error) {
		return optim.NewConstant(base*o.Factor, steps, optim.ConstantConfig{})
	})
	if err != nil {
		panic(err)
	}
	c := cli.Command{Name: "mine", Registry: reg, Err: os.Stdout}
	code := c.Run(context.Background(), "train", "--config", "testdata/none.yaml")
	fmt.Println(code)
	// Output:
	// mine: testdata/none.yaml: cannot be read: no such file or directory
	// 2
}
