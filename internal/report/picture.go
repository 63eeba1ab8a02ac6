package report

import (
	"bytes"
	"encoding/base64"
	"errors"
	"html/template"
	"image"
	"image/jpeg"
	"image/png"

	"github.com/chiasm-ml/chiasm/modality/image/imaging"
)

const (
	pictureSide = 192 // pixels; a card shows it at about as many
	// maxLossless is the size above which a picture becomes a JPEG. Drawings stay
	// below, photographs do not.
	maxLossless    = 24 << 10
	pictureQuality = 82 // of the JPEG
)

// A thumbnail is a picture of a card, or why there is none.
type thumbnail struct {
	Name   string
	Source template.URL
	Alt    string
	Tiny   bool // so small that its pixels are shown as squares
	Reason string
}

func newThumbnail(p Picture, row string) thumbnail {
	t := thumbnail{Name: label(p.Name), Alt: label(p.Name) + " of " + row}
	if len(p.Data) == 0 {
		t.Reason = "no picture"
		return t
	}
	encoded, side, err := reduce(p.Data)
	if err != nil {
		t.Reason = "not shown"
		var e *imaging.Error
		if errors.As(err, &e) {
			t.Reason = "not shown: " + label(string(e.Kind))
		}
		return t
	}
	t.Source = dataURL(encoded)
	t.Tiny = side <= 64
	return t
}

// dataURL is an encoded picture in the page itself. The data is base64 of what an
// encoder here wrote, so it holds nothing that would have to be escaped.
func dataURL(encoded []byte) template.URL {
	kind := "image/png"
	if bytes.HasPrefix(encoded, []byte("\xff\xd8")) {
		kind = "image/jpeg"
	}
	return template.URL("data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(encoded))
}

// reduce decodes a picture of any format and encodes it anew, on a white square
// whose side is its longer one, or pictureSide if that is less.
func reduce(b []byte) (encoded []byte, side int, err error) {
	if len(b) > imaging.MaxFileBytes {
		return nil, 0, &imaging.Error{Kind: imaging.TooLarge, What: "picture", Why: "has too many bytes"}
	}
	side = pictureSide
	if c, _, err := image.DecodeConfig(bytes.NewReader(b)); err == nil {
		side = min(max(c.Width, c.Height, 1), pictureSide)
	}
	r, err := imaging.Load(b, imaging.Options{Width: side, Height: side, Channels: 3, Background: [3]uint8{255, 255, 255}, Fit: imaging.FitPad})
	if err != nil {
		return nil, 0, err
	}
	encoded, err = compress(r)
	return encoded, side, err
}

// compress makes a PNG of a picture of three channels, or, where that is large, a
// JPEG.
func compress(r *imaging.Raster) ([]byte, error) {
	m := image.NewNRGBA(image.Rect(0, 0, r.W, r.H))
	plane := r.W * r.H
	for i := range plane {
		m.Pix[4*i], m.Pix[4*i+1], m.Pix[4*i+2], m.Pix[4*i+3] = r.Pix[i], r.Pix[plane+i], r.Pix[2*plane+i], 255
	}
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, m); err != nil {
		return nil, err
	}
	if out.Len() <= maxLossless {
		return out.Bytes(), nil
	}
	out.Reset()
	err := jpeg.Encode(&out, m, &jpeg.Options{Quality: pictureQuality})
	return out.Bytes(), err
}
