package config_test

import (
	"fmt"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/trainer"
)

// Whoever joins a model in Go starts from the defaults that a config has.
func ExampleDefaults() {
	cnn := config.Defaults[encoders.CNNConfig]()
	cnn.Channels = []int{16, 32}
	fmt.Println(cnn.Kernel, cnn.Norm, cnn.Channels)
	fmt.Println(config.Defaults[trainer.Config]().BatchSize)
	// Output:
	// 3 batch [16 32]
	// 32
}
