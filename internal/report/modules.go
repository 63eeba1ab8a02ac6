package report

import (
	"fmt"
	"strings"
)

// A moduleRow is a module in the table of all, set in by its depth.
type moduleRow struct {
	Name, Type, Shape string
	Parameters        string
	Bar               string // its share of the whole
	Depth             int
}

// maxDepth is how far a row of the table is set in at most.
const maxDepth = 8

// moduleRows lists modules, each before those it contains. Above MaxModules the
// deepest are left out.
func (p *Page) moduleRows() (rows []moduleRow, left string) {
	depth := maxDepth * 4
	for depth > 0 && countModules(p.Modules, depth) > MaxModules {
		depth--
	}
	total := 0
	for _, m := range p.Modules {
		total += m.Parameters
	}
	var walk func(ms []Module, d int)
	walk = func(ms []Module, d int) {
		for _, m := range ms {
			if len(rows) == MaxModules {
				return
			}
			r := moduleRow{
				Name: label(m.Name), Type: visible(shorten(m.Type, maxLabelRunes), false), Shape: visible(shorten(m.Shape, maxLabelRunes), false),
				Parameters: count(m.Parameters), Bar: bar(ratio(m.Parameters, total)), Depth: min(d, maxDepth),
			}
			rows = append(rows, r)
			if d < depth {
				walk(m.Of, d+1)
			}
		}
	}
	walk(p.Modules, 0)
	if n := countModules(p.Modules, maxTree) - len(rows); n > 0 {
		left = counted(n, "module inside these is", "modules inside these are")
	}
	return rows, left
}

// maxTree ends a walk over modules.
const maxTree = 64

func countModules(ms []Module, depth int) int {
	n := len(ms)
	if depth > 0 {
		for i := range ms {
			n += countModules(ms[i].Of, depth-1)
		}
	}
	return n
}

// The drawing of the flow: boxes in columns, inputs on the left.
const (
	boxWidth, boxHeight = 204, 62
	columnGap, rowGap   = 52, 18
	maxBoxes            = 40
	maxColumnsFlow      = 8
)

// A flow is the network as boxes and the lines between them.
type flow struct {
	Width, Height px
	Boxes         []box
	Links         []string
	Desc          string
}

type box struct {
	X, Y                    px
	Name, Whole             string
	Detail, Footer          string
	Class                   string
	NameY, DetailY, FooterY px
}

// newFlow draws the modules that rows pass through; nil where there are none or
// too many to be seen.
func newFlow(root *Module) *flow {
	if root == nil || flowBoxes(root) > maxBoxes || flowHeight(root) >= maxColumnsFlow {
		return nil
	}
	f := &flow{}
	row := 0
	f.place(root, &row, 0)
	f.Width = px((flowHeight(root)+1)*(boxWidth+columnGap) - columnGap + 2)
	f.Height = px(row*(boxHeight+rowGap) - rowGap + 2)
	f.Desc = inWords(root) + "."
	return f
}

func flowBoxes(m *Module) int {
	n := 1
	for i := range m.Of {
		n += flowBoxes(&m.Of[i])
	}
	return n
}

// flowHeight is the number of columns before a module's own.
func flowHeight(m *Module) int {
	h := 0
	for i := range m.Of {
		h = max(h, flowHeight(&m.Of[i])+1)
	}
	return h
}

// place adds a module and all before it, and returns the middle of its box.
func (f *flow) place(m *Module, row *int, depth int) (x, y float64) {
	x = 1 + float64(flowHeight(m)*(boxWidth+columnGap))
	var ends [][2]float64
	for i := range m.Of {
		ex, ey := f.place(&m.Of[i], row, depth+1)
		ends = append(ends, [2]float64{ex, ey})
	}
	if len(ends) > 0 {
		y = (ends[0][1] + ends[len(ends)-1][1]) / 2
	} else {
		y = 1 + float64(*row*(boxHeight+rowGap)) + boxHeight/2
		*row++
	}
	for _, e := range ends {
		// Straight through the columns between, then a curve into the box.
		from, start := e[0]+boxWidth, x-columnGap
		f.Links = append(f.Links, fmt.Sprintf("M%v %vH%vC%v %v %v %v %v %v", px(from), px(e[1]), px(start),
			px(start+columnGap/2), px(e[1]), px(start+columnGap/2), px(y), px(x-7), px(y)))
	}
	class := "joined"
	switch {
	case depth == 0:
		class = "output"
	case len(ends) == 0:
		class = "input"
	}
	b := box{
		X: px(x), Y: px(y - boxHeight/2), Name: shorten(label(m.Name), 25), Whole: whole(m.Name), Class: class,
		Detail: shorten(visible(shorten(m.Type, maxLabelRunes), false), 30), Footer: shorten(facts(m), 32),
		NameY: px(y - 11), DetailY: px(y + 6), FooterY: px(y + 22),
	}
	f.Boxes = append(f.Boxes, b)
	return x, y
}

// facts are the shape and size of a module on one line.
func facts(m *Module) string {
	var parts []string
	if m.Shape != "" {
		parts = append(parts, visible(shorten(m.Shape, maxLabelRunes), false))
	}
	if m.Parameters > 0 {
		parts = append(parts, count(m.Parameters)+" params")
	}
	return strings.Join(parts, " · ")
}

// inWords says what a drawing shows.
func inWords(m *Module) string {
	s := inline(m.Name)
	if len(m.Of) == 0 {
		return s
	}
	var of []string
	for i := range m.Of {
		of = append(of, inWords(&m.Of[i]))
	}
	return s + " of (" + strings.Join(of, ", ") + ")"
}
