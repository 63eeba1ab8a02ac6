// Package scenes generates a small world for questions about images, as CLEVR (Johnson et al.,
// 2017) does with rendered solids: six coloured shapes in an image of 48 × 48 pixels, and a
// question in words with a one-word answer.
//
// Only image and question together determine the answer. Each image has every colour once, so an
// image alone reveals little; answers are drawn uniformly before an image is drawn to match, so a
// question alone reveals only which answers are possible. A question is about one or two positions
// of the image, which are recorded with it: a model that answers correctly must have attended
// there.
//
// Everything is a function of the seed. The package knows nothing of models.
package scenes
