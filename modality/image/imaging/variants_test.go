package imaging

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
)

// TestF15_VariantsAsPillow reads rare variants of files (scripts/parity/variants.py):
// as Pillow does, within two levels, or not at all and with a reason.
func TestF15_VariantsAsPillow(t *testing.T) {
	raw, err := os.ReadFile("testdata/variants.json")
	if err != nil {
		t.Fatal(err)
	}
	var p struct {
		Background [3]uint8
		Files      []struct {
			Name          string
			Width, Height int
			Data, Want    []byte
		}
	}
	if err := json.Unmarshal(raw, &p); err != nil {
		t.Fatal(err)
	}
	refused := 0
	for _, f := range p.Files {
		width, height := f.Width, f.Height
		if f.Want == nil {
			width, height = 20, 14
		}
		r, err := Load(f.Data, Options{Width: width, Height: height, Channels: 3, Background: p.Background})
		var e *Error
		switch {
		case errors.As(err, &e):
			refused++
			if e.Kind != Unsupported || strings.Contains(e.Why, "unsupported feature") {
				t.Errorf("%s: refused without its name: %v", f.Name, err)
			}
		case err != nil:
			t.Errorf("%s: %v", f.Name, err)
		case f.Want == nil:
			t.Errorf("%s: Pillow refuses it", f.Name)
		default:
			// PNG's specification has the transparent grey of tRNS in the depth of the
			// file; Pillow 13 looks for it after it made 8 bits of 2 and 4.
			if f.Name == "png grey 2, tRNS" || f.Name == "png grey 4, tRNS" {
				continue
			}
			if most, mean := differences(r.Pix, f.Want); most > 2 {
				t.Errorf("%s: differs by %d levels, %.2f on average", f.Name, most, mean)
			}
		}
	}
	t.Logf("F15: %d variants, %d of them refused", len(p.Files), refused)
}
