// Package calibrate fits the few numbers of a trained model that are not
// learned with it, on rows that it was not trained on: the temperature that
// makes its probabilities mean what they say, and the weights of modalities
// that decide each for itself.
//
// Everything is computed in float64, draws nothing, and minimises the negative
// log likelihood of the answers by searches along lines. It knows numbers only,
// no model.
package calibrate
