package fit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/chiasm-ml/chiasm/bundle"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/trainer"
)

// learnt is what inputs and target learnt from the training rows, which their
// weights stand on: labels, categories, vocabularies, statistics. It is part of
// the identity of a run, by names that say what differs.
func learnt(b *bundle.Bundle, d *Data) (map[string]string, error) {
	id := map[string]string{trainer.Learnt + "the number of training rows": fmt.Sprint(len(d.Splits.Train)), trainer.LearntRows: d.trainingRows()}
	for _, in := range b.Inputs {
		if err := addState(id, "inputs."+in.Name, in.Preprocessor); err != nil {
			return nil, err
		}
	}
	if err := addState(id, "output", b.Target); err != nil {
		return nil, err
	}
	files, err := data.Encode(b.Inputs, b.Target)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if name == data.StateFile {
			continue // all that has names of its own
		}
		id[trainer.Learnt+"the vocabulary in "+name] = brief(files[name])
	}
	return id, nil
}

// addState adds the fields of a state's JSON but its config, which has keys of
// its own.
func addState(id map[string]string, of string, state json.Marshaler) error {
	b, err := state.MarshalJSON()
	if err != nil {
		return err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(b, &fields); err != nil {
		return fmt.Errorf("what %s learnt: %w", of, err)
	}
	for name, v := range fields {
		if name != "config" {
			id[trainer.Learnt+of+"."+name] = brief(v)
		}
	}
	return nil
}

// brief is a JSON value that fits into a message: a list, from its beginning, with
// how long it is and a hash.
func brief(b []byte) string {
	const most = 60
	var all []json.RawMessage
	if len(b) <= most {
		return string(b)
	}
	sum := sha256.Sum256(b)
	hash := hex.EncodeToString(sum[:8])
	if json.Unmarshal(b, &all) != nil {
		return hash
	}
	begin := b[:most]
	if i := bytes.LastIndexByte(begin, ','); i > 0 {
		begin = begin[:i+1]
	}
	return fmt.Sprintf("%s … (%d, %s)", begin, len(all), hash)
}
