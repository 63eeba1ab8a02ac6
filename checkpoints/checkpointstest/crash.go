package checkpointstest

import (
	"maps"
	"slices"

	"github.com/chiasm-ml/chiasm/rng"
)

// A Loss is the effect of a power failure on what was not synced.
type Loss int

const (
	Lost        Loss = iota // names and bytes revert to their last synced state
	Kept                    // everything was written
	Torn                    // names were written; of unsynced bytes, the first half, and zeros for the rest
	RenameFirst             // names were written, unsynced bytes were not: files are shorter or empty
	Prefix                  // names up to a random moment, random amounts of bytes
	Unordered               // a random subset of the changes of names, random amounts of bytes
)

// Losses lists all of them.
var Losses = []Loss{Lost, Kept, Torn, RenameFirst, Prefix, Unordered}

func (l Loss) String() string {
	return [...]string{"lost", "kept", "torn", "rename-first", "prefix", "unordered"}[l]
}

// Crash returns what is found after a power failure now. The disk itself is unchanged. The key
// determines the random choices of Prefix and Unordered.
func (d *Disk) Crash(loss Loss, key rng.Key) *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := crash{loss: loss, key: key, names: d.surviving(loss, key)}
	return &Disk{root: c.copy(d.root)}
}

// surviving maps each folder to the names it has after the crash.
func (d *Disk) surviving(loss Loss, key rng.Key) func(*node) map[string]*node {
	switch loss {
	case Lost:
		return func(n *node) map[string]*node { return n.durable }
	case Prefix, Unordered:
	default:
		return func(n *node) map[string]*node { return n.names }
	}
	arrives := d.arrival(loss, key)
	names := make(map[*node]map[string]*node)
	of := func(n *node) map[string]*node {
		if names[n] == nil {
			names[n] = maps.Clone(n.first)
		}
		return names[n]
	}
	for i, c := range d.journal {
		if !arrives(i) {
			continue
		}
		for _, e := range c.edits {
			if e.to == nil {
				delete(of(e.in), e.name)
			} else {
				of(e.in)[e.name] = e.to
			}
		}
	}
	return of
}

// arrival reports which changes of the journal survive. Synced ones always do. A journalling file
// system also preserves the order (Prefix); POSIX promises nothing more (Unordered).
func (d *Disk) arrival(loss Loss, key rng.Key) func(i int) bool {
	key = key.Name("journal")
	if loss == Unordered {
		return func(i int) bool { return d.journal[i].synced || key.IntN(i, 2) == 0 }
	}
	least := 0
	for i, c := range d.journal {
		if c.synced {
			least = i + 1
		}
	}
	until := least + key.IntN(0, len(d.journal)-least+1)
	return func(i int) bool { return i < until }
}

type crash struct {
	loss  Loss
	key   rng.Key
	names func(*node) map[string]*node
	files int
}

// copy returns the node in its state after the crash, all of it durable.
func (c *crash) copy(n *node) *node {
	if !n.folder {
		data := c.bytes(n)
		return &node{data: data, synced: slices.Clone(data)}
	}
	out := newFolder()
	names := c.names(n)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		out.names[name] = c.copy(names[name])
	}
	out.durable, out.first = maps.Clone(out.names), maps.Clone(out.names)
	return out
}

func (c *crash) bytes(n *node) []byte {
	c.files++
	safe := len(n.synced) // files only grow
	switch c.loss {
	case Kept:
		return slices.Clone(n.data)
	case Torn:
		data := slices.Clone(n.data)
		clear(data[safe+(len(data)-safe)/2:])
		return data
	case Prefix, Unordered:
		return slices.Clone(n.data[:safe+c.key.Name("bytes").IntN(c.files, len(n.data)-safe+1)])
	default:
		return slices.Clone(n.synced)
	}
}
