package guess_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/chiasm-ml/chiasm/cli/internal/guess"
	"github.com/chiasm-ml/chiasm/config"
)

// init finds how a table is written, says why, and train reads it so.
func TestF29_InitFindsTheDialect(t *testing.T) {
	table := func(sep string, line func(i int) string) string {
		var b strings.Builder
		b.WriteString(strings.Join([]string{"size", "name", "what"}, sep) + "\n")
		for i := range 60 {
			b.WriteString(strings.ReplaceAll(line(i), "|", sep) + "\n")
		}
		return b.String()
	}
	usual := func(i int) string { return fmt.Sprintf("%d.5|caf\u00e9 %d|%c", i, i%7, 'a'+i%2) }
	latin, err := charmap.Windows1252.NewEncoder().String(table(";", usual))
	if err != nil {
		t.Fatal(err)
	}
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(table("\t", usual))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, text string
		want, not  []string
	}{
		{"usual", table(",", usual), nil, []string{"separator", "encoding", "decimal", "thousands", "missing_values", "comment"}},
		{"mark", "\ufeff" + table(",", usual), nil, []string{"separator", "encoding"}},
		{"windows-1252", latin, []string{`separator: ";"  # it cuts every row in 3 cells`, "encoding: windows-1252  # line 2 is not UTF-8 (byte 0xe9)"}, []string{"decimal"}},
		{"UTF-16", wide, []string{"separator: tab  #", "encoding: utf-16  # the file begins with the mark of UTF-16"}, nil},
		{"pipes", table("|", usual), []string{`separator: "|"`}, nil},
		{"commas and points", table(";", func(i int) string { return fmt.Sprintf("%d.%03d,5|x %d|%c", 1+i, i, i%7, 'a'+i%2) }),
			[]string{`separator: ";"`, `decimal: ","  # the numbers of "size" have it`, `thousands: "."  # the numbers of "size"`}, nil},
		{"decimal commas", table(";", func(i int) string { return fmt.Sprintf("0,%03d|x %d|%c", i, i%7, 'a'+i%2) }), []string{`decimal: ","`}, []string{"thousands"}},
		{"thousands", table(",", func(i int) string { return fmt.Sprintf("\"%d,%03d.5\"|x %d|%c", 1+i, i, i%7, 'a'+i%2) }), []string{`thousands: ","`}, []string{"decimal", "separator"}},
		{"thousands behind a sign", table(",", func(i int) string { return fmt.Sprintf("\"$%d,%03d.5\"|x %d|%c", 1+i, i, i%7, 'a'+i%2) }), []string{`thousands: ","  # the numbers of "size"`, `units: {size: "$"}`}, []string{"decimal", "separator"}},
		{"decimal commas before one", table(";", func(i int) string { return fmt.Sprintf("%d.%03d,50 \u20ac|x %d|%c", 1+i, i, i%7, 'a'+i%2) }), []string{`decimal: ","`, `thousands: "."`, `units: {size: "€"}`}, nil},
		{"markers among units", table(",", func(i int) string {
			v := fmt.Sprintf("%d kg", i)
			if i%10 == 3 {
				v = "N/A"
			}
			return fmt.Sprintf("%s|x %d|%c", v, i%7, 'a'+i%2)
		}), []string{`missing_values: ["N/A"]`, `units: {size: kg}`}, nil},
		{"markers", table(",", func(i int) string {
			v := fmt.Sprint(i, ".25")
			if i%10 == 3 {
				v = []string{"N/A", "-"}[i/10%2]
			}
			return fmt.Sprintf("%s|x %d|%c", strings.ReplaceAll(v, " ", ""), i%7, 'a'+i%2)
		}), []string{`missing_values: ["-", "N/A"]  # "-" in 3 cells of "size", whose others are numbers; "N/A" in 3 cells of "size"`}, nil},
		{"NA among names", table(",", func(i int) string {
			return fmt.Sprintf("%d.5|%s|%c", i, []string{"NA", "DE", "FR"}[i%3], 'a'+i%2)
		}), nil, []string{"missing_values"}},
		{"comments", "# made by hand\n# twice\n" + table(",", usual), []string{`comment: "#"`}, nil},
		{"a header with #", "#" + table(",", usual), nil, []string{"comment:"}},
	} {
		path := write(t, t.TempDir(), "table.csv", c.text)
		out := filepath.Join(filepath.Dir(path), "config.yaml")
		found, err := guess.Look(context.Background(), guess.Options{Table: path, Target: "what", Output: out})
		if err != nil || len(found.Mistakes) > 0 {
			t.Errorf("%s: %v, %v", c.name, err, found)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(found.Config, want) {
				t.Errorf("%s: the config lacks %s:\n%s", c.name, want, found.Config)
			}
		}
		for _, not := range c.not {
			if strings.Contains(found.Config, not) {
				t.Errorf("%s: the config has %s:\n%s", c.name, not, found.Config)
			}
		}
		parsed, err := config.Parse(out, []byte(found.Config), config.Builtin())
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if err := prepare(parsed); err != nil {
			t.Errorf("%s: %v\n%s", c.name, err, found.Config)
		}
	}
}
