package data_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/data"
)

// A row of separators alone ends at two million cells, in the header and below it,
// whatever else would come.
func TestM1_RowsOfManyCells(t *testing.T) {
	const most = 1 << 21
	for name, before := range map[string]string{"header": "", "row": "a,b\n1,2\n"} {
		t.Run(name, func(t *testing.T) {
			read := 0
			in := io.MultiReader(strings.NewReader(before), endless(func(p []byte) {
				read += len(p)
				copy(p, bytes.Repeat([]byte(","), len(p)))
			}))
			r, err := data.NewReader(in, "table.csv", data.Options{})
			for err == nil {
				_, err = r.Next()
			}
			var at *data.Error
			if !errors.As(err, &at) || !strings.Contains(err.Error(), "more than 2097152 cells") {
				t.Fatalf("%v", err)
			}
			if read > most+1<<20 {
				t.Errorf("%d bytes were read", read)
			}
		})
	}
}

// endless fills what it is asked for.
type endless func(p []byte)

func (f endless) Read(p []byte) (int, error) {
	f(p)
	return len(p), nil
}
