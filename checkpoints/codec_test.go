package checkpoints_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/internal/difference"
	"github.com/chiasm-ml/chiasm/internal/property"
)

var update = flag.Bool("update", false, "write the golden file anew")

// sampleTensors are those of scripts/parity/safetensors_check.py, in another
// order.
func sampleTensors() []checkpoints.Tensor {
	weight := make([]float32, 60)
	for i := range weight {
		weight[i] = (float32(i) - 30) / 8
	}
	return []checkpoints.Tensor{
		{Name: "vocabulary", Shape: []int{5}, U8: []byte("a\x00\xffz!")},
		{Name: "encoders.caption.block0.attention.query.weight", Shape: []int{3, 4, 5}, F32: weight},
		{Name: "encoders.caption.block0.attention.query.bias", Shape: []int{4}, F32: []float32{0, float32(math.Copysign(0, -1)), math.SmallestNonzeroFloat32, math.MaxFloat32}},
		{Name: "scalar", F32: []float32{2.5}},
		{Name: "empty", Shape: []int{0, 3}},
		{Name: "step", Shape: []int{3}, I64: []int64{math.MinInt64, math.MaxInt64, 7}},
		{Name: "été 🦎 \"quoted\" \\ \t", Shape: []int{1}, F32: []float32{1.5}},
	}
}

