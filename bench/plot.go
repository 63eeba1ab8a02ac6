package main

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"

	"github.com/google/renameio/v2"
)

// The plot's dimensions, in pixels.
const (
	plotWidth, plotHeight         = 560, 320
	plotLeft, plotRight           = 70, 110
	plotTop, plotBottom           = 36, 40
	plotInnerWidth, plotInnerHigh = plotWidth - plotLeft - plotRight, plotHeight - plotTop - plotBottom
)

// series is a line of a plot.
type series struct {
	name, colour string
	x, y         []float64
}

// plots writes an SVG of each growth, measured with the largest number of threads.
func (b *bench) plots(dir string) error {
	threads := b.threads[len(b.threads)-1]
	for _, g := range growths {
		us := series{name: "Chiasm", colour: "#1a7f64"}
		they := series{name: "PyTorch", colour: "#b4552d"}
		for _, n := range g.sizes {
			for _, r := range b.rows {
				if r.Case != g.name(n) || r.Threads != threads || r.Peer != eager && r.Peer != ours {
					continue
				}
				us.x, us.y = append(us.x, float64(n)), append(us.y, r.Ours)
				if r.Peer == eager {
					they.x, they.y = append(they.x, float64(n)), append(they.y, r.Theirs)
				}
				break
			}
		}
		if len(us.x) < 2 {
			continue
		}
		svg := plot(fmt.Sprintf("A training step, %s, %d threads", g.what, threads), us, they)
		if err := renameio.WriteFile(filepath.Join(dir, "growth-"+g.of+".svg"), []byte(svg), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// plot draws lines over logarithmic axes: a power law is a straight line, and a factor of two is
// the same distance everywhere.
func plot(title string, lines ...series) string {
	xs, ys := lines[0].x, extent(lines)
	low, high := math.Log2(xs[0]), math.Log2(xs[len(xs)-1])
	px := func(x float64) float64 { return plotLeft + (math.Log2(x)-low)/(high-low)*plotInnerWidth }
	py := func(y float64) float64 {
		return plotTop + (ys[1]-math.Log10(y))/(ys[1]-ys[0])*plotInnerHigh
	}
	var s strings.Builder
	fmt.Fprintf(&s, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="system-ui, sans-serif" font-size="12">`+"\n", plotWidth, plotHeight)
	fmt.Fprintf(&s, `<rect width="%d" height="%d" fill="#fff"/><text x="%d" y="20" font-size="13" fill="#222">%s</text>`+"\n", plotWidth, plotHeight, plotLeft, title)
	for e := math.Floor(ys[0]); e <= ys[1]; e++ {
		for _, m := range []float64{1, 2, 5} {
			v := m * math.Pow(10, e)
			if l := math.Log10(v); l < ys[0] || l > ys[1] {
				continue
			}
			fmt.Fprintf(&s, `<line x1="%d" x2="%d" y1="%.1f" y2="%.1f" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end" fill="#555">%s</text>`+"\n",
				plotLeft, plotWidth-plotRight, py(v), py(v), plotLeft-6, py(v)+4, shortDuration(v))
		}
	}
	for _, x := range xs {
		fmt.Fprintf(&s, `<text x="%.1f" y="%d" text-anchor="middle" fill="#555">%g</text>`+"\n", px(x), plotHeight-plotBottom+18, x)
	}
	for _, l := range lines {
		if len(l.x) == 0 {
			continue
		}
		var points []string
		for i := range l.x {
			points = append(points, fmt.Sprintf("%.1f,%.1f", px(l.x[i]), py(l.y[i])))
			fmt.Fprintf(&s, `<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>`, px(l.x[i]), py(l.y[i]), l.colour)
		}
		last := len(l.x) - 1
		fmt.Fprintf(&s, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/><text x="%.1f" y="%.1f" fill="%s">%s</text>`+"\n",
			strings.Join(points, " "), l.colour, px(l.x[last])+8, py(l.y[last])+4, l.colour, l.name)
	}
	s.WriteString("</svg>\n")
	return s.String()
}

// extent is the range of decimal logarithms that contains all y, with room for a grid line below
// and above.
func extent(lines []series) [2]float64 {
	low, high := math.Inf(1), math.Inf(-1)
	for _, l := range lines {
		for _, y := range l.y {
			low, high = min(low, math.Log10(y)), max(high, math.Log10(y))
		}
	}
	return [2]float64{low - 0.15, high + 0.15}
}

// shortDuration formats a time with few digits: 2 ms, 0.5 s.
func shortDuration(s float64) string {
	if s >= 0.1 {
		return fmt.Sprintf("%.3g s", s)
	}
	return fmt.Sprintf("%.3g ms", s*1e3)
}
