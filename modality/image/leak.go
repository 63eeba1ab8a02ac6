package image

import (
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/modality/image/imaging"
)

// leastLikeness is the correlation from which two images count as near identical:
// compressed or resized anew they have above 0.995, another drawing with the same hash far
// less.
const leastLikeness = 0.99

// SimilarityHash tells pictures apart by their larger shapes.
func (p *Preprocessor) SimilarityHash(item data.Item) (uint64, bool) {
	i, ok := item.(*picture)
	if !ok {
		return 0, false
	}
	return i.DifferenceHash()
}

// Resembles compares pictures pixel by pixel.
func (p *Preprocessor) Resembles(a, b data.Item) bool {
	x, ok := a.(*picture)
	y, also := b.(*picture)
	return ok && also && imaging.Likeness(x.Raster, y.Raster) >= leastLikeness
}
