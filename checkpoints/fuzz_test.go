package checkpoints_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/chiasm-ml/chiasm/checkpoints"
	"github.com/chiasm-ml/chiasm/internal/difference"
	"github.com/chiasm-ml/chiasm/internal/property"
)

// FuzzRead: whatever the bytes are, reading ends with an error or with
// tensors that can be written and read again.
func FuzzRead(f *testing.F) {
	for _, path := range []string{"testdata/python.safetensors", "testdata/golden.safetensors"} {
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	for _, test := range handMadeFiles() {
		if len(test.file) < 1000 {
			f.Add(test.file)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		tensors, metadata, err := decode(b)
		if err != nil {
			if exitCode(err) != 4 {
				t.Fatalf("exit code %d of %v", exitCode(err), err)
			}
			return
		}
		again, _, err := decode(encode(t, tensors, metadata))
		if err != nil {
			t.Fatalf("written anew it is refused: %v", err)
		}
		if d := difference.Of(sortByName(tensors), sortByName(again), difference.EmptyIsNil, difference.Bits); d != "" {
			t.Fatal(d)
		}
	})
}

// FuzzManifest: only the very bytes that are written are accepted.
func FuzzManifest(f *testing.F) {
	m := checkpoints.Manifest{Format: 1, Version: "1.2.3", Step: 1200, Files: []checkpoints.FileEntry{
		{Name: "model.safetensors", Size: 12, SHA256: "bb032cb0e31fce1bcb357e9926e06ae2b07769b39c1d13731aab5a3e871ba37d"},
	}}
	f.Add(m.Encode())
	m.Files = nil
	f.Add(m.Encode())
	f.Add([]byte(`{"format":1,"format":2}`))
	f.Add([]byte(`{"format":1,"files":[{"name":"../a"}]}`))
	f.Add(bytes.Repeat([]byte(`{"files":[`), 100))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := checkpoints.ParseManifest(b)
		if err == nil && !bytes.Equal(m.Encode(), b) {
			t.Fatalf("accepted %q, which is written as %q", b, m.Encode())
		}
		if err != nil && exitCode(err) != 4 {
			t.Fatalf("exit code %d of %v", exitCode(err), err)
		}
	})
}

// FuzzRoundTrip: what is written is read as it was.
func FuzzRoundTrip(f *testing.F) {
	f.Add([]byte("some bytes to draw tensors from"))
	f.Fuzz(property.MakeFuzz(func(t *property.T) {
		tensors := genTensors().Draw(t, "tensors")
		var b bytes.Buffer
		if err := checkpoints.Write(&b, tensors, nil); err != nil {
			t.Fatal(err)
		}
		got, _, err := decode(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if d := difference.Of(sortByName(tensors), sortByName(got), difference.EmptyIsNil, difference.Bits); d != "" {
			t.Fatal(d)
		}
	}))
}
