package sample

import "fmt"

// Config is a config for the table, in parts that may be replaced: YAML in flow
// style. Everything is as small as it goes.
type Config struct {
	Picture, Caption, Facts string // encoders
	Numbers                 string // more columns of numbers, as `, name`
	Columns                 string // more keys of the tabular input, as `, key: value`
	More                    string // further inputs, as lines `\n  name: {…}`
	Fusion                  string
	Output                  string
	Outputs                 string // instead, of several outputs by name: {name: {…}, …}
	Optimizer, Schedule     string
	Training                string // more keys of training, as `, key: value`
	Size                    string // of pictures
}

// Default is a model of all three inputs that answers Kind.
func Default() Config {
	return Config{
		Picture:   "{type: cnn, channels: [2]}",
		Caption:   "{type: transformer, dim: 4, layers: 1, heads: 2, hidden: 4}",
		Facts:     "{type: mlp, hidden: [5], embedding: 2}",
		Fusion:    "{type: concat, dim: 4, hidden: [6]}",
		Output:    "{type: multiclass, column: " + Kind + "}",
		Optimizer: "{type: adamw, learning_rate: 0.01}",
		Schedule:  "{type: cosine, warmup: 2}",
		Size:      "[4, 5]",
	}
}

// YAML is the config file, for data.csv and images beside it.
func (c Config) YAML() string {
	output := "output: " + c.Output
	if c.Outputs != "" {
		output = "outputs: " + c.Outputs
	}
	return fmt.Sprintf(`name: sample
seed: 7
data: {path: data.csv, images: images, split: {column: %s}}
inputs:
  picture: {type: image, column: %s, size: %s, channels: 1, missing: mask, augment: {flip: 0.5, crop: 0.2}, encoder: %s}
  caption: {type: text, column: %s, max_tokens: 5, missing: mask, token_dropout: 0.1, encoder: %s}
  facts: {type: tabular, numeric: [%s, %s%s], categorical: [%s], missing: mask%s, encoder: %s}%s
fusion: %s
%s
training: {epochs: 2, batch_size: 4, monitor: validation.loss, optimizer: %s, schedule: %s%s}
`, Split, Picture, c.Size, c.Picture, Caption, c.Caption, Width, Height, c.Numbers, Maker, c.Columns, c.Facts, c.More, c.Fusion, output, c.Optimizer, c.Schedule, c.Training)
}
