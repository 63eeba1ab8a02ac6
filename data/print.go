package data

import (
	"crypto/sha256"
	"encoding"
	"encoding/binary"
	"math"
)

// A print is a 64-bit hash of what an input made of a row: equal for cells that
// the model cannot tell apart, wherever they stand and however they are written
// (1 and 1.0, a picture under two names).
//
// An Item may say what it holds as an encoding.BinaryAppender, which is then the
// same on every machine; of any other the arrays that its preprocessor writes are
// hashed.

// notPrinted marks a row that was not loaded yet, and lacking one without the input.
const (
	notPrinted = 0
	lacking    = 1
)

// print notes the print of an item that was loaded just now.
func (d *Dataset) print(input, row int, item Item) {
	if d.prints == nil || d.prints[input][row].Load() != notPrinted {
		return
	}
	p := uint64(lacking)
	if item != nil {
		p = max(printOf(d.inputs[input].Preprocessor, item), lacking+1)
	}
	d.prints[input][row].Store(p)
}

func printOf(p Preprocessor, item Item) uint64 {
	var b []byte
	if a, ok := item.(encoding.BinaryAppender); ok {
		if content, err := a.AppendBinary(nil); err == nil {
			return hash64(content)
		}
	}
	slots := NewSlots(p.Features(), 1)
	p.Write(item, slots, Augment{})
	for _, s := range slots {
		b = appendFloats(b, s.F32)
		for _, v := range s.Int {
			b = binary.LittleEndian.AppendUint64(b, uint64(v))
		}
	}
	return hash64(b)
}

func hash64(b []byte) uint64 {
	sum := sha256.Sum256(b)
	return binary.LittleEndian.Uint64(sum[:])
}

func appendFloats(b []byte, all []float32) []byte {
	for _, v := range all {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

// rowPrint joins the prints of a row's inputs. It is false for a row that was not
// loaded, and for one that lacks every input.
func (d *Dataset) rowPrint(salt uint64, row int) (uint64, bool) {
	b := binary.LittleEndian.AppendUint64(nil, salt)
	present := false
	for i, in := range d.inputs {
		p := d.prints[i][row].Load()
		if p == notPrinted {
			return 0, false
		}
		present = present || p != lacking
		b = append(append(b, in.Name...), 0) // no name holds NUL
		b = binary.LittleEndian.AppendUint64(b, p)
	}
	return hash64(b), present
}
