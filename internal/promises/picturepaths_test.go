package promises_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/data"
)

// Of pictures, only paths of files below the folder are opened, by the samples too.
func TestF11_PathsOfPictures(t *testing.T) {
	for _, missing := range []string{data.MissingError, data.MissingMask} {
		t.Run(missing, func(t *testing.T) {
			p := newPlace(t)
			p.only("picture")
			if missing == data.MissingMask {
				p.masks("picture")
				p.replace("data: {", "data: {missing_all: prior, ")
			}
			if o := p.train(); o.code != 0 {
				t.Fatal(o.errs)
			}
			if o := p.chiasm("export", "--model", p.at("run"), "--output", p.at("exported")); o.code != 0 {
				t.Fatal(o.errs)
			}
			p.write("outside.png", p.read("images/0.png"))
			if err := os.Symlink(p.at("outside.png"), p.at("images/link.png")); err != nil {
				t.Skip(err)
			}
			paths := []string{"../outside.png", "../images/../outside.png", p.at("outside.png"), "/etc/passwd", "link.png", "..", ".", "nothing.png", "0.png/more", "a/../../outside.png", strings.Repeat("x", 5000), "http://a/b.png", `sub\0.png`, `.\\0.png`, ""}
			want := p.refusesPaths(paths)
			for program, script := range map[string]string{"python3": "predict.py", "node": "predict.mjs"} {
				for i, line := range p.samplePaths(program, script) {
					if got := strings.HasPrefix(line, `{"error"`); got != want[i] {
						t.Errorf("%s, %.60q: refused is %t, predict's is %t: %s", script, paths[i], got, want[i], line)
					}
				}
			}
		})
	}
}

// refusesPaths writes the paths into a table, and tells which of them predict refuses.
func (p *place) refusesPaths(paths []string) (refused []bool) {
	var b bytes.Buffer
	for _, path := range paths {
		line, err := json.Marshal(map[string]string{"picture": path})
		if err != nil {
			p.t.Fatal(err)
		}
		b.Write(append(line, '\n'))
	}
	// A good row stands first, so that there is something to predict.
	p.write("paths.jsonl", append([]byte("{\"picture\":\"0.png\"}\n"), b.Bytes()...))
	if o := p.chiasm("predict", "--force", "--model", p.at("run"), "--data", p.at("paths.jsonl"), "--images", p.at("images"), "--output", p.at("out.jsonl"), "--on-error", "skip"); o.code != 0 {
		p.t.Fatal(o.errs)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(p.read("out.jsonl"))), "\n")[1:] {
		refused = append(refused, strings.Contains(line, `"prediction":null`))
	}
	p.write("paths.jsonl", b.Bytes())
	return refused
}

// samplePaths are the lines that a sample answers to paths.jsonl; none, if there is no
// program that runs it.
func (p *place) samplePaths(program, script string) []string {
	path, err := exec.LookPath(program)
	if err != nil {
		p.t.Logf("left out: there is no %s", program)
		return nil
	}
	out, err := exec.Command(path, filepath.Join(p.at("exported/samples"), script), p.at("paths.jsonl"), "--images", p.at("images"), "--features").Output()
	if err != nil {
		p.t.Fatalf("%s: %v", script, err)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}
