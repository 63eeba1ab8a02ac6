package checkpoints

import (
	"fmt"
	"slices"
	"strings"

	"github.com/chiasm-ml/chiasm/internal/nearest"
)

// match finds the index in dst of each tensor of the file, or describes how the two differ.
func match(h *Header, dst []Tensor) ([]int, error) {
	byName := make(map[string]int, len(dst))
	for i := range dst {
		if err := dst[i].check(); err != nil {
			return nil, err
		}
		if _, ok := byName[dst[i].Name]; ok {
			return nil, invalid("the model has two tensors named %s", quote(dst[i].Name))
		}
		byName[dst[i].Name] = i
	}
	place := make([]int, len(h.Tensors))
	inFile := make(map[string]bool, len(h.Tensors))
	var extra, missing []string
	for i := range h.Tensors {
		name := h.Tensors[i].Name
		inFile[name] = true
		at, ok := byName[name]
		if !ok {
			extra = append(extra, name)
		}
		place[i] = at
	}
	for i := range dst {
		if !inFile[dst[i].Name] {
			missing = append(missing, dst[i].Name)
		}
	}
	if len(extra)+len(missing) > 0 {
		return nil, namesDiffer(missing, extra)
	}
	for i := range h.Tensors {
		if err := fits(&h.Tensors[i], &dst[place[i]]); err != nil {
			return nil, err
		}
	}
	return place, nil
}

// namesDiffer lists the names that only one side has. A name of the model that is close to one in
// the file is reported as a likely misspelling, once.
func namesDiffer(missing, extra []string) error {
	const shown = 5 // must fit a readable line
	var parts []string
	count := 0
	add := func(format string, args ...any) {
		if count++; count <= shown {
			parts = append(parts, fmt.Sprintf(format, args...))
		}
	}
	for _, name := range missing {
		if count >= shown {
			count++
			continue
		}
		if near := likely(name, extra); near != "" {
			add("the model has %s where the file has %s", quote(name), quote(near))
			extra = slices.DeleteFunc(slices.Clone(extra), func(s string) bool { return s == near })
			continue
		}
		add("%s is missing from the file", quote(name))
	}
	for _, name := range extra {
		add("the file has %s, which the model does not", quote(name))
	}
	if count > shown {
		parts = append(parts, fmt.Sprintf("and %d more", count-shown))
	}
	return invalid("the weights belong to another model: %s", strings.Join(parts, ", ")).
		hinted("use the config that the weights were trained with")
}

// fits compares type and shape.
func fits(have *Info, want *Tensor) error {
	name := quote(have.Name)
	if have.DType != want.dtype() {
		return invalid("tensor %s: the file has %s, the model %s", name, have.DType, want.dtype())
	}
	if slices.Equal(have.Shape, want.Shape) {
		return nil
	}
	e := invalid("tensor %s: the file has shape %s, the model %s", name, shapeString(have.Shape), shapeString(want.Shape))
	reversed := slices.Clone(have.Shape)
	slices.Reverse(reversed)
	if slices.Equal(reversed, want.Shape) {
		return e.hinted("one is the other transposed: was the file written by a framework with another layout?")
	}
	return e.hinted("use the config that the weights were trained with")
}

// likely is the candidate of which name is most likely a misspelling, or "". It tries at most 1,000
// candidates of at most 200 bytes, since a file may list 100,000 and a helpful message is not worth
// the wait.
func likely(name string, candidates []string) string {
	const tried, length = 1000, 200
	if len(name) > length {
		return ""
	}
	best, limit := "", 1+len(name)/8
	for _, c := range candidates[:min(len(candidates), tried)] {
		if len(c) > length {
			continue
		}
		if d := nearest.Distance(name, c); d <= limit {
			best, limit = c, d-1
		}
	}
	return best
}
