// Package calibrate fits the few numbers of a trained model that are not learned with it, on rows
// that it was not trained on: the temperature that calibrates its probabilities, and the weights of
// modalities that decide independently.
//
// Everything is computed in float64 without randomness, and minimises the negative log likelihood
// of the targets by line searches. The package deals in numbers only, and knows no model.
package calibrate
