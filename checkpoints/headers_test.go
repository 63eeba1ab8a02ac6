package checkpoints_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/checkpoints"
)

// handMade is a file with the given header and so many zero bytes of numbers.
func handMade(header string, numbers int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), make([]byte, numbers)...)
}

func lengthOnly(n uint64, rest int) []byte {
	return append(binary.LittleEndian.AppendUint64(nil, n), make([]byte, rest)...)
}

func entry(dtype, shape, offsets string) string {
	return fmt.Sprintf(`{"dtype":%q,"shape":%s,"data_offsets":%s}`, dtype, shape, offsets)
}

// manyTensors is a header of n empty tensors.
func manyTensors(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(map[bool]string{true: "{", false: ","}[i == 0])
		fmt.Fprintf(&b, `"%d":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`, i)
	}
	return b.String() + "}"
}

func withFloat(b []byte, v float64) []byte {
	binary.LittleEndian.PutUint32(b[len(b)-4:], math.Float32bits(float32(v)))
	return b
}

// handMadeFiles are files that must be refused, each with a part of its
// message. They are read into the tensors "a" of shape (2, 3) and "b.weight"
// of shape (1).
func handMadeFiles() []struct {
	name, want string
	file       []byte
} {
	f := func(dtype, shape string, begin, end int) string {
		return entry(dtype, shape, fmt.Sprintf("[%d,%d]", begin, end))
	}
	a, b := `{"a":`+f("F32", "[2,3]", 0, 24), `"b.weight":`+f("F32", "[1]", 24, 28)+`}`
	return []struct {
		name, want string
		file       []byte
	}{
		{"no bytes", "the file is empty", nil},
		{"7 bytes", "the file has 7 bytes", make([]byte, 7)},
		{"length 0", "the header has 0 bytes", lengthOnly(0, 8)},
		{"length 2^63", "beyond 63 bits", lengthOnly(1<<63, 8)},
		{"length 2^62", "claims 4611686018427387904 bytes, at most 16777216", lengthOnly(1<<62, 8)},
		{"length beyond the file", "claims 100 bytes, the file ends after 8", lengthOnly(100, 8)},
		{"not JSON", "does not start with {", handMade("PK\x03\x04....", 0)},
		{"no end", "it ends early", handMade(`{"a":{"dtype":"F32"`, 0)},
		{"open string", "no closing quote", handMade(`{"a`, 0)},
		{"bytes after JSON", "something follows", handMade(a+","+b+"x", 28)},
		{"comma before brace", "must be a string, found '}'", handMade(a+",}", 24)},
		{"name not UTF-8", "is not UTF-8", handMade("{\"a\xff\":1}", 0)},
		{"control character", "control character", handMade("{\"a\n\":1}", 0)},
		{"bad escape", "unknown escape", handMade(`{"a\q":1}`, 0)},
		{"empty name", "empty name", handMade(`{"":`+f("F32", "[0]", 0, 0)+`}`, 0)},
		{"repeated tensor", `the key "a" is repeated`, handMade(a+`,"a":`+f("F32", "[1]", 24, 28)+"}", 28)},
		{"repeated metadata", `"k" is repeated`, handMade(`{"__metadata__":{"k":"1","k":"2"}}`, 0)},
		{"repeated field", "the field shape is repeated", handMade(`{"a":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}}`, 4)},
		{"unknown field", `the field "Dtype" is unknown`, handMade(`{"a":{"Dtype":"F32"}}`, 4)},
		{"no dtype", "the field dtype is missing", handMade(`{"a":{"shape":[1],"data_offsets":[0,4]}}`, 4)},
		{"no shape", "the field shape is missing", handMade(`{"a":{"dtype":"F32","data_offsets":[0,4]}}`, 4)},
		{"no offsets", "the field data_offsets is missing", handMade(`{"a":{"dtype":"F32","shape":[1]}}`, 4)},
		{"null shape", "expected '[' at the start of shape", handMade(`{"a":`+entry("F32", "null", "[0,4]")+`}`, 4)},
		{"deep nesting", "deeper nesting", handMade(`{"a":{"shape":`+strings.Repeat("[", 100_000), 0)},
		{"deep metadata", "a value of __metadata__ must be a string", handMade(`{"__metadata__":`+strings.Repeat(`{"a":`, 1000), 0)},
		{"rank 9", "shape has more than 8 numbers", handMade(`{"a":`+f("F32", "[1,1,1,1,1,1,1,1,1]", 0, 4)+`}`, 4)},
		{"negative dimension", "shape is negative", handMade(`{"a":`+f("F32", "[-1]", 0, 4)+`}`, 4)},
		{"fraction", "fraction or has an exponent", handMade(`{"a":`+f("F32", "[1.5]", 0, 4)+`}`, 4)},
		{"leading zero", "starts with 0", handMade(`{"a":`+f("F32", "[01]", 0, 4)+`}`, 4)},
		{"text for a number", "must be a whole number", handMade(`{"a":`+f("F32", `["1"]`, 0, 4)+`}`, 4)},
		{"long number", "more than 18 digits", handMade(`{"a":`+f("F32", "[9223372036854775808]", 0, 4)+`}`, 4)},
		{"overflow", "overflows", handMade(`{"a":`+f("F32", "[999999999999,999999999999]", 0, 4)+`}`, 4)},
		{"one offset", "data_offsets has 1 numbers", handMade(`{"a":`+entry("F32", "[1]", "[0]")+`}`, 4)},
		{"backward offsets", "ends at 0 before it starts at 4", handMade(`{"a":`+f("F32", "[0]", 4, 0)+`}`, 4)},
		{"shape beside offsets", "takes 24 bytes, the offsets give 20", handMade(`{"a":`+f("F32", "[2,3]", 0, 20)+`}`, 20)},
		{"unknown dtype", `the unknown dtype "F33"`, handMade(`{"a":`+f("F33", "[1]", 0, 4)+`}`, 4)},
		{"half precision", "dtype BF16; F32, I64 and U8 are supported", handMade(`{"a":`+f("BF16", "[2]", 0, 4)+`}`, 4)},
		{"truncated", "ends at byte 24 of the data, the file holds 23", handMade(a+"}", 23)},
		{"hole", `a gap of 4 bytes before tensor "b.weight"`, handMade(a+`,"b.weight":`+f("F32", "[1]", 28, 32)+"}", 32)},
		{"hole at the start", `a gap of 8 bytes before tensor "a"`, handMade(`{"a":`+f("F32", "[2,3]", 8, 32)+"}", 32)},
		{"overlap", `"a" and "b.weight" overlap by 4 bytes`, handMade(a+`,"b.weight":`+f("F32", "[1]", 20, 24)+"}", 24)},
		{"bytes after tensors", "1 bytes follow the last tensor", handMade(a+","+b, 29)},
		{"100,001 tensors", "more than 100000 tensors", handMade(manyTensors(checkpoints.MaxTensors+1), 0)},
		{"NaN", `"b.weight": number 0 is NaN`, withFloat(handMade(a+","+b, 28), math.NaN())},
		{"infinity", "number 0 is +Inf", withFloat(handMade(a+","+b, 28), math.Inf(1))},
		{"missing name", `"b.weight" is missing from the file`, handMade(a+"}", 24)},
		{"extra name", `the file has "c", which the model does not`, handMade(a+","+b[:len(b)-1]+`,"c":`+f("F32", "[0]", 28, 28)+"}", 28)},
		{"misspelt name", `the model has "b.weight" where the file has "b.wieght"`, handMade(a+`,"b.wieght":`+f("F32", "[1]", 24, 28)+"}", 28)},
		{"escape code in a name", `the file has "\x1b[31m"`, handMade(a+","+b[:len(b)-1]+`,"\u001b[31m":`+f("F32", "[0]", 28, 28)+"}", 28)},
		{"transposed shape", "one is the other transposed", handMade(`{"a":`+f("F32", "[3,2]", 0, 24)+","+b, 28)},
		{"other shape", "shape (6), the model (2, 3)", handMade(`{"a":`+f("F32", "[6]", 0, 24)+","+b, 28)},
		{"other type", "the file has U8, the model F32", handMade(`{"a":`+f("U8", "[24]", 0, 24)+","+b, 28)},
	}
}

