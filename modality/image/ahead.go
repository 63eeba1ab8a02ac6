package image

import (
	"sync/atomic"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/modality/image/imaging"
)

// mostDecodedAhead bounds the bytes that decodedAhead holds.
const mostDecodedAhead = 128 << 20

// decodedAhead keeps the images that Fit decoded until they are loaded, so that
// the time to the first step does not hold each training image twice. It gives
// every image out once: whoever wants it longer has a cache.
type decodedAhead struct {
	table *data.Table
	rows  []atomic.Pointer[imaging.Raster]
	bytes atomic.Int64
}

func newDecodedAhead(t *data.Table) *decodedAhead {
	return &decodedAhead{table: t, rows: make([]atomic.Pointer[imaging.Raster], t.Len())}
}

func (d *decodedAhead) put(row int, r *imaging.Raster) {
	if d.bytes.Add(int64(len(r.Pix))) <= mostDecodedAhead {
		d.rows[row].Store(r)
	}
}

// take is the image of a row; nil if it is not held. d may be nil.
func (d *decodedAhead) take(t *data.Table, row int) *imaging.Raster {
	if d == nil || d.table != t {
		return nil
	}
	return d.rows[row].Swap(nil)
}
