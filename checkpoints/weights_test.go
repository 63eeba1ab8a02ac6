package checkpoints_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/checkpoints"
)

// foreign is a tensor as another program writes it.
type foreign struct {
	name, dtype string
	shape       []int
	bytes       []byte
}

// writeForeign writes a safetensors file by hand.
func writeForeign(t *testing.T, path string, tensors ...foreign) {
	t.Helper()
	header, data := map[string]any{"__metadata__": map[string]string{"format": "pt"}}, []byte{}
	for _, x := range tensors {
		header[x.name] = map[string]any{"dtype": x.dtype, "shape": x.shape, "data_offsets": []int{len(data), len(data) + len(x.bytes)}}
		data = append(data, x.bytes...)
	}
	h, err := json.Marshal(header)
	if err != nil {
		t.Fatal(err)
	}
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(h)))
	if err := os.WriteFile(path, slices.Concat(b, h, data), 0o644); err != nil {
		t.Fatal(err)
	}
}

func le16(v ...uint16) (b []byte) {
	for _, x := range v {
		b = binary.LittleEndian.AppendUint16(b, x)
	}
	return b
}

func le32(v ...float32) (b []byte) {
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return b
}

func TestReadWeights(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model.safetensors")
	writeForeign(t, path,
		foreign{"f32", "F32", []int{2}, le32(1.5, -2)},
		foreign{"bf16", "BF16", []int{1, 3}, le16(0x3fc0, 0xc000, 0x0001)},
		foreign{"half", "F16", []int{4}, le16(0x3e00, 0xc000, 0x0001, 0x7bff)},
		foreign{"f64", "F64", []int{1}, binary.LittleEndian.AppendUint64(nil, math.Float64bits(0.1))},
		foreign{"position_ids", "I64", []int{1}, make([]byte, 8)},
		foreign{"mask", "BOOL", []int{3}, make([]byte, 3)},
	)
	got, err := checkpoints.ReadWeights(path)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]float32{
		"f32": {1.5, -2}, "bf16": {1.5, -2, math.Float32frombits(1 << 16)}, "half": {1.5, -2, 1.0 / (1 << 24), 65504}, "f64": {float32(0.1)},
	}
	var names []string
	for _, x := range got {
		names = append(names, x.Name)
		if !slices.Equal(x.F32, want[x.Name]) {
			t.Errorf("%s is %v, want %v", x.Name, x.F32, want[x.Name])
		}
	}
	if !slices.Equal(names, []string{"bf16", "f32", "f64", "half"}) {
		t.Errorf("read %v; whole numbers are no weights", names)
	}
}

// Every half-precision number has the value that its definition gives.
func TestHalfPrecision(t *testing.T) {
	var bits []uint16
	var want []float32
	for h := range 1 << 16 {
		exponent, fraction := h>>10&31, h&0x3ff
		if exponent == 31 {
			continue
		}
		v := math.Ldexp(1+float64(fraction)/1024, exponent-15)
		if exponent == 0 {
			v = math.Ldexp(float64(fraction)/1024, -14)
		}
		if h>>15 == 1 {
			v = -v
		}
		bits, want = append(bits, uint16(h)), append(want, float32(v))
	}
	path := filepath.Join(t.TempDir(), "all.safetensors")
	writeForeign(t, path, foreign{"x", "F16", []int{len(bits)}, le16(bits...)})
	got, err := checkpoints.ReadWeights(path)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range got[0].F32 {
		if math.Float32bits(v) != math.Float32bits(want[i]) && v != want[i] {
			t.Fatalf("%#04x is %g, want %g", bits[i], v, want[i])
		}
	}
}

func TestReadShardedWeights(t *testing.T) {
	dir := t.TempDir()
	writeForeign(t, filepath.Join(dir, "a-1.safetensors"), foreign{"z", "F32", []int{1}, le32(1)}, foreign{"b", "BF16", []int{1}, le16(0x4000)})
	writeForeign(t, filepath.Join(dir, "a-2.safetensors"), foreign{"c", "F32", []int{1}, le32(3)})
	index := func(text string) string {
		path := filepath.Join(dir, "a.safetensors.index.json")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	got, err := checkpoints.ReadWeights(index(`{"metadata": {"total_size": 10}, "weight_map": {"z": "a-1.safetensors", "b": "a-1.safetensors", "c": "a-2.safetensors"}}`))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, x := range got {
		all = append(all, fmt.Sprint(x.Name, x.F32[0]))
	}
	if want := []string{"b2", "c3", "z1"}; !slices.Equal(all, want) {
		t.Errorf("read %v, want %v", all, want)
	}
	for want, text := range map[string]string{
		"not JSON":           `{`,
		"names 0 tensors":    `{"weight_map": {}}`,
		"index's own folder": `{"weight_map": {"z": "../a-1.safetensors"}}`,
		`"q" is missing`:     `{"weight_map": {"q": "a-1.safetensors"}}`,
		"no such file":       `{"weight_map": {"z": "a-3.safetensors"}}`,
		"own folder":         `{"weight_map": {"z": "/etc/passwd"}}`,
	} {
		if _, err := checkpoints.ReadWeights(index(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	found, err := checkpoints.FindWeights(dir)
	if err != nil || filepath.Base(found) != "a.safetensors.index.json" {
		t.Errorf("the folder's weights are %q, %v", found, err)
	}
}

func TestWeightsThatAreNotRead(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	writeForeign(t, at("nan.safetensors"), foreign{"x", "F16", []int{1}, le16(0x7e00)})
	writeForeign(t, at("inf.safetensors"), foreign{"x", "BF16", []int{1}, le16(0x7f80)})
	writeForeign(t, at("f8.safetensors"), foreign{"x", "F8_E4M3", []int{1}, []byte{1}})
	writeForeign(t, at("huge.safetensors"), foreign{"x", "F16", []int{1 << 40}, le16(1)})
	for name, want := range map[string]string{
		"nan.safetensors": "NaN", "inf.safetensors": "Inf", "f8.safetensors": "F8_E4M3", "huge.safetensors": "offsets give 2",
		"pytorch_model.bin": "safetensors.torch.save_file", "model.onnx": "ONNX", "none.safetensors": "no such file",
	} {
		_, err := checkpoints.ReadWeights(at(name))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	if _, err := checkpoints.FindWeights(dir); err == nil || !strings.Contains(err.Error(), "name one of them") {
		t.Errorf("a folder of several files: %v", err)
	}
	if _, err := checkpoints.FindWeights(t.TempDir()); err == nil || !strings.Contains(err.Error(), "neither a model") {
		t.Errorf("an empty folder: %v", err)
	}
}