func encode(t testing.TB, tensors []checkpoints.Tensor, metadata map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := checkpoints.Write(&b, tensors, metadata); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func decode(b []byte) ([]checkpoints.Tensor, map[string]string, error) {
	return checkpoints.Read(bytes.NewReader(b), int64(len(b)))
}

// sortByName brings tensors into one order; equal compares bits, so that -0
// differs from 0.
func sortByName(tensors []checkpoints.Tensor) []checkpoints.Tensor {
	out := slices.Clone(tensors)
	slices.SortFunc(out, func(a, b checkpoints.Tensor) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// TestCodecPython reads a file that the format's own library wrote, and
// writes the same bytes again.
func TestCodecPython(t *testing.T) {
	b, err := os.ReadFile("testdata/python.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	got, metadata, err := decode(b)
	if err != nil {
		t.Fatal(err)
	}
	if d := difference.Of(sortByName(sampleTensors()), sortByName(got), difference.EmptyIsNil, difference.Bits); d != "" {
		t.Error("read from Python (-want +got):\n" + d)
	}
	if !strings.Contains(metadata["made_with"], "safetensors") {
		t.Errorf("metadata %v", metadata)
	}
	if again := encode(t, sampleTensors(), metadata); !bytes.Equal(again, b) {
		t.Errorf("written anew the file differs:\n got %q\nwant %q", again, b)
	}
}

// TestCodecGolden holds the bytes fixed. scripts/parity/safetensors_check.py
// reads the same file with the format's own library.
func TestCodecGolden(t *testing.T) {
	const path = "testdata/golden.safetensors"
	const sum = "f56a5fca1238280d7ffcc21f0fc539c5f2f775b3a1cac67a82fe34507d57af55"
	b := encode(t, sampleTensors(), map[string]string{"format": "pt", "note": "line\nbreak, <tag> & 'quotes'"})
	if *update {
		if err := os.WriteFile(path, b, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b, want) {
		t.Errorf("the bytes changed:\n got %q\nwant %q", b, want)
	}
	if got := sha256.Sum256(b); hex.EncodeToString(got[:]) != sum {
		t.Errorf("SHA-256 %x, want %s", got, sum)
	}
}

func TestWriteAlignsAndIgnoresOrder(t *testing.T) {
	want := encode(t, sampleTensors(), nil)
	reversed := sampleTensors()
	slices.Reverse(reversed)
	if got := encode(t, reversed, nil); !bytes.Equal(got, want) {
		t.Error("another order of tensors gave other bytes")
	}
	if i := bytes.IndexByte(want[8:], 'a'); i < 0 || (8+len(header(want)))%8 != 0 {
		t.Errorf("the numbers begin at %d, not a multiple of 8", 8+len(header(want)))
	}
}

// header is the JSON of a file, with its padding.
func header(b []byte) []byte {
	n := int(b[0]) | int(b[1])<<8 | int(b[2])<<16
	return b[8 : 8+n]
}

func genTensors() *property.Generator[[]checkpoints.Tensor] {
	name := property.StringN(1, 20).Filter(func(s string) bool { return s != "__metadata__" })
	number := property.Float32()
	one := property.Custom(func(t *property.T) checkpoints.Tensor {
		x := checkpoints.Tensor{Name: name.Draw(t, "name"), Shape: property.SliceOfN(property.IntRange(0, 3), 0, 4).Draw(t, "shape")}
		n := 1
		for _, d := range x.Shape {
			n *= d
		}
		switch property.IntRange(0, 2).Draw(t, "type") {
		case 0:
			x.F32 = property.SliceOfN(number, n, n).Draw(t, "F32")
		case 1:
			x.I64 = property.SliceOfN(property.Int64(), n, n).Draw(t, "I64")
		default:
			x.U8 = property.SliceOfN(property.Byte(), n, n).Draw(t, "U8")
		}
		return x
	})
	return property.SliceOfNDistinct(one, 0, 6, func(x checkpoints.Tensor) string { return x.Name })
}

// clear empties the numbers of tensors, so that LoadInto has to bring them.
func cleared(tensors []checkpoints.Tensor) []checkpoints.Tensor {
	out := slices.Clone(tensors)
	for i := range out {
		out[i].F32, out[i].I64, out[i].U8 = slices.Clone(out[i].F32), slices.Clone(out[i].I64), slices.Clone(out[i].U8)
		clear(out[i].F32)
		clear(out[i].I64)
		clear(out[i].U8)
	}
	return out
}

func TestCodecRoundTrip(t *testing.T) {
	property.Check(t, func(t *property.T) {
		tensors := genTensors().Draw(t, "tensors")
		metadata := property.MapOfN(property.String(), property.String(), 0, 3).Draw(t, "metadata")
		var b bytes.Buffer
		if err := checkpoints.Write(&b, tensors, metadata); err != nil {
			t.Fatal(err)
		}
		got, gotMetadata, err := decode(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if d := difference.Of(sortByName(tensors), sortByName(got), difference.EmptyIsNil, difference.Bits); d != "" {
			t.Error(d)
		}
		if d := difference.Of(metadata, gotMetadata, difference.EmptyIsNil); d != "" {
			t.Error(d)
		}
		into := cleared(tensors)
		if _, err := checkpoints.LoadInto(bytes.NewReader(b.Bytes()), int64(b.Len()), into); err != nil {
			t.Fatal(err)
		}
		if d := difference.Of(tensors, into, difference.EmptyIsNil, difference.Bits); d != "" {
			t.Error(d)
		}
	})
}

func TestWriteRefuses(t *testing.T) {
	f32 := func(name string, v ...float32) checkpoints.Tensor {
		return checkpoints.Tensor{Name: name, Shape: []int{len(v)}, F32: v}
	}
	nan, inf := float32(math.NaN()), float32(math.Inf(-1))
	tests := []struct {
		name     string
		tensors  []checkpoints.Tensor
		metadata map[string]string
		want     string
		code     int
	}{
		{"no name", []checkpoints.Tensor{f32("", 1)}, nil, "empty name", 4},
		{"kept name", []checkpoints.Tensor{f32("__metadata__", 1)}, nil, "reserves", 4},
		{"name not UTF-8", []checkpoints.Tensor{f32("a\xff", 1)}, nil, "not UTF-8", 4},
		{"twice", []checkpoints.Tensor{f32("a", 1), f32("b", 1), f32("a", 1)}, nil, `"a" is repeated`, 4},
		{"rank", []checkpoints.Tensor{{Name: "a", Shape: make([]int, 9)}}, nil, "rank 9", 4},
		{"too few numbers", []checkpoints.Tensor{{Name: "a", Shape: []int{2, 3}, F32: make([]float32, 5)}}, nil, "(2, 3) has 6 numbers, got 5", 4},
		{"negative", []checkpoints.Tensor{{Name: "a", Shape: []int{-1}}}, nil, "negative", 4},
		{"overflow", []checkpoints.Tensor{{Name: "a", Shape: []int{1 << 32, 1 << 32}}}, nil, "overflows", 4},
		{"two types", []checkpoints.Tensor{{Name: "a", Shape: []int{0}, F32: []float32{}, U8: []byte{}}}, nil, "more than one of", 4},
		{"NaN", []checkpoints.Tensor{f32("a", 1, 2, nan)}, nil, "number 2 is NaN", 5},
		{"infinity", []checkpoints.Tensor{f32("a", append(make([]float32, 20_000), inf)...)}, nil, "number 20000 is -Inf", 5},
		{"metadata not UTF-8", nil, map[string]string{"a": "\xff"}, "not UTF-8", 4},
		{"long header", nil, map[string]string{"a": strings.Repeat("x", checkpoints.MaxHeaderBytes)}, "the header would take", 4},
		{"many tensors", make([]checkpoints.Tensor, checkpoints.MaxTensors+1), nil, "100001 tensors", 4},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var b bytes.Buffer
			err := checkpoints.Write(&b, test.tensors, test.metadata)
			wantError(t, err, test.want, test.code)
		})
	}
}

// wantError checks the message and the exit code of an error.
func wantError(t testing.TB, err error, want string, code int) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", want)
	}
	if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %q, want one line with %q", err, want)
	}
	if got := exitCode(err); got != code {
		t.Errorf("exit code %d of %q, want %d", got, err, code)
	}
}

func TestReadFile(t *testing.T) {
	got, _, err := checkpoints.ReadFile("testdata/golden.safetensors")
	if err != nil || len(got) != len(sampleTensors()) {
		t.Errorf("%d tensors, %v", len(got), err)
	}
	for _, path := range []string{filepath.Join(t.TempDir(), "none"), t.TempDir()} {
		_, _, err = checkpoints.ReadFile(path)
		wantError(t, err, path+": cannot read the file", 4)
	}
}
