package promises_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestF26_WhatInitSaysOfTextsIsSo: of texts of a few words to 20,000, init says which
// share is cut, and every comment that it writes is so by computation.
func TestF26_WhatInitSaysOfTextsIsSo(t *testing.T) {
	for name, words := range map[string]func(row int) int{
		"short":     func(row int) int { return 1 + row%9 },
		"some long": func(row int) int { return 1 + row%9 + 20_000*(max(0, row-78)) },
		"all long":  func(row int) int { return 300 + 7*row },
	} {
		t.Run(name, func(t *testing.T) {
			p := &place{t: t, dir: t.TempDir()}
			var b strings.Builder
			b.WriteString("said,y\n")
			for row := range 80 {
				text := make([]string, words(row))
				for i := range text {
					text[i] = fmt.Sprintf("word%d", (row*31+i*7)%400)
				}
				fmt.Fprintf(&b, "%s,%s\n", strings.Join(text, " "), []string{"a", "b"}[row%2])
			}
			if err := os.WriteFile(p.at("t.csv"), []byte(b.String()), 0o600); err != nil {
				t.Fatal(err)
			}
			var found struct {
				Columns []struct{ Column, Why string }
			}
			o := p.chiasm("init", "--data", p.at("t.csv"), "--target", "y", "--output", p.at("config.yaml"), "--json")
			if err := json.Unmarshal([]byte(o.out), &found); o.code != 0 || err != nil {
				t.Fatalf("init ends with %d: %s, %v", o.code, o.errs, err)
			}
			config, err := os.ReadFile(p.at("config.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			if o := p.chiasm("train", "--config", p.at("config.yaml"), "--set", "training.epochs=1", "--output", p.at("run")); o.code != 0 {
				t.Fatalf("train ends with %d: %s\n%s", o.code, o.errs, config)
			}
			c, whys := newClaims(t, p.at("config.yaml"), p.account()), map[string]string{}
			for _, g := range found.Columns {
				c.says(g.Column, g.Why)
				whys[g.Column] = g.Why
			}
			c.config(string(config), whys)
			if cut := strings.Contains(string(config), "cuts "); cut != (name != "short") || t.Failed() {
				t.Errorf("says that texts are cut: %v\n%s", cut, config)
			}
		})
	}
}
