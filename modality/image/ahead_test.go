package image

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/modality/modalitytest"
)

// countedReads counts how often each image is read.
type countedReads struct {
	from  data.Files
	mu    sync.Mutex
	times map[string]int
}

func (c *countedReads) ReadFile(cell string) ([]byte, error) {
	c.mu.Lock()
	c.times[cell]++
	c.mu.Unlock()
	return c.from.ReadFile(cell)
}

// What Fit decoded is not decoded again, is what Load would have decoded, and
// belongs to the table that it came from.
func TestImageFitDecodesAhead(t *testing.T) {
	folder, _ := imagesFolder(t)
	source := &countedReads{from: folder, times: map[string]int{}}
	table, _ := data.NewTable("x.csv", data.Strings("image", "red.png", "brown.png"))
	other, _ := data.NewTable("y.csv", data.Strings("image", "brown.png", "red.png"))
	p, err := reading(imageConfig(), source)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Fit(context.Background(), table, modalitytest.Rows(2), nil); err != nil {
		t.Fatal(err)
	}
	for _, load := range []struct {
		name  string
		table *data.Table
		row   int
		reads int // of brown.png, by then
	}{
		{"another table", other, 0, 2},
		{"first", table, 1, 2},
		{"again", table, 1, 3},
	} {
		item, err := p.Load(load.table, load.row, nil)
		if err != nil {
			t.Fatalf("%s: %v", load.name, err)
		}
		if got := item.(*picture).Pix; !slices.Equal(slices.Compact(slices.Clone(got)), []byte{100, 80, 60}) {
			t.Errorf("%s: %v", load.name, got)
		}
		if n := source.times["brown.png"]; n != load.reads {
			t.Errorf("%s: read %d times, want %d", load.name, n, load.reads)
		}
	}
	p.ReadFrom(source)
	if _, err := p.Load(table, 0, nil); err != nil {
		t.Fatal(err)
	}
	if n := source.times["red.png"]; n != 2 {
		t.Errorf("after ReadFrom, an image of the former source was used")
	}
}
