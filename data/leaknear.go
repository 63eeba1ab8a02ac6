package data

import (
	"context"
	"math/bits"
	"slices"
)

// A Resembler is a Preprocessor of content that can be almost the same, such as a picture
// that was compressed anew. It finds for a search for leaks what a Fingerprinter cannot.
type Resembler interface {
	// SimilarityHash is 64 bits of which at most 3 differ between items that are almost the
	// same. It is false for an item that cannot be told from others.
	SimilarityHash(item Item) (uint64, bool)
	// Resembles compares two items whose hashes are near.
	Resembles(a, b Item) bool
}

const (
	// nearBits is how many of 64 bits may differ between hashes of items that are almost
	// the same; what then remains is compared itself.
	nearBits = 3
	// mostTried bounds how many items are compared with that of one row: of small signs
	// on a plain ground, many have one hash.
	mostTried = 64
)

// resembling finds items of other splits that are almost the same.
func (d *Dataset) resembling(ctx context.Context, s *Splits, input int, p Resembler) (twins, error) {
	hashes, err := d.similarityHashes(ctx, s, input, p)
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
			of, err := d.nearest(input, p, row, hashes[row], index)
			if err != nil {
				return err
			}
			found[row][split] = of
		}
		return nil
	})
	return func(row, split int) int { return found[row][split] }, err
}

// similarityHash is a row's hash; not ok where the row has no item, or one that cannot be
// told from others.
type similarityHash struct {
	bits uint64
	ok   bool
}

// similarityHashes are those of an input's items. One that stands in many rows, and in
// more than one of a hundred, is a placeholder.
func (d *Dataset) similarityHashes(ctx context.Context, s *Splits, input int, p Resembler) ([]similarityHash, error) {
	hashes := make([]similarityHash, d.table.Len())
	rows := slices.Concat(s.Train, s.Validation, s.Test)
	err := each(ctx, len(rows), 0, func(i int) error {
		item, err := d.Item(input, rows[i])
		if item != nil {
			h := &hashes[rows[i]]
			h.bits, h.ok = p.SimilarityHash(item)
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

// nearest is the first row of an index whose item is almost that of a row, -1 for none.
func (d *Dataset) nearest(input int, p Resembler, row int, hash similarityHash, index *hashIndex) (int, error) {
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
			if p.Resembles(own, item) {
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

func newHashIndex(hashes []similarityHash, rows []int) *hashIndex {
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
