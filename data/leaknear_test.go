package data

import (
	"math/bits"
	"slices"
	"testing"

	"github.com/chiasm-ml/chiasm/internal/property"
	"github.com/chiasm-ml/chiasm/rng"
)

// The index finds what a comparison with every hash finds.
func TestHashIndexFindsAll(t *testing.T) {
	property.Check(t, func(t *property.T) {
		base := property.Uint64().Draw(t, "base")
		n := property.IntRange(1, 60).Draw(t, "rows")
		hashes, rows := make([]similarityHash, n), make([]int, n)
		for i := range hashes {
			h := base
			for range property.IntRange(0, 6).Draw(t, "flips") {
				h ^= 1 << property.IntRange(0, 63).Draw(t, "bit")
			}
			hashes[i], rows[i] = similarityHash{h, property.IntRange(0, 9).Draw(t, "ok") > 0}, i
		}
		index := newHashIndex(hashes, rows)
		for _, q := range hashes {
			var got, want []int
			for _, k := range index.near(q.bits) {
				got = append(got, index.rows[k]...)
			}
			for i, h := range hashes {
				if h.ok && bits.OnesCount64(h.bits^q.bits) <= nearBits {
					want = append(want, i)
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Fatalf("found %v, want %v", got, want)
			}
		}
	})
}

// BenchmarkHashIndex looks 10,000 hashes up among 40,000, a third of which are
// those of signs on a plain ground, with few bits set.
func BenchmarkHashIndex(b *testing.B) {
	hashes, rows := make([]similarityHash, 50000), make([]int, 40000)
	for i := range hashes {
		h := rng.New(1).Uint64(i)
		if i%3 == 0 {
			h = 1<<(h%64) | 1<<(h>>8%64)
		}
		hashes[i] = similarityHash{h, true}
	}
	for i := range rows {
		rows[i] = i
	}
	for b.Loop() {
		index := newHashIndex(hashes, rows)
		for _, q := range hashes[len(rows):] {
			index.near(q.bits)
		}
	}
}
