package checkpoints

import (
	"encoding/binary"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// indexSuffix ends the name of the index that maps each tensor to one of several safetensors files.
const indexSuffix = ".safetensors.index.json"

// ReadWeights reads the floating-point tensors of a safetensors file written by any program, or of
// all files listed in an index (model.safetensors.index.json), sorted by name. F16, BF16 and F64
// are converted to float32; integers, such as position ids, are left out. The limits of Read apply,
// except that an index may list up to MaxTensors tensors in files of its own folder.
func ReadWeights(path string) ([]Tensor, error) {
	if refused := foreignFormat(path); refused != nil {
		return nil, refused
	}
	switch {
	case strings.HasSuffix(path, ".safetensors"):
		return readForeign(path, nil)
	case !strings.HasSuffix(path, indexSuffix):
		return nil, atPath(path, invalid("the name ends in neither .safetensors nor %s", indexSuffix))
	}
	files, err := readIndex(path)
	if err != nil {
		return nil, err
	}
	var all []Tensor
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		part, err := readForeign(filepath.Join(filepath.Dir(path), name), files[name])
		if err != nil {
			return nil, err
		}
		all = append(all, part...)
	}
	slices.SortFunc(all, func(a, b Tensor) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

// foreignFormat returns an error for unsupported formats, with a way out.
func foreignFormat(path string) error {
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".bin", ".pt", ".pth", ".ckpt", ".pkl", ".npz", ".h5", ".msgpack":
		return atPath(path, invalid("a file that ends in %s may contain programs or a private format, and is not read", ext).
			hinted("write the weights as safetensors, in Python by safetensors.torch.save_file(model.state_dict(), \"model.safetensors\")"))
	case ".onnx":
		return atPath(path, invalid("an ONNX file is a program, and its weights have lost their names").
			hinted("use the safetensors file that the model was exported from"))
	}
	return nil
}

// readIndex returns the tensors of each file listed in an index.
func readIndex(path string) (map[string][]string, error) {
	f, size, err := openSized(OS(), path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if size > MaxHeaderBytes {
		return nil, atPath(path, invalid("the index has %d bytes, at most %d are supported", size, MaxHeaderBytes))
	}
	b := make([]byte, size)
	if err := readFullAt(f, b, 0); err != nil {
		return nil, atPath(path, err)
	}
	var index struct {
		Files map[string]string `json:"weight_map"`
	}
	if err := json.Unmarshal(b, &index); err != nil {
		return nil, atPath(path, invalid("the index is not JSON: %v", err))
	}
	if n := len(index.Files); n == 0 || n > MaxTensors {
		return nil, atPath(path, invalid("weight_map names %d tensors, expected 1 to %d", n, MaxTensors))
	}
	files := map[string][]string{}
	for tensor, file := range index.Files {
		if err := checkFileName(file); err != nil {
			return nil, atPath(path, invalid("weight_map names the file %s, expected one in the index's own folder", quote(file)))
		}
		files[file] = append(files[file], tensor)
	}
	return files, nil
}

// foreignWidth is the width in bytes of every number type of the format that takes whole bytes.
func foreignWidth(dtype string) (int64, bool) {
	switch dtype {
	case "BOOL", "U8", "I8", "F8_E4M3", "F8_E5M2", "F8_E8M0":
		return 1, true
	case "I16", "U16", "F16", "BF16":
		return 2, true
	case "I32", "U32", "F32":
		return 4, true
	case "I64", "U64", "F64", "C64":
		return 8, true
	}
	return 0, false
}

// readForeign reads the floating-point tensors of one file, which must include those in expected.
func readForeign(path string, expected []string) ([]Tensor, error) {
	f, size, err := openSized(OS(), path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	h, err := readHeader(f, size, foreignWidth)
	if err != nil {
		return nil, atPath(path, err)
	}
	has := make(map[string]bool, len(h.Tensors))
	var all []Tensor
	buf := make([]byte, bufferBytes)
	for i := range h.Tensors {
		info := &h.Tensors[i]
		has[info.Name] = true
		decode := decoders[info.DType]
		if decode == nil {
			if info.DType[0] == 'F' {
				return nil, atPath(path, invalid("tensor %s has dtype %s; F32, F16, BF16 and F64 are supported", quote(info.Name), info.DType).hinted("convert the file to F16 or F32"))
			}
			continue
		}
		n, _ := elements(info.Shape)
		t := Tensor{Name: info.Name, Shape: info.Shape, F32: make([]float32, n)}
		if err := readFloats(f, h.data+info.begin, &t, decode, buf); err != nil {
			return nil, atPath(path, err)
		}
		all = append(all, t)
	}
	for _, name := range expected {
		if !has[name] {
			return nil, atPath(path, invalid("%s is missing from the file, although the index lists it", quote(name)))
		}
	}
	slices.SortFunc(all, func(a, b Tensor) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

// A decoder converts the bytes of a number to its value.
type decoder struct {
	width int
	value func(b []byte) float32
}

var decoders = map[string]*decoder{
	"F32":  {4, func(b []byte) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(b)) }},
	"BF16": {2, func(b []byte) float32 { return math.Float32frombits(uint32(binary.LittleEndian.Uint16(b)) << 16) }},
	"F16":  {2, func(b []byte) float32 { return half(binary.LittleEndian.Uint16(b)) }},
	"F64":  {8, func(b []byte) float32 { return float32(math.Float64frombits(binary.LittleEndian.Uint64(b))) }},
}

// half is the value of an IEEE 754 half-precision number.
func half(h uint16) float32 {
	sign := uint32(h&0x8000) << 16
	exponent, fraction := uint32(h>>10)&31, uint32(h&0x3ff)
	switch exponent {
	case 31: // infinity, NaN
		return math.Float32frombits(sign | 0x7f800000 | fraction<<13)
	case 0: // zero, subnormal
		v := float32(fraction) / (1 << 24)
		if sign != 0 {
			v = -v
		}
		return v
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}

func readFloats(r io.ReaderAt, at int64, t *Tensor, d *decoder, buf []byte) error {
	done := 0
	for chunk := range slices.Chunk(t.F32, len(buf)/d.width) {
		b := buf[:d.width*len(chunk)]
		if err := readFullAt(r, b, at); err != nil {
			return err
		}
		for i := range chunk {
			v := d.value(b[d.width*i:])
			if !finite(math.Float32bits(v)) {
				e := nonFinite(t.Name, done+i, v)
				e.Code = exitCheckpoint // the file is at fault, not this run
				return e
			}
			chunk[i] = v
		}
		at += int64(len(b))
		done += len(chunk)
	}
	return nil
}

// FindWeights returns the weights file that a path refers to: the path itself or, in a folder, the
// only safetensors file, or the only index of several.
func FindWeights(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", unreadable(path, err)
	}
	if !info.IsDir() {
		return path, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return "", unreadable(path, err)
	}
	for _, suffix := range []string{indexSuffix, ".safetensors"} {
		var found []string
		for _, e := range entries {
			if strings.HasSuffix(e.Name(), suffix) {
				found = append(found, e.Name())
			}
		}
		switch len(found) {
		case 0:
		case 1:
			return filepath.Join(path, found[0]), nil
		default:
			return "", atPath(path, invalid("the folder contains %d weights files, such as %s and %s", len(found), quote(found[0]), quote(found[1])).hinted("name one of them"))
		}
	}
	return "", atPath(path, invalid("the folder contains neither a model of this program nor a safetensors file"))
}
