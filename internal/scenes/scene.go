package scenes

import "github.com/chiasm-ml/chiasm/rng"

// An image is divided into gridSide × gridSide cells of cellSize pixels, with at most one object in
// each.
const (
	gridSide = 3
	cellSize = 16
	cells    = gridSide * gridSide
)

var (
	shapes    = []string{"circle", "square", "triangle"}
	colours   = []string{"red", "green", "blue", "yellow", "purple", "cyan"}
	sizes     = []string{"small", "large"}
	cellNames = []string{
		"top left", "top middle", "top right",
		"middle left", "centre", "middle right",
		"bottom left", "bottom middle", "bottom right",
	}
)

// object holds indices into shapes, colours, sizes and cellNames.
type object struct{ shape, colour, size, cell int }

// A scene has fewest to most objects, all of different colours.
type scene []object

const fewest, most = 3, 6

func newScene(key rng.Key) scene {
	places := key.Name("cells").Perm(cells)
	paints := key.Name("colours").Perm(len(colours))
	s := make(scene, fewest+key.Name("objects").IntN(0, most-fewest+1))
	for i := range s {
		s[i] = object{
			shape:  key.Name("shape").IntN(i, len(shapes)),
			colour: paints[i],
			size:   key.Name("size").IntN(i, len(sizes)),
			cell:   places[i],
		}
	}
	return s
}

// find returns the objects for which keep is true.
func (s scene) find(keep func(object) bool) []object {
	var found []object
	for _, o := range s {
		if keep(o) {
			found = append(found, o)
		}
	}
	return found
}

// only returns the single object for which keep is true, or false if there are none or several.
func (s scene) only(keep func(object) bool) (object, bool) {
	if found := s.find(keep); len(found) == 1 {
		return found[0], true
	}
	return object{}, false
}
