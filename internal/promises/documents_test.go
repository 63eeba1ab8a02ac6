package promises_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// ids are the suites that docs/promises.md must name.
var ids = strings.Fields("C1 C2 C3 C4 C5 C6 C7 C8 C9 K1 K2 K3 K4 I1 I2 I3 I4 I5 D1 D2 D3 D4 D5 D6 D7 D8 D9 D10 D11 G1 G2 N1 N2 N3 N4 N5 N6 N7 R1 S1 S2 S3 S4 S5 B1 B2 B3 B4 B5 B6 B7 B8 B9 B10 B11 M1 M2 M3 M4 E1 U1 H1 H2 H3 H4 H5 L1 L2 L3 F")

// A row of docs/promises.md.
type promise struct {
	tests []string // as in checkpoints.TestK1_Truncate
	cases int
}

// promises are the rows of the page, by id, and all tests that it names.
func promises(t *testing.T) (rows map[string]promise, tests []string) {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "promises.md"))
	if err != nil {
		t.Fatal(err)
	}
	name := regexp.MustCompile("`([a-z][a-z/]*\\.(?:Test|Fuzz)[A-Za-z0-9_]*)`")
	rows = map[string]promise{}
	for line := range strings.Lines(string(page)) {
		var here []string
		for _, m := range name.FindAllStringSubmatch(line, -1) {
			here = append(here, m[1])
		}
		tests = append(tests, here...)
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 6 || len(here) == 0 {
			continue
		}
		id := strings.TrimSpace(cells[1])
		n, err := strconv.Atoi(strings.TrimSpace(cells[4]))
		if err != nil {
			t.Errorf("%s: the number of cases is %q", id, cells[4])
		}
		if _, ok := rows[id]; ok {
			t.Errorf("%s has two rows", id)
		}
		rows[id] = promise{here, n}
	}
	return rows, tests
}

// TestPromisesAreKept: every test that docs/promises.md names is there, every id
// of the list has a row, and the numbers are those that suites ask of themselves.
func TestPromisesAreKept(t *testing.T) {
	rows, tests := promises(t)
	sources := map[string]string{} // of tests, by folder
	for _, full := range tests {
		folder, name, _ := strings.Cut(full, ".")
		if sources[folder] == "" {
			files, err := filepath.Glob(filepath.Join("..", "..", folder, "*_test.go"))
			if err != nil || len(files) == 0 {
				t.Errorf("%s has no tests: %v", folder, err)
			}
			for _, file := range files {
				b, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				sources[folder] += string(b)
			}
		}
		if !strings.Contains(sources[folder], "\nfunc "+name+"(") {
			t.Errorf("there is no %s", full)
		}
	}
	for _, id := range ids {
		if len(rows[id].tests) == 0 {
			t.Errorf("no test is named for %s", id)
		}
	}
	for id, n := range least {
		if rows[id].cases != n {
			t.Errorf("the page says %d cases of %s, its suite asks for %d", rows[id].cases, id, n)
		}
	}
	t.Logf("%d tests of %d suites", len(tests), len(rows))
}
