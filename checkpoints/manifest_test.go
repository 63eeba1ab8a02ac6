package checkpoints_test

import (
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/checkpoints"
)

// TestManifestRefuses holds what a manifest may say even with a right
// checksum.
func TestManifestRefuses(t *testing.T) {
	sum := strings.Repeat("0", 64)
	file := func(name string) checkpoints.FileEntry { return checkpoints.FileEntry{Name: name, SHA256: sum} }
	files := func(list ...checkpoints.FileEntry) checkpoints.Manifest {
		return checkpoints.Manifest{Format: 1, Files: list}
	}
	tests := []struct {
		name, want string
		m          checkpoints.Manifest
	}{
		{"format", "has format 2, this program supports 1", checkpoints.Manifest{Format: 2}},
		{"step", "step is -1", checkpoints.Manifest{Format: 1, Step: -1}},
		{"order", `lists "a" out of order`, files(file("b"), file("a"))},
		{"twice", `lists "a" out of order`, files(file("a"), file("a"))},
		{"outside", `"../a" is not a valid name`, files(file("../a"))},
		{"absolute", `"/etc/passwd" is not a valid name`, files(file("/etc/passwd"))},
		{"device of Windows", `"C:a" is not a valid name`, files(file("C:a"))},
		{"empty name", `"" is not a valid name`, files(file(""))},
		{"size", `entry for "a" is invalid`, files(checkpoints.FileEntry{Name: "a", Size: -1, SHA256: sum})},
		{"sum", `entry for "a" is invalid`, files(checkpoints.FileEntry{Name: "a", SHA256: "00"})},
		{"many files", "lists 1001 files", files(make([]checkpoints.FileEntry, 1001)...)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := checkpoints.ParseManifest(test.m.Encode())
			wantError(t, err, test.want, 4)
		})
	}
	good := files(file("a"), file("b"))
	if _, err := checkpoints.ParseManifest(good.Encode()); err != nil {
		t.Error(err)
	}
	text := string(good.Encode())
	for name, damaged := range map[string]string{
		"other case of a key": strings.Replace(text, `"name"`, `"Name"`, 1),
		"repeated key":        strings.Replace(text, `"step"`, `"step": 1, "step"`, 1),
		"more space":          text + "\n",
		"trailing document":   text + text,
		"unknown key":         strings.Replace(text, `"step"`, `"stop": 1, "step"`, 1),
		"number as text":      strings.Replace(text, `"step": 0`, `"step": "0"`, 1),
	} {
		if _, err := checkpoints.ParseManifest([]byte(damaged)); exitCode(err) != 4 {
			t.Errorf("%s: %v", name, err)
		}
	}
}
