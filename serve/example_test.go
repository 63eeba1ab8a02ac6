package serve_test

import (
	"context"
	"fmt"

	"github.com/chiasm-ml/chiasm/infer"
	"github.com/chiasm-ml/chiasm/serve"
)

// A service of one's own may put the handler beside others, or let the server
// listen.
func Example() {
	ctx := context.Background()
	s, err := serve.New(ctx, serve.Options{
		Load: func(ctx context.Context) (*infer.Model, error) { return infer.Load(ctx, "runs/lost", infer.Options{}) },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(s.ListenAndServe(ctx, "127.0.0.1:8080"))
	// Output: runs/lost: there is no such run folder, model or checkpoint
}
