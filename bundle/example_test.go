package bundle_test

import (
	"context"
	"fmt"

	"github.com/chiasm-ml/chiasm/bundle"
)

// A run folder, its model/ or a checkpoint is loaded whole or not at all.
func ExampleLoad() {
	b, err := bundle.Load(context.Background(), "runs/lost", bundle.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(b.Target.Labels(), len(b.Model.Params()))
	// Output: runs/lost: there is no such run folder, model or checkpoint
}
