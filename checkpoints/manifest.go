package checkpoints

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"slices"
	"sort"
	"strings"
)

// ManifestName is the file that lists the contents of a sealed folder.
const ManifestName = "MANIFEST.json"

// Limits of a manifest.
const (
	manifestFormat   = 1
	maxManifestBytes = 1 << 20
	maxManifestFiles = 1_000
)

// A Manifest lists the files of a sealed folder. It contains no time and no host, so equal contents
// of a run have equal manifests.
type Manifest struct {
	Format   int         `json:"format"`
	Version  string      `json:"version"`       // of the program that wrote the folder
	Run      string      `json:"run,omitempty"` // the run that wrote it; see [Owner]
	Step     int         `json:"step"`          // training step of the weights
	Files    []FileEntry `json:"files"`         // in order of names
	Checksum string      `json:"checksum"`
}

// A FileEntry is one file of a manifest.
type FileEntry struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// encode writes the canonical form of m, with the checksum of the form without it, so that any
// change of a manifest is detected.
func (m Manifest) encode() []byte {
	m.Checksum = ""
	sum := sha256.Sum256(m.marshal())
	m.Checksum = hex.EncodeToString(sum[:])
	return m.marshal()
}

func (m Manifest) marshal() []byte {
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		panic("checkpoints: a manifest is plain data: " + err.Error())
	}
	return append(b, '\n')
}

// parseManifest accepts exactly the bytes that encode writes.
func parseManifest(b []byte) (Manifest, error) {
	var m Manifest
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return m, invalid("the manifest is invalid: %v", err)
	}
	if m.Format != manifestFormat {
		return m, invalid("the manifest has format %d, this program supports %d", m.Format, manifestFormat).hinted("use the version of chiasm that wrote it")
	}
	if !bytes.Equal(m.encode(), b) {
		return m, invalid("the manifest's checksum is wrong").hinted("it was changed or damaged; use another copy")
	}
	if m.Step < 0 {
		return m, invalid("the manifest's step is %d", m.Step)
	}
	if len(m.Files) > maxManifestFiles {
		return m, invalid("the manifest lists %d files, at most %d are supported", len(m.Files), maxManifestFiles)
	}
	for i, f := range m.Files {
		if err := checkFileName(f.Name); err != nil {
			return m, err
		}
		if i > 0 && m.Files[i-1].Name >= f.Name {
			return m, invalid("the manifest lists %s out of order", quote(f.Name))
		}
		if f.Size < 0 || len(f.SHA256) != 2*sha256.Size {
			return m, invalid("the manifest's entry for %s is invalid", quote(f.Name))
		}
	}
	return m, nil
}

// checkFileName ensures that the files of a folder stay in that folder, on every operating system.
func checkFileName(name string) error {
	ok := name != "" && len(name) <= 200 && name[0] != '.' && !strings.EqualFold(name, ManifestName)
	for i := 0; ok && i < len(name); i++ {
		c := name[i]
		ok = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-'
	}
	if !ok {
		return invalid("%s is not a valid name for a file of a sealed folder", quote(name)).
			hinted("use letters, digits, '.', '_' and '-', not starting with '.'")
	}
	return nil
}

// readManifest reads dir's manifest.
func readManifest(fsys FS, dir string) (m Manifest, err error) {
	path := join(dir, ManifestName)
	f, size, err := openSized(fsys, path)
	if err != nil {
		return m, err
	}
	defer f.Close()
	if size > maxManifestBytes {
		return m, atPath(path, invalid("the manifest has %d bytes, at most %d are supported", size, maxManifestBytes))
	}
	b := make([]byte, size)
	if _, err := io.ReadFull(f, b); err != nil {
		return m, unreadable(path, err)
	}
	m, err = parseManifest(b)
	return m, atPath(path, err)
}

// entry returns the entry for name.
func (m *Manifest) entry(name string) (FileEntry, bool) {
	i, ok := slices.BinarySearchFunc(m.Files, name, func(f FileEntry, name string) int { return strings.Compare(f.Name, name) })
	if !ok {
		return FileEntry{}, false
	}
	return m.Files[i], true
}

// sortFiles sorts entries in manifest order.
func sortFiles(files []FileEntry) {
	sort.Slice(files, func(i, j int) bool { return files[i].Name < files[j].Name })
}
