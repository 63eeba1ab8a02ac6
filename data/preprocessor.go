package data

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/chiasm-ml/chiasm/rng"
)

// A Role is what the numbers of a Feature are.
type Role uint8

// Roles of features.
const (
	// Values are what a row holds: numbers, or ids. They are what is explained.
	Values Role = iota
	// Mask is 1 at each place that a row fills and 0 at the padding behind it. It is a
	// constant of the graph: nothing has a gradient by it.
	Mask
	// Flag is 1 where the number at the same place of the Values before it is missing.
	Flag
)

// An Axis says what the places along one axis of a Feature are.
type Axis string

// Axes of features. An axis that is none of these is "".
const (
	ChannelAxis Axis = "channels" // of an image, a signal or a sensor
	HeightAxis  Axis = "height"
	WidthAxis   Axis = "width"
	WordAxis    Axis = "words"   // or pieces of words
	ColumnAxis  Axis = "columns" // of a table
	TimeAxis    Axis = "time"    // readings, or windows of them, first to last
	PointAxis   Axis = "points"  // in space, in no order
	FrameAxis   Axis = "frames"  // of a moving picture, first to last
	PlaceAxis   Axis = "places"  // of a vector
)

// A Feature is one array that a preprocessor gives for each row.
type Feature struct {
	Name string
	// Role is what the numbers are.
	Role Role
	// Axes says what stands along each axis of Shape. It may be left out: what reads
	// features by their axes then takes this one as it comes.
	Axes  []Axis
	Shape []int // of one row; a batch of B rows has (B, Shape...)
	// Int says that the values are ids, for an embedding; otherwise they are
	// float32.
	Int bool
	// Parts, instead of a Shape, are the answers of several targets.
	Parts []Feature
	// Sizes, of an Int feature, is how many ids there are: one number, or one
	// for each place of the last axis. Every id is below it.
	Sizes []int
}

// Len is the number of values in a row.
func (f Feature) Len() int {
	n := 1
	for _, d := range f.Shape {
		n *= d
	}
	return n
}

// Has reports whether the feature has such an axis.
func (f Feature) Has(a Axis) bool { return slices.Contains(f.Axes, a) }

// Along is the number of places along an axis; 0 where the feature has none such.
func (f Feature) Along(a Axis) int {
	if i := slices.Index(f.Axes, a); i >= 0 && i < len(f.Shape) {
		return f.Shape[i]
	}
	return 0
}

// Varies reports whether the feature is numbers that a row holds: neither ids, nor
// what tells where there is something.
func (f Feature) Varies() bool { return f.Role == Values && !f.Int }

// A Slot is the memory for one feature, of a row or of a batch: F32, or Int for
// an Int feature.
type Slot struct {
	F32 []float32
	Int []int
	// Parts, instead, are those of a feature that has some.
	Parts []Part
}

// row is the part of a batch's slot that belongs to its i-th row, of n values.
func (s Slot) row(i, n int) Slot {
	if s.Parts != nil {
		return Slot{Parts: some(s.Parts, i, 1)}
	}
	if s.Int != nil {
		return Slot{Int: s.Int[i*n : (i+1)*n]}
	}
	return Slot{F32: s.F32[i*n : (i+1)*n]}
}

// An Item is what a preprocessor made of a row's cells, before normalisation
// and augmentation. A Dataset keeps items, so they should be compact; they are
// read by several goroutines and never changed.
type Item interface {
	Bytes() int // roughly, its size in memory
}

// Augment says whether a row is changed at random, for training, and by which
// numbers.
type Augment struct {
	On  bool
	Key rng.Key // of the seed, the epoch, the input and the row
}

// A Preprocessor turns cells of a row into the arrays that an encoder reads. It
// learns from training rows and is then safe for use by many goroutines.
//
// Its JSON holds its config and all it learnt, and restores it exactly.
type Preprocessor interface {
	json.Marshaler
	json.Unmarshaler

	// Kind names the type, as in "image", for Encode and Decode.
	Kind() string
	// Columns lists the columns it reads.
	Columns() []string
	// Fit learns from the given rows and no others: vocabularies, means.
	Fit(ctx context.Context, t *Table, rows []int, notes *Notes) error
	// Features lists what Write fills in. Call it after Fit.
	Features() []Feature
	// Load reads, decodes or tokenises the cells of a row. A nil Item says that
	// the row lacks this input. What it did to cells that could not be used as
	// they are goes to notes; an *Error is a row that cannot be used.
	Load(t *Table, row int, notes *Notes) (Item, error)
	// Write normalises and, if asked, augments an item into one row of a batch:
	// a slot for each feature. It sets every value; all are 0 for a nil item.
	Write(item Item, dst []Slot, a Augment)
}

// An Optional preprocessor can say that rows may lack its input. A table to
// predict on may then lack its columns as a whole.
type Optional interface{ MayMiss() bool }

// Values of the option missing: what an empty cell means.
const (
	MissingError = "error" // the row is an error; the default
	MissingMask  = "mask"  // the model is told that the value is absent
	MissingMean  = "mean"  // the mean of the training rows takes its place; numbers only
)

// Clear clears the slots of an absent item.
func Clear(dst []Slot) {
	for _, s := range dst {
		clear(s.F32)
		clear(s.Int)
	}
}
