// Command config trains the model of a config file.
package main

import (
	"context"
	"log"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/fit"
)

func main() {
	ctx := context.Background()
	c, err := config.Load("train.yaml", config.Builtin())
	if err != nil {
		log.Fatal(err)
	}
	m, err := fit.Config(ctx, c, fit.Options{})
	if err != nil {
		log.Fatal(err)
	}
	if err := m.Save(ctx, "pumps.model"); err != nil {
		log.Fatal(err)
	}
}
