package promises_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"testing"
)

// FuzzResealed changes a file of a checkpoint in any way and seals it anew, so that sizes
// and checksums are right: verify, those that load a model, and resume have one verdict,
// and none of them panics.
func FuzzResealed(f *testing.F) {
	v := newVictim(f)
	names := slices.Sorted(maps.Keys(v.files))
	for i := range names {
		for how := range byte(ways) {
			f.Add(byte(i), uint16(40*int(how)+7), how, []byte(`-1`))
		}
	}
	for _, value := range []string{`1e308`, `null`, `"\u0000"`, `[]`, `{}`, `9007199254740993`, `true`, `0.5`} {
		f.Add(byte(slices.Index(names, "state.json")), uint16(3), byte(replaceLeaf), []byte(value))
		f.Add(byte(slices.Index(names, "preprocessing.json")), uint16(11), byte(replaceLeaf), []byte(value))
	}
	f.Fuzz(func(t *testing.T, file byte, at uint16, how byte, with []byte) {
		name := names[int(file)%len(names)]
		files := maps.Clone(v.files)
		if files[name] = altered(name, v.files[name], int(at), how%ways, with); files[name] == nil {
			if delete(files, name); name == "state.json" {
				return // what is left is a model
			}
		}
		v.verdict(t, files, "verify", "inspect", "resume")
	})
}

// Ways to change a file.
const (
	replaceLeaf = iota // a value of JSON
	overwrite
	insert
	cut
	remove
	ways
)

// altered is a file after a change; nil if it is gone.
func altered(name string, b []byte, at int, how byte, with []byte) []byte {
	place := at % (len(b) + 1)
	switch how {
	case replaceLeaf:
		var tree, to any
		if filepath.Ext(name) != ".json" || json.Unmarshal(b, &tree) != nil {
			return altered(name, b, at, overwrite, with)
		}
		if json.Unmarshal(with, &to) != nil {
			to = string(with)
		}
		if all := leaves(tree, nil); len(all) > 0 {
			return changed(b, all[at%len(all)], to)
		}
		return with
	case overwrite:
		b = bytes.Clone(b)
		copy(b[place:], with)
	case insert:
		b = slices.Insert(bytes.Clone(b), place, with...)
	case cut:
		b = bytes.Clone(b[:place])
	case remove:
		return nil
	}
	return b
}
