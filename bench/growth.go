package main

import (
	"fmt"

	"github.com/chiasm-ml/chiasm/model"
)

// A growth describes how the cost of a training step scales with one size of a model.
type growth struct {
	of      string // the size, as the peer's request names it
	what    string
	sizes   []int
	model   func(size int) reference
	request map[string]any
}

var growths = []growth{
	{
		"batch", "R1, rows in a batch", []int{8, 16, 32, 64, 128},
		func(n int) reference { return reference{"R1", n, fusionModel} },
		map[string]any{"case": "R1"},
	},
	{
		"tokens", "R3, tokens in a text, batches of 8", []int{16, 32, 64, 128, 256},
		func(n int) reference {
			return reference{"R3", 8, func() model.Config { return single(textInput(n, 4000, 256, 4)) }}
		},
		map[string]any{"case": "R3", "batch": 8},
	},
	{
		"pixels", "R2, side of a picture in pixels, batches of 4", []int{32, 48, 64, 96, 128},
		func(n int) reference {
			return reference{"R2", 4, func() model.Config { return single(pictureInput(n, newResNet)) }}
		},
		map[string]any{"case": "R2", "batch": 4},
	},
}

func (g growth) name(size int) string { return fmt.Sprintf("growth %s %d", g.of, size) }

func (g growth) jobs() []job {
	var js []job
	for _, n := range g.sizes {
		request := map[string]any{"kind": "train", g.of: n}
		for k, v := range g.request {
			request[k] = v
		}
		js = append(js, job{
			name: g.name(n), kind: "growth", peers: []string{eager}, request: request,
			step: func() (func() error, int, error) { return trainingStep(g.model(n)) },
		})
	}
	return js
}
