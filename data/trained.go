package data

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// TrainedFile is the file of a model that says what it was trained on.
const TrainedFile = "trained_on.json"

// trainedVersion is raised when older files can no longer be read as they are.
const trainedVersion = 1

// mostPrints bounds how many rows are kept, at 8 bytes each. Of more, those whose
// hash begins with some zero bits stand for all.
const mostPrints = 1 << 22

// Trained is what a model knows of the table it was trained on.
type Trained struct {
	// SplitRule is the rule by which fractions cut the table.
	SplitRule int
	// Rows are the training rows; nil where they were not kept.
	Rows *TrainedRows
}

// TrainedRows are the rows that a model was trained on, as a sorted set of 64-bit
// hashes of what its inputs read. The answer is no part of it. Who has the set and
// a row can tell whether the row was trained on, and nothing else can be read from it.
type TrainedRows struct {
	salt   uint64
	rows   int // of training
	zeros  int // leading zero bits that the hashes have which are kept
	hashes []uint64
	// Of so many rows that were not trained on, so many are like a training row. The
	// same is to be expected of new rows.
	others, alike int
}

// NewTrainedRows takes the prints of rows that d has loaded, and was made to print
// (DatasetOptions.Prints). The salt keeps sets of several models from being compared.
// Without rows of validation and test, how many training rows have a like says how
// many new ones will (Good, "The population frequencies of species and the estimation
// of population parameters", 1953).
func NewTrainedRows(d *Dataset, s *Splits, salt uint64) *TrainedRows {
	t := &TrainedRows{salt: salt}
	if d == nil || s == nil {
		return t
	}
	for _, row := range s.Train {
		if h, ok := d.rowPrint(salt, row); ok {
			t.hashes = append(t.hashes, h)
		}
	}
	t.rows = len(t.hashes)
	slices.Sort(t.hashes)
	once := 0
	for i, h := range t.hashes {
		if (i == 0 || t.hashes[i-1] != h) && (i+1 == len(t.hashes) || t.hashes[i+1] != h) {
			once++
		}
	}
	t.hashes = slices.Compact(t.hashes)
	for _, rows := range [][]int{s.Validation, s.Test} {
		seen := t.Seen(d, rows)
		t.others, t.alike = t.others+seen.Of, t.alike+seen.Rows
	}
	if t.others == 0 {
		t.others, t.alike = t.rows, t.rows-once
	}
	t.shorten(mostPrints)
	return t
}

// shorten keeps hashes with as many zero bits in front as leave at most n.
func (t *TrainedRows) shorten(n int) {
	for len(t.hashes) > n {
		t.zeros++
		end, _ := slices.BinarySearch(t.hashes, uint64(1)<<(64-t.zeros))
		t.hashes = t.hashes[:end]
	}
	t.hashes = slices.Clip(t.hashes)
}

// Seen counts rows of a table that a model was trained on.
type Seen struct {
	Rows     int `json:"rows"`      // that have the inputs of a training row
	Of       int `json:"of"`        // rows compared; fewer than were asked for where the model keeps a sample
	ByChance int `json:"by_chance"` // of these, about so many new ones would, since training rows are alike
}

// Surprising says whether more rows were seen than chance explains.
func (s Seen) Surprising() bool {
	p := float64(s.ByChance) / float64(max(s.Of, 1))
	return float64(s.Rows) > float64(s.ByChance)+3*math.Sqrt(float64(s.Of)*p*(1-p))
}

// Seen compares rows that d has loaded, and was made to print.
func (t *TrainedRows) Seen(d *Dataset, rows []int) (s Seen) {
	for _, row := range rows {
		h, ok := d.rowPrint(t.salt, row)
		if !ok || t.zeros > 0 && h>>(64-t.zeros) != 0 {
			continue
		}
		s.Of++
		if _, known := slices.BinarySearch(t.hashes, h); known {
			s.Rows++
		}
	}
	if t.others > 0 {
		s.ByChance = int(math.Round(float64(s.Of) * float64(t.alike) / float64(t.others)))
	}
	return s
}

type trainedFile struct {
	Version   int              `json:"version"`
	SplitRule int              `json:"split_rule"`
	Rows      *trainedRowsFile `json:"rows,omitempty"`
}

type trainedRowsFile struct {
	Rows   int    `json:"trained"`
	Others int    `json:"others"`
	Alike  int    `json:"others_alike"`
	Zeros  int    `json:"leading_zeros,omitempty"`
	Salt   string `json:"salt"`   // hexadecimal
	Hashes string `json:"hashes"` // base64 of 8 bytes each, least significant first, ascending
}

// Encode writes TrainedFile. Equal sets give equal bytes.
func (t *Trained) Encode() ([]byte, error) {
	f := trainedFile{Version: trainedVersion, SplitRule: t.SplitRule}
	if r := t.Rows; r != nil {
		b := make([]byte, 0, 8*len(r.hashes))
		for _, h := range r.hashes {
			b = binary.LittleEndian.AppendUint64(b, h)
		}
		f.Rows = &trainedRowsFile{r.rows, r.others, r.alike, r.zeros, strconv.FormatUint(r.salt, 16), base64.StdEncoding.EncodeToString(b)}
	}
	b, err := json.MarshalIndent(f, "", "  ")
	return append(b, '\n'), err
}

// DecodeTrained reads what Encode wrote. The error is a *StateError.
func DecodeTrained(b []byte) (*Trained, error) {
	var f trainedFile
	if err := DecodeStrict(b, &f); err != nil {
		return nil, &StateError{TrainedFile, err}
	}
	if f.Version != trainedVersion {
		return nil, &StateError{TrainedFile, fmt.Errorf("it is of version %d, this program reads version %d", f.Version, trainedVersion)}
	}
	t := &Trained{SplitRule: f.SplitRule}
	if f.Rows == nil {
		return t, nil
	}
	var err error
	if t.Rows, err = f.Rows.decode(); err != nil {
		return nil, &StateError{TrainedFile, err}
	}
	return t, nil
}

func (f *trainedRowsFile) decode() (*TrainedRows, error) {
	t := &TrainedRows{rows: f.Rows, others: f.Others, alike: f.Alike, zeros: f.Zeros}
	var err error
	if t.salt, err = strconv.ParseUint(f.Salt, 16, 64); err != nil {
		return nil, fmt.Errorf("the salt: %w", err)
	}
	b, err := base64.StdEncoding.DecodeString(f.Hashes)
	if err != nil {
		return nil, fmt.Errorf("the hashes: %w", err)
	}
	if len(b)%8 != 0 {
		return nil, fmt.Errorf("the hashes are %d bytes, no multiple of 8", len(b))
	}
	n := len(b) / 8
	if f.Zeros < 0 || f.Zeros > 63 || f.Alike < 0 || f.Alike > f.Others || n > f.Rows {
		return nil, fmt.Errorf("%d hashes with %d leading zeros, of %d rows, which %d of %d others are like", n, f.Zeros, f.Rows, f.Alike, f.Others)
	}
	t.hashes = make([]uint64, n)
	for i := range t.hashes {
		h := binary.LittleEndian.Uint64(b[8*i:])
		if i > 0 && h <= t.hashes[i-1] {
			return nil, errors.New("the hashes are not in ascending order")
		}
		if f.Zeros > 0 && h>>(64-f.Zeros) != 0 {
			return nil, errors.New("a hash lacks the leading zeros of the rest")
		}
		t.hashes[i] = h
	}
	return t, nil
}
