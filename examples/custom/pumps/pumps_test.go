package pumps_test

import (
	"flag"
	"os"
	"testing"

	"example.com/custom/pumps"
)

var update = flag.Bool("update", false, "write ../data.csv")

// The table that the config reads is the one that this package makes.
func TestDataIsFresh(t *testing.T) {
	table, err := pumps.Table(400, 1)
	if err != nil {
		t.Fatal(err)
	}
	const file = "../data.csv"
	if *update {
		if err := os.WriteFile(file, pumps.CSV(table), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(b) != string(pumps.CSV(table)) {
		t.Error("data.csv is not what Table makes; run go test ./pumps -update")
	}
}
