// Package clipart_test checks that the committed data are whole.
package clipart_test

import (
	"encoding/csv"
	"os"
	"testing"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/modality/image/imaging"
)

func TestData(t *testing.T) {
	f, err := os.Open("data.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	folder, err := data.OpenFolder(".")
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	splits, subjects, series, images := map[string]int{}, map[string]bool{}, map[string]string{}, map[string]bool{}
	for i, row := range rows[1:] {
		name, split := row[column["image"]], row[column["split"]]
		splits[split]++
		subjects[row[column["subject"]]] = true
		images[name] = true
		if other, ok := series[row[column["series"]]]; ok && other != split {
			t.Errorf("row %d: series %s is in %s and %s", i+2, row[column["series"]], other, split)
		}
		series[row[column["series"]]] = split
		b, err := folder.ReadFile(name)
		if err != nil {
			t.Fatalf("row %d: %v", i+2, err)
		}
		if _, err := imaging.Load(b, imaging.Options{Width: 16, Height: 16, Channels: 4}); err != nil {
			t.Errorf("row %d: %v", i+2, err)
		}
	}
	if splits["train"] != 2030 || splits["validation"] != 251 || splits["test"] != 556 || len(splits) != 3 {
		t.Errorf("splits are %v", splits)
	}
	if len(subjects) != 14 || len(images) != 2837 {
		t.Errorf("%d subjects, %d images, want 14 and 2837", len(subjects), len(images))
	}
	files, err := os.ReadDir("images")
	if err != nil || len(files) != len(images) {
		t.Errorf("%d files for %d images (%v)", len(files), len(images), err)
	}
}
