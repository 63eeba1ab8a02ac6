package imaging_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"

	"github.com/chiasm-ml/chiasm/modality/image/imaging"
	"github.com/chiasm-ml/chiasm/rng"
)

func Example() {
	// A red dot on a transparent ground, as a file.
	img := image.NewNRGBA(image.Rect(0, 0, 3, 3))
	img.Set(1, 1, color.NRGBA{R: 255, A: 255})
	var file bytes.Buffer
	if err := png.Encode(&file, img); err != nil {
		panic(err)
	}

	raster, err := imaging.Load(file.Bytes(), imaging.Options{
		Width: 3, Height: 3, Channels: 3, Background: [3]uint8{255, 255, 255},
	})
	if err != nil {
		panic(err)
	}
	fmt.Println("green:", raster.Pix[9:18])

	// Two numbers a channel, and the image is ready for a batch (C, H, W).
	mean, std := []float32{0.5, 0.5, 0.5}, []float32{0.5, 0.5, 0.5}
	batch := make([]float32, 3*3*3)
	imaging.Normalize(batch, raster, mean, std)
	fmt.Println("normalised:", batch[9:18])

	// While training, each image of each epoch draws its own change.
	augment := imaging.Augment{Flip: 0.5, Crop: 0.1, Brightness: 0.2}
	key := rng.New(1).Name("augment").Int(0).Int(42)
	augment.Apply(batch, raster, mean, std, key)

	_, err = imaging.Load([]byte("<svg xmlns='…'/>"), imaging.Options{Width: 3, Height: 3, Channels: 3})
	fmt.Println(err)
	// Output:
	// green: [255 255 255 255 0 255 255 255 255]
	// normalised: [1 1 1 1 -1 1 1 1 1]
	// SVG drawing is unsupported: this format is not supported; convert it to PNG, JPEG, GIF, BMP, WebP or TIFF
}
