package imaging

// orientation is EXIF's: how to rotate or mirror the stored pixels to make them upright. 1 is
// upright; values outside 1 to 8 count as 1.
type orientation int

// swapsSides reports whether the upright image is as wide as the stored one is high.
func (o orientation) swapsSides() bool { return o >= 5 && o <= 8 }

// apply returns r upright, or r itself if it already is.
func (o orientation) apply(r *Raster) *Raster {
	if o <= 1 || o > 8 {
		return r
	}
	// Upright pixel (x, y) is stored at start + x·dx + y·dy.
	w, h := r.W, r.H
	var start, dx, dy int
	switch o {
	case 2: // mirrored left to right
		start, dx, dy = w-1, -1, w
	case 3: // rotated by 180 degrees
		start, dx, dy = w*h-1, -1, -w
	case 4: // mirrored top to bottom
		start, dx, dy = w*(h-1), 1, -w
	case 5: // transposed
		start, dx, dy = 0, w, 1
	case 6: // to be rotated 90 degrees clockwise
		start, dx, dy = w*(h-1), -w, 1
	case 7: // transposed over the other diagonal
		start, dx, dy = w*h-1, -w, -1
	case 8: // to be rotated 90 degrees anticlockwise
		start, dx, dy = w-1, w, -1
	}
	out := newRaster(r.C, h, w)
	if o.swapsSides() {
		out.H, out.W = w, h
	}
	for c := range r.C {
		from, to := r.plane(c), out.plane(c)
		for y := range out.H {
			at := start + y*dy
			for x := range out.W {
				to[y*out.W+x] = from[at]
				at += dx
			}
		}
	}
	return out
}
