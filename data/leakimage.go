package data

import (
	"context"
	"math/bits"
	"slices"

	"github.com/chiasm-ml/chiasm/data/imaging"
)

const (
	// nearBits is how many of 64 bits may differ between hashes of near-identical
	// images; what then remains is compared by its pixels.
	nearBits = 3
	// leastLikeness is the correlation from which two images count as near
	// identical: compressed or resized anew they have above 0.995, another
	// drawing with the same hash far less.
	leastLikeness = 0.99
	// mostTried bounds how many images are compared by their pixels for one row:
	// of small signs on a plain ground, many have one hash.
	mostTried = 64
)

// imageTwins finds near-identical images of other splits.
func (d *Dataset) imageTwins(ctx context.Context, s *Splits, input int) (twins, error) {
	hashes, err := d.imageHashes(ctx, s, input)
	if err != nil {
		return nil, err
	}
	var indexes [3]*hashIndex
	var looked []int // rows of validation and test
	for split, rows := range s.rows() {
		indexes[split] = newHashIndex(hashes, rows)
		if split > 0 {
			looked = append(looked, rows...)
		}
	}
	found := make([][3]int, d.table.Len())
	err = each(ctx, len(looked), 0, func(i int) error {
		row := looked[i]
		for split, index := range indexes {
			of, err := d.nearImage(input, row, hashes[row], index)
			if err != nil {
				return err
			}
			found[row][split] = of
		}
		return nil
	})
	return func(row, split int) int { return found[row][split] }, err
}

// imageHash is a row's hash; not ok where the row has no image, or one that
// cannot be told from others.
type imageHash struct {
	bits uint64
	ok   bool
}

// imageHashes hashes an input's images. One that stands in many rows, and in
// more than one of a hundred, is a placeholder.
func (d *Dataset) imageHashes(ctx context.Context, s *Splits, input int) ([]imageHash, error) {
	hashes := make([]imageHash, d.table.Len())
	rows := slices.Concat(s.Train, s.Validation, s.Test)
	err := each(ctx, len(rows), 0, func(i int) error {
		item, err := d.Item(input, rows[i])
		if item != nil {
			h := &hashes[rows[i]]
			h.bits, h.ok = item.(*imageItem).DifferenceHash()
		}
		return err
	})
	count := map[uint64]int{}
	for _, h := range hashes {
		if h.ok {
			count[h.bits]++
		}
	}
	for i, h := range hashes {
		if n := count[h.bits]; n > commonRows && n > len(rows)/100 {
			hashes[i].ok = false
		}
	}
	return hashes, err
}

// nearImage is the first row of an index whose image is almost that of a row,
// -1 for none.
func (d *Dataset) nearImage(input, row int, hash imageHash, index *hashIndex) (int, error) {
	if !hash.ok {
		return -1, nil
	}
	own, err := d.Item(input, row)
	if err != nil {
		return -1, err
	}
	tried := 0
	for _, k := range index.near(hash.bits) {
		for _, other := range index.rows[k] {
			if tried++; tried > mostTried {
				return -1, nil
			}
			item, err := d.Item(input, other)
			if err != nil {
				return -1, err
			}
			if imaging.Likeness(own.(*imageItem).Raster, item.(*imageItem).Raster) >= leastLikeness {
				return other, nil
			}
		}
	}
	return -1, nil
}

// A hashIndex finds hashes that differ in at most nearBits bits. Cut into one
// band more than that, two such hashes agree in a band, so only those that
// share one are compared (Manku et al., "Detecting near-duplicates for web
// crawling", 2007).
type hashIndex struct {
	hashes []uint64 // distinct, in the order of their first rows
	rows   [][]int  // of each hash
	bands  [nearBits + 1]map[uint16][]int
}

func newHashIndex(hashes []imageHash, rows []int) *hashIndex {
	x := &hashIndex{}
	at := map[uint64]int{}
	for _, row := range rows {
		h := hashes[row]
		if !h.ok {
			continue
		}
		k, ok := at[h.bits]
		if !ok {
			k = len(x.hashes)
			at[h.bits] = k
			x.hashes, x.rows = append(x.hashes, h.bits), append(x.rows, nil)
		}
		x.rows[k] = append(x.rows[k], row)
	}
	for b := range x.bands {
		x.bands[b] = map[uint16][]int{}
		for k, h := range x.hashes {
			x.bands[b][band(h, b)] = append(x.bands[b][band(h, b)], k)
		}
	}
	return x
}

func band(hash uint64, b int) uint16 { return uint16(hash >> (16 * b)) }

// near lists the hashes near one, nearest first.
func (x *hashIndex) near(hash uint64) []int {
	var found []int
	for b := range x.bands {
		for _, k := range x.bands[b][band(hash, b)] {
			if bits.OnesCount64(x.hashes[k]^hash) <= nearBits {
				found = append(found, k)
			}
		}
	}
	slices.SortFunc(found, func(a, b int) int {
		if d := bits.OnesCount64(x.hashes[a]^hash) - bits.OnesCount64(x.hashes[b]^hash); d != 0 {
			return d
		}
		return a - b
	})
	return slices.Compact(found)
}
