package data_test

import (
	"image/color"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/difference"
	"github.com/chiasm-ml/chiasm/modality/image"
	"github.com/chiasm-ml/chiasm/modality/modalitytest"
)

// A path that looks right and names no file is counted under a mask, and shown with
// what is wrong with it.
func TestF30_OddPathsUnderMask(t *testing.T) {
	folder := pictures(t)
	for cell, want := range map[string]struct{ hint, warning string }{
		`sub\clear.png`:     {`write it as sub/clear.png`, `pic: column "im" names files that are not there by paths with backslashes; write them with /; the first is "sub\\clear.png" in row 2`},
		" red.png":          {`write it as "red.png"`, `pic: column "im" names files that are not there by paths that begin or end with a space; write them without; the first is " red.png" in row 2`},
		"red.png ":          {`ends with a space`, `the first is "red.png " in row 2`},
		"red.png\u00a0":     {`write it as "red.png"`, `the first is "red.png\u00a0" in row 2`},
		"\u200bred.png":     {`begins with a space, or with what looks like one`, `the first is "\u200bred.png" in row 2`},
		" none.png":         {`write it as "none.png"`, `the first is " none.png" in row 2`},
		" https://a/b.png ": {"it is a URL", ""},
	} {
		table := modalitytest.Table(t, data.CSV, "im\nred.png\n\""+cell+"\"\nred.png\n")
		for _, missing := range []string{data.MissingError, data.MissingMask} {
			c := image.Options{Column: "im", Size: [2]int{4, 4}, Channels: 3, Fit: "stretch", Background: "#ffffff", Missing: missing}
			p, err := image.New(c)
			if err != nil {
				t.Fatal(err)
			}
			p.ReadFrom(folder)
			notes, report := data.Notes{}, data.NewReport(table, []string{"im"})
			item, err := p.Load(table, 1, &notes)
			if item != nil {
				t.Error("something was read")
			}
			if missing == data.MissingError || want.warning == "" {
				if err == nil || !strings.Contains(err.Error(), want.hint) {
					t.Error(err)
				}
				continue
			}
			report.Loaded("pic", "train", 7, &notes)
			report.Loaded("pic", "train", 1, &notes)
			said := strings.Join(report.Warnings(), "\n")
			if diff := difference.Of([]data.CellNote{{"im", data.NoFile}}, notes.Cells()); err != nil || diff != "" || !strings.Contains(said, want.warning) {
				t.Errorf("%q: %v, %s\n%s", cell, err, said, diff)
			}
		}
	}
}

// pictures is a folder with one picture.
func pictures(t *testing.T) *data.Folder {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "red.png"), modalitytest.Picture(t, 8, 8, color.NRGBA{255, 0, 0, 255}), 0o600); err != nil {
		t.Fatal(err)
	}
	folder, err := data.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { folder.Close() })
	return folder
}
