package tokenizer

import (
	"container/heap"
	"context"
	"maps"
	"slices"
	"strings"
)

// A joiner learns tokens: it repeatedly merges the most frequent pair of adjacent tokens in all
// words. Ties are broken by the lower ids, left one first, so nothing depends on map order.
type joiner struct {
	tokens []string
	ids    map[string]int32
	prefix string // of a token inside a word, dropped when the token is merged into its left neighbour

	words [][]int32
	times []int64 // how often each word occurs

	count map[uint64]int64   // of each pair
	where map[uint64][]int32 // words that contain a pair, or once did
	queue pairQueue
	fresh map[uint64]struct{} // pairs that became more frequent in the last step
}

func newJoiner() *joiner {
	return &joiner{
		ids:   map[string]int32{},
		count: map[uint64]int64{},
		where: map[uint64][]int32{},
		fresh: map[uint64]struct{}{},
	}
}

// add returns the id of a token, creating it if necessary.
func (j *joiner) add(token string) int32 {
	id, ok := j.ids[token]
	if !ok {
		id = int32(len(j.tokens))
		j.ids[token] = id
		j.tokens = append(j.tokens, token)
	}
	return id
}

func (j *joiner) word(symbols []int32, times int64) {
	j.words = append(j.words, symbols)
	j.times = append(j.times, times)
}

// run merges until there are size tokens or no pair occurs min times.
func (j *joiner) run(ctx context.Context, size int, min int64) ([]merge, error) {
	var merges []merge
	for w, symbols := range j.words {
		for i := 1; i < len(symbols); i++ {
			j.more(pairKey(symbols[i-1], symbols[i]), w)
		}
	}
	j.propose()
	for len(j.tokens) < size && len(j.queue) > 0 {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		top := heap.Pop(&j.queue).(pairCount)
		if now := j.count[top.pair]; now != top.count {
			if now > 0 {
				heap.Push(&j.queue, pairCount{top.pair, now})
			}
			continue
		}
		if top.count < min {
			break
		}
		left, right := int32(top.pair>>32), int32(uint32(top.pair))
		m := merge{left, right, j.add(j.tokens[left] + strings.TrimPrefix(j.tokens[right], j.prefix))}
		merges = append(merges, m)
		holders := j.where[top.pair]
		delete(j.where, top.pair)
		for _, w := range holders {
			j.join(int(w), m)
		}
		delete(j.count, top.pair)
		j.propose()
	}
	return merges, nil
}

// join replaces a pair in a word and recounts its neighbours.
func (j *joiner) join(w int, m merge) {
	symbols, times := j.words[w], j.times[w]
	for i := 0; i+1 < len(symbols); i++ {
		if symbols[i] != m.left || symbols[i+1] != m.right {
			continue
		}
		if i > 0 {
			j.count[pairKey(symbols[i-1], m.left)] -= times
			j.more(pairKey(symbols[i-1], m.joined), w)
		}
		if i+2 < len(symbols) {
			j.count[pairKey(m.right, symbols[i+2])] -= times
			j.more(pairKey(m.joined, symbols[i+2]), w)
		}
		symbols[i] = m.joined
		symbols = slices.Delete(symbols, i+1, i+2)
	}
	j.words[w] = symbols
}

// more counts a pair in a word.
func (j *joiner) more(pair uint64, w int) {
	j.count[pair] += j.times[w]
	holders := j.where[pair]
	if n := len(holders); n == 0 || holders[n-1] != int32(w) {
		j.where[pair] = append(holders, int32(w))
	}
	j.fresh[pair] = struct{}{}
}

// propose queues the pairs that became more frequent since the last call.
func (j *joiner) propose() {
	for _, pair := range slices.Sorted(maps.Keys(j.fresh)) {
		if n := j.count[pair]; n > 0 {
			heap.Push(&j.queue, pairCount{pair, n})
		}
	}
	clear(j.fresh)
}

type pairCount struct {
	pair  uint64
	count int64
}

// A pairQueue is a heap with the most frequent pair first.
type pairQueue []pairCount

func (q pairQueue) Len() int { return len(q) }
func (q pairQueue) Less(i, k int) bool {
	return q[i].count > q[k].count || q[i].count == q[k].count && q[i].pair < q[k].pair
}
func (q pairQueue) Swap(i, k int) { q[i], q[k] = q[k], q[i] }
func (q *pairQueue) Push(x any)   { *q = append(*q, x.(pairCount)) }
func (q *pairQueue) Pop() any {
	old := *q
	last := old[len(old)-1]
	*q = old[:len(old)-1]
	return last
}
