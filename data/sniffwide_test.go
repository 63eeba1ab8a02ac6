package data_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chiasm-ml/chiasm/data"
)

// endingContext has ended once it was asked so many times.
type endingContext struct {
	context.Context
	left atomic.Int64
}

func (c *endingContext) Err() error {
	if c.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

// A wide table is looked at column by column for as long as nobody says to stop.
func TestM1_SniffingAWideTableEnds(t *testing.T) {
	const columns = 3000
	var b strings.Builder
	for row := range 3 {
		for i := range columns {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, "%s%d", []string{"column ", "", ""}[row], i)
		}
		b.WriteByte('\n')
	}
	path := filepath.Join(t.TempDir(), "wide.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	for asked := int64(0); ; asked += columns / 2 {
		ctx := &endingContext{Context: context.Background()}
		ctx.left.Store(asked)
		_, _, err := data.Sniff(ctx, path)
		if err == nil {
			if asked < 4*columns {
				t.Errorf("it was asked %d times only whether to go on, of %d columns", asked, columns)
			}
			return
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("asked %d times: %v", asked, err)
		}
	}
}
