package report

import (
	"encoding/hex"
	"fmt"
	"html/template"
	"strconv"

	"github.com/chiasm-ml/chiasm/modality/image/imaging"
)

// viewSide is the longer side of a picture on the page of a row, in pixels.
const viewSide = 288

// viewed is a picture of the row, kept once in the page and drawn several times.
type viewed struct {
	Input         string
	Name          axisLabel
	ID            string // of its symbol in the page
	Source        template.URL
	Width, Height int
	Reason        string // why it is not shown; empty where it is
}

func newViewed(views []View) []viewed {
	var out []viewed
	for i, v := range views {
		out = append(out, v.show("picture-"+strconv.Itoa(i)))
	}
	return out
}

// show decodes a picture to the view that the model has, larger, and encodes it
// anew.
func (v View) show(id string) viewed {
	longer := max(v.Height, v.Width, 1)
	side := max(viewSide, longer)
	out := viewed{
		Input: v.Input, Name: axisLabel{label(v.Input), whole(v.Input)}, ID: id,
		Width: max(1, v.Width*side/longer), Height: max(1, v.Height*side/longer),
	}
	o := imaging.Options{Width: out.Width, Height: out.Height, Channels: 3, Background: [3]uint8{255, 255, 255}, Fit: v.Fit}
	if len(v.Background) == 7 {
		if rgb, err := hex.DecodeString(v.Background[1:]); err == nil {
			o.Background = [3]uint8(rgb)
		}
	}
	if len(v.File) > imaging.MaxFileBytes {
		out.Reason = "not shown: too many bytes"
		return out
	}
	r, err := imaging.Load(v.File, o)
	if err != nil {
		out.Reason = "not shown: it cannot be read"
		return out
	}
	b, err := compress(r)
	if err != nil {
		out.Reason = "not shown: it cannot be written"
		return out
	}
	out.Source = dataURL(b)
	return out
}

func viewOf(pictures []viewed, input string) *viewed {
	for i, p := range pictures {
		if p.Input == input {
			return &pictures[i]
		}
	}
	return nil
}

// A heat is a grid over a picture.
type heat struct {
	Kind          string // attention or speaking
	Picture       string // the symbol of the picture; empty without
	Width, Height px
	cellW, cellH  float64
	Places        []place
	Curve         []string // paths over the places
	Alt           string
}

// A place is a cell of the grid with a colour.
type place struct {
	X, Y, Width, Height px
	Class               string
	Opacity             string
	Title               string
}

func newHeat(grid [2]int, of *viewed) *heat {
	h := &heat{Width: px(24 * grid[1]), Height: px(24 * grid[0])}
	if of != nil {
		h.Width, h.Height = px(of.Width), px(of.Height)
		if of.Reason == "" {
			h.Picture = of.ID
		}
	}
	h.cellW, h.cellH = float64(h.Width)/float64(max(grid[1], 1)), float64(h.Height)/float64(max(grid[0], 1))
	return h
}

func (h *heat) add(row, column int, class string, opacity float64, title string) {
	h.Places = append(h.Places, place{
		X: px(float64(column) * h.cellW), Y: px(float64(row) * h.cellH), Width: px(h.cellW), Height: px(h.cellH),
		Class: class, Opacity: fraction(opacity), Title: fmt.Sprintf("row %d, column %d: %s", row+1, column+1, title),
	})
}
