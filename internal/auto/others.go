package auto

import (
	"slices"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/encoders"
)

// othersOf are the ways to encode a config's inputs that it has not chosen: perceptrons and
// ensembles of these for tables, n-grams and transformers for texts.
func othersOf(c *config.Config) []other {
	var all []other
	taken := map[string]bool{}
	for _, in := range c.Inputs {
		taken[in.Name] = true
	}
	for _, in := range c.Inputs {
		switch o := in.Config.(type) {
		case config.TabularInput:
			if kind, encoder := otherTable(o); kind != "" {
				o.Encoder = encoder
				in.Config = o
				all = append(all, other{input: in.Name, kind: kind, as: in, table: true})
			}
		case config.TextInput:
			kind := "ngrams"
			encoder := config.NewEncoder[encoders.NGramsConfig](nil)
			o.Tokenizer, o.NGrams = nil, nil
			if in.Config.(config.TextInput).NGrams != nil {
				kind, encoder = "transformer", config.NewEncoder[encoders.TransformerConfig](nil)
			}
			encoder.Type = kind
			if !has(c.Registry().Encoders(config.Text), kind) {
				continue
			}
			o.Encoder = encoder
			name := in.Name + "_" + kind
			for taken[name] {
				name += "_"
			}
			taken[name] = true
			all = append(all, other{input: in.Name, kind: kind, as: config.Input{Name: name, Type: in.Type, Config: o}})
		}
	}
	return all
}

func has(entries []config.Entry, name string) bool {
	return slices.ContainsFunc(entries, func(e config.Entry) bool { return e.Name == name })
}

// otherTable is tabm, or mlp in its place. Numbers have the form that the config gives them;
// where it says nothing, tabm embeds them piecewise linearly.
func otherTable(in config.TabularInput) (kind string, e config.Encoder) {
	switch have := in.Encoder.Config.(type) {
	case encoders.TabMConfig:
		e = config.NewEncoder(func(c *encoders.MLPConfig) { c.ColumnsConfig = have.ColumnsConfig })
		kind = "mlp"
	case encoders.MLPConfig:
		e = config.NewEncoder(func(c *encoders.TabMConfig) {
			c.ColumnsConfig = have.ColumnsConfig
			if embeds(in.Numeric) && c.NumericEmbedding == "none" {
				c.NumericEmbedding = "piecewise"
			}
		})
		kind = "tabm"
	default:
		return "", e
	}
	e.Type = kind
	return kind, e
}

// mostEmbedded columns of numbers are embedded, each in a vector of its own.
const mostEmbedded = 64

func embeds(numeric []string) bool { return len(numeric) > 0 && len(numeric) <= mostEmbedded }
