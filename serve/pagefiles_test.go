package serve

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

// The page has the colours of the reports.
func TestPageLooksLikeReports(t *testing.T) {
	palette := func(b []byte, err error) string {
		if err != nil {
			t.Fatal(err)
		}
		colours, _, _ := strings.Cut(string(b), ":root { --heat")
		colours, _, _ = strings.Cut(colours, "* { box-sizing")
		colours, _, _ = strings.Cut(colours, "@media screen and (prefers-color-scheme: light)")
		return colours
	}
	page, report := palette(fs.ReadFile(builtinPage(), "style.css")), palette(os.ReadFile("../internal/report/templates/style.css"))
	if page != report || !strings.Contains(page, "--one-tint") {
		t.Errorf("the page's colours are\n%s\nthose of reports\n%s", page, report)
	}
}

// Nothing of the page is inline or from elsewhere, as its policy demands.
func TestPageIsSelfContained(t *testing.T) {
	forbidden := regexp.MustCompile(`(?i)<script>|<style|\sstyle=|\son[a-z]+="|https?://|innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|localStorage|document\.cookie`)
	err := fs.WalkDir(builtinPage(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(builtinPage(), name)
		text := strings.ReplaceAll(string(b), `xmlns="http://www.w3.org/2000/svg"`, "")
		if found := forbidden.FindString(text); found != "" {
			t.Errorf("%s has %q", name, found)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
