package image_test

import (
	"context"
	"fmt"
	"image/color"
	"log"
	"testing"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/modality/image"
	"github.com/chiasm-ml/chiasm/modality/modalitytest"
)

// squares are files of one colour each.
type squares struct{ t testing.TB }

func (s squares) ReadFile(cell string) ([]byte, error) {
	c := color.NRGBA{R: 255, A: 255}
	if cell == "blue.png" {
		c = color.NRGBA{B: 255, A: 255}
	}
	return modalitytest.Picture(s.t, 7, 5, c), nil
}

func Example() {
	p, err := image.New(image.Options{Column: "photo", Size: [2]int{2, 2}, Channels: 3, Fit: "stretch", Background: "#ffffff", Missing: "error"})
	if err != nil {
		log.Fatal(err)
	}
	p.ReadFrom(squares{&testing.B{}})
	table, err := data.NewTable("photos", data.Strings("photo", "red.png", "blue.png"))
	if err != nil {
		log.Fatal(err)
	}
	if err := p.Fit(context.Background(), table, []int{0, 1}, nil); err != nil {
		log.Fatal(err)
	}
	mean, std := p.MeanStd()
	fmt.Println(p.Features()[0].Name, p.Features()[0].Shape, mean, std)
	// Output: pixels [3 2 2] [0.5 0 0.5] [0.5 1 0.5]
}

func TestContract(t *testing.T) {
	table, err := data.NewTable("photos", data.Strings("photo", "red.png", "", "blue.png"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := image.New(image.Options{Column: "photo", Size: [2]int{3, 4}, Channels: 3, Fit: "pad", Background: "#ffffff", Missing: "mask"})
	if err != nil {
		t.Fatal(err)
	}
	modalitytest.Run(t, modalitytest.Case{Preprocessor: p, Empty: func() data.Preprocessor { return &image.Preprocessor{} }, Table: table, Files: squares{t}})
}
