package guess_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chiasm-ml/chiasm/cli/internal/guess"
	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/data"
)

// prepare does what train does with the rows before its first step.
func prepare(c *config.Config) error {
	ctx := context.Background()
	var source data.Files
	if c.HasFiles() {
		folder, err := data.OpenFolder(c.FilesPath())
		if err != nil {
			return err
		}
		defer folder.Close()
		source = folder
	}
	inputs, err := c.NewInputs(source)
	if err != nil {
		return err
	}
	target, err := c.NewTarget()
	if err != nil {
		return err
	}
	r, err := data.Open(c.TablePath(), data.Options{Dialect: c.DialectOf(c.TablePath()), Bad: &data.BadRows{Most: c.Data.MaxBadRows}})
	if err != nil {
		return err
	}
	defer r.Close()
	t, err := data.ReadAll(ctx, r, append(data.Columns(inputs, target), c.Data.Split.Columns()...)...)
	if err != nil {
		return err
	}
	for bad := -1; bad < t.Bad.Len(); {
		splits, err := c.Data.Split.Rows(t)
		if err != nil {
			return err
		}
		bad = t.Bad.Len()
		if err := data.Fit(ctx, t, splits, inputs, target, nil); err != nil {
			return err
		}
		if _, err := c.NewModel(inputs, target, len(splits.Train)); err != nil {
			return err
		}
		d, err := data.NewDataset(t, inputs, target, data.DatasetOptions{MissingAll: c.Data.AllowsLacking(), Splits: splits})
		if err != nil {
			return err
		}
		for _, rows := range splits.All() {
			if err := d.Prepare(ctx, t.Usable(rows)); err != nil {
				return err
			}
		}
	}
	if t.Bad.Len() != c.Data.MaxBadRows {
		return fmt.Errorf("%d rows are left out, and the config says %d", t.Bad.Len(), c.Data.MaxBadRows)
	}
	return nil
}

// FuzzLook holds that a table has mistakes, which are named, or a config that train
// takes as it is.
func FuzzLook(f *testing.F) {
	for _, s := range []string{
		"x,what\n1,a\n2,b\n", "x,x\n1\n", "x,what\n" + "1.5,a\n2.5,b\n,a\n3e30,b\n2,a\n4,b\n7,a\n9,b\n1,a\n2,b\n3,a\n4,b\n",
		"what,t\n1,the one\n2,a two\n3,three\n4,\n5,x y z\n6,1\n7,2\n8,3\n9,4\n10,5\n11,6\n12,7\n13,8\n14,9\n15,0\n16,1\n17,2\n18,3\n19,4\n20,5\n21,6\n22,1\n",
		"day,what,split\n2026-01-02,a|b,train\n2026-01-03,b,val\n2026-01-04,a,test\n2026-01-05,a,train\n,b,train\n",
		"p,what\nx.png,1\n,0\ny.png,1\n", "\ufeffx;what\n1;2\n", "x,what\n\"\xff\",a\n\"\xff\",b\nb,a\nb,b\n",
		"x,what\nnan,a\n1,b\n2,a\n3,b\n5,NaN\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, table []byte) {
		dir := t.TempDir()
		path := filepath.Join(dir, "table.csv")
		if err := os.WriteFile(path, table, 0o644); err != nil {
			t.Fatal(err)
		}
		found, err := guess.Look(context.Background(), guess.Options{Table: path, Target: "what", Output: filepath.Join(dir, "config.yaml")})
		if err != nil || len(found.Mistakes) > 0 {
			return
		}
		c, err := config.Parse(filepath.Join(dir, "config.yaml"), []byte(found.Config), config.Builtin())
		if err != nil {
			t.Fatalf("%v\n%s", err, found.Config)
		}
		if err := prepare(c); err != nil {
			t.Fatalf("%v\n%s", err, found.Config)
		}
	})
}
