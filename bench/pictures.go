package main

import (
	"bytes"
	"encoding/json"
	"image"
	"image/jpeg"
	"image/png"

	"github.com/chiasm-ml/chiasm/modality/image/imaging"
	"github.com/chiasm-ml/chiasm/rng"
)

// picture is a file to be decoded and resized, as inputs are.
type picture struct {
	format string
	encode func(*bytes.Buffer, image.Image) error
}

const pictureWidth, pictureHeight, pictureTo = 640, 480, 64

var pictures = []picture{
	{"jpeg", func(b *bytes.Buffer, m image.Image) error { return jpeg.Encode(b, m, &jpeg.Options{Quality: 90}) }},
	{"png", func(b *bytes.Buffer, m image.Image) error { return png.Encode(b, m) }},
}

func (p picture) name() string { return "picture " + p.format }

// file creates an image between a drawing and a photograph: gradients, edges, some noise.
func (p picture) file() ([]byte, error) {
	m := image.NewNRGBA(image.Rect(0, 0, pictureWidth, pictureHeight))
	noise := make([]float32, len(m.Pix))
	normals(rng.New(3), noise)
	for i := range m.Pix {
		x, y, c := i/4%pictureWidth, i/4/pictureWidth, i%4
		switch {
		case c == 3:
			m.Pix[i] = 255
		case (x/80+y/80)%2 == 0:
			m.Pix[i] = uint8(40 + x/8 + 30*c + int(3*noise[i]))
		default:
			m.Pix[i] = uint8(200 - y/6 - 20*c + int(3*noise[i]))
		}
	}
	var b bytes.Buffer
	if err := p.encode(&b, m); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// MarshalJSON is the file, as pictures.py reads it.
func (p picture) MarshalJSON() ([]byte, error) {
	file, err := p.file()
	if err != nil {
		return nil, err
	}
	return json.Marshal(file)
}

func (p picture) step() (func() error, int, error) {
	file, err := p.file()
	return func() error {
		_, err := imaging.Load(file, imaging.Options{Width: pictureTo, Height: pictureTo, Channels: 3})
		return err
	}, 0, err
}
