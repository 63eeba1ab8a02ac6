package data

import (
	"testing"

	"github.com/chiasm-ml/chiasm/internal/difference"
)

func TestNewTable(t *testing.T) {
	table, err := NewTable("memory", Strings("a", "1", "", "3"), NewColumn("b", Cell{"x", String}, Cell{"", String}, Cell{"2", Number}))
	if err != nil {
		t.Fatal(err)
	}
	if diff := difference.Of([][]string{{"1", "x"}, {"∅", ""}, {"3", "2"}}, texts(table)); diff != "" {
		t.Error(diff)
	}
	if !table.Has("b") || table.Has("c") {
		t.Error("Has is wrong")
	}
	b, err := table.Column("b")
	if err != nil || !b.Cell(1).Missing() || b.Cell(2).Missing() {
		t.Error("missing cells are wrong", err)
	}
	if _, err := NewTable("memory", Strings("a", "1"), Strings("b")); exitCode(err) != 3 {
		t.Errorf("columns of two lengths: %v", err)
	}
	if _, err := NewTable("memory", Strings("a", "1"), Strings("a", "1")); exitCode(err) != 3 {
		t.Errorf("two columns of one name: %v", err)
	}
}

func TestErrorPrints(t *testing.T) {
	table := mustRead(t, CSV, "a,long\n1,2\n\n3,4\n")
	for _, c := range []struct {
		err  error
		want string
	}{
		{table.Errorf(1, "a", "is %d", 7), `data.csv: row 2 (line 4), column "a": is 7`},
		{table.Errorf(-1, "a", "is bad").WithHint("do %s", "this"), `data.csv: column "a": is bad (do this)`},
		{&Error{Row: 3, Message: "is bad"}, "row 3: is bad"},
		{&ConfigError{"split.train", "is 2"}, "split.train: is 2"},
	} {
		if got := c.err.Error(); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

func TestShow(t *testing.T) {
	for in, want := range map[string]string{
		"a\tb\x1b[0m": `"a\tb\x1b[0m"`,
		"0123456789012345678901234567890123456789":  `"0123456789012345678901234567890123456789"`,
		"012345678901234567890123456789012345678é!": `"012345678901234567890123456789012345678"… (42 bytes)`,
	} {
		if got := show(in); got != want {
			t.Errorf("show(%q) = %s, want %s", in, got, want)
		}
	}
}