// TestK3_HandMadeHeaders gives the reader files that only a hand makes.
func TestK3_HandMadeHeaders(t *testing.T) {
	messages := map[string]string{}
	tests := handMadeFiles()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a, b := []float32{1, 2, 3, 4, 5, 6}, []float32{7}
			dst := []checkpoints.Tensor{{Name: "a", Shape: []int{2, 3}, F32: a}, {Name: "b.weight", Shape: []int{1}, F32: b}}
			_, err := checkpoints.LoadInto(bytes.NewReader(test.file), int64(len(test.file)), dst)
			wantError(t, err, test.want, 4)
			if !strings.Contains(err.Error(), "number") && (a[0] != 1 || b[0] != 7) {
				t.Error("refused, but the model has changed")
			}
			// The position alone must not be what tells two messages apart.
			message, _, _ := strings.Cut(err.Error(), "; found at byte")
			if other, ok := messages[message]; ok {
				t.Errorf("%q has the message of %q: %s", test.name, other, message)
			}
			messages[message] = test.name
		})
	}
	t.Logf("K3: %d hand-made files, %d distinct messages", len(tests), len(messages))
	if len(messages) < 22 {
		t.Errorf("%d distinct messages, 22 are promised", len(messages))
	}
}

// TestK3_NamesDiffer holds the rest of the message on names.
func TestK3_NamesDiffer(t *testing.T) {
	tensor := func(name string) checkpoints.Tensor {
		return checkpoints.Tensor{Name: name, Shape: []int{0}}
	}
	many := func(prefix string, n int) (list []checkpoints.Tensor) {
		for i := range n {
			list = append(list, tensor(strings.Repeat(prefix, 9)+fmt.Sprint(i)))
		}
		return list
	}
	tests := []struct {
		name        string
		file, model []checkpoints.Tensor
		want        string
	}{
		{"swapped letters", many("x", 1), []checkpoints.Tensor{tensor("xxxxxxxxx01")}, `the model has "xxxxxxxxx01" where the file has "xxxxxxxxx0"`},
		{"each used once", []checkpoints.Tensor{tensor("encoder.weight")}, []checkpoints.Tensor{tensor("encoder.weigth"), tensor("encoder.weighs")}, `where the file has "encoder.weight", "encoder.weighs" is missing from the file`},
		{"many", many("x", 4), many("y", 4), `the file has "xxxxxxxxx0", which the model does not, and 3 more`},
		{"long name", []checkpoints.Tensor{tensor(strings.Repeat("ü", 500))}, nil, `üü"… , which`},
		{"model twice", nil, []checkpoints.Tensor{tensor("a"), tensor("a")}, `the model has two tensors named "a"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := encode(t, test.file, nil)
			_, err := checkpoints.LoadInto(bytes.NewReader(b), int64(len(b)), test.model)
			wantError(t, err, strings.ReplaceAll(test.want, "… ,", "…,"), 4)
			if len(err.Error()) > 800 {
				t.Errorf("%d bytes of message", len(err.Error()))
			}
		})
	}
}

// TestP3_Allocation measures what refused and accepted files make the reader
// allocate: at most twice their size and 64 MiB.
func TestP3_Allocation(t *testing.T) {
	files := handMadeFiles()
	add := func(name string, file []byte) {
		files = append(files, struct {
			name, want string
			file       []byte
		}{name: name, file: file})
	}
	add("100,000 tensors", handMade(manyTensors(checkpoints.MaxTensors), 0))
	hostile := `{"\u0064type":"\u0046\u0033\u0032","sh\u0061pe":[0,0,0,0,0,0,0,0],"data_offset\u0073":[0,0]}`
	add("100,000 tensors with escapes", handMade(strings.NewReplacer(`{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`, hostile).Replace(manyTensors(checkpoints.MaxTensors)), 0))
	add("a gigabyte claimed", handMade(`{"a":`+entry("F32", "[250000000]", "[0,1000000000]")+`}`, 4))
	add("16 MiB of metadata", handMade(`{"__metadata__":{`+strings.Repeat(`"":"",`, 2_700_000)+`}}`, 0))
	add("16 MiB of space", handMade(`{}`+strings.Repeat(" ", 16<<20-2), 0))
	add("16 MiB of a name", handMade(`{"`+strings.Repeat("x", 15<<20)+`":`+entry("F32", "[0]", "[0,0]")+`}`, 0))
	add("16 MiB of an escaped name", handMade(`{"`+strings.Repeat(`\u0041`, 2<<20)+`":`+entry("F32", "[0]", "[0,0]")+`}`, 0))
	add("8 MiB of numbers", handMade(`{"a":`+entry("F32", "[2097152]", "[0,8388608]")+`}`, 8<<20))
	var most uint64
	for _, test := range files {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		decode(test.file)
		runtime.ReadMemStats(&after)
		got, limit := after.TotalAlloc-before.TotalAlloc, uint64(2*len(test.file)+64<<20)
		if got > limit {
			t.Errorf("%s: %d bytes allocated for a file of %d", test.name, got, len(test.file))
		}
		most = max(most, got)
	}
	t.Logf("P3: %d files, at most %.1f MiB allocated for one", len(files), float64(most)/(1<<20))
}
