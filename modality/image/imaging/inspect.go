package imaging

// Info describes the contents of an image file.
type Info struct {
	Width, Height int  // upright
	Grey          bool // as far as a thumbnail shows
}

// Inspect decodes an image file like Load, and returns its size and whether it has colours. An
// image that cannot be used is an *Error.
func Inspect(b []byte) (Info, error) {
	d, err := decode(b)
	if err != nil {
		return Info{}, err
	}
	src := newRows(d, [3]uint8{255, 255, 255})
	var i Info
	i.Width, i.Height = src.size()
	if d.orientation.swapsSides() {
		i.Width, i.Height = i.Height, i.Width
	}
	const side, noise = 24, 6 // rounding in JPEG shifts colours by a few levels
	small := Options{Width: side, Height: side, Channels: 3}.place(src, d.orientation)
	i.Grey = true
	for p, red := range small.plane(0) {
		green, blue := small.plane(1)[p], small.plane(2)[p]
		if max(red, green, blue)-min(red, green, blue) > noise {
			i.Grey = false
		}
	}
	return i, nil
}
