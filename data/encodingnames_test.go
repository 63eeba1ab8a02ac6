package data

import (
	"strings"
	"testing"
)

// Every name that is listed is an encoding, once, and what is not listed is none.
func TestEncodingNames(t *testing.T) {
	seen := map[string]bool{}
	for of, labels := range encodingLabels {
		if encodingTable(of) == nil {
			t.Errorf("%s has no table", of)
		}
		for _, name := range append(strings.Fields(labels), of) {
			if _, err := findEncoding(name); err != nil || checkEncoding(name) != nil || seen[name] {
				t.Errorf("%s: %v, seen before: %v", name, err, seen[name])
			}
			seen[name] = true
		}
	}
	for _, name := range []string{"utf-8", "utf8", "utf-16", "utf-16le", "latin1", " Windows-1252 ", "SHIFT_JIS", "gb18030", "euc-kr", "koi8-r", "big5"} {
		if _, err := findEncoding(name); err != nil {
			t.Error(err)
		}
	}
	for _, name := range []string{"replacement", "latin", "utf-7"} {
		if _, err := findEncoding(name); err == nil || checkEncoding(name) == nil {
			t.Errorf("%s is an encoding", name)
		}
	}
}
