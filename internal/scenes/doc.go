// Package scenes makes a small world for questions about pictures, as CLEVR
// (Johnson et al., 2017) does with rendered solids: six coloured shapes in a
// picture of 48 × 48 pixels, and a question in words with a one-word answer.
//
// Nothing but both together gives the answer. Each picture has every colour
// once, so a picture alone says little; answers are drawn uniformly before a
// picture is drawn to fit, so a question alone says nothing but which answers
// are possible. A question is about one or two places of the picture, which are
// written down beside it: a model that answers must have looked there.
//
// Everything is a function of the seed. The package knows nothing of models.
package scenes
