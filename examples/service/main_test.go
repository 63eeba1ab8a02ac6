package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chiasm-ml/chiasm/cli"
	"github.com/chiasm-ml/chiasm/config"
)

const mostBytes = 25_000_000

// build builds the service with flags of go build.
func build(t *testing.T, flags ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "service")
	out, err := exec.Command("go", append(append([]string{"build", "-o", path}, flags...), ".")...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return path
}

// trained is a small model of one text and one number.
func trained(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	var rows strings.Builder
	rows.WriteString("word,size,kind\n")
	for i := range 60 {
		fmt.Fprintf(&rows, "%s,%d,%s\n", []string{"cat", "dog", "cow"}[i%3], i%7, []string{"small", "small", "large"}[i%3])
	}
	for name, text := range map[string]string{"data.csv": rows.String(), "train.yaml": `
name: animals
data: {path: data.csv, split: {train: 0.6, validation: 0.2, test: 0.2}}
inputs:
  word: {type: text, column: word, encoder: {type: ngrams, dim: 8}}
  facts: {type: tabular, numeric: [size], missing: mask, encoder: {type: mlp, hidden: [8]}}
fusion: {type: concat, dim: 8}
output: {type: binary, column: kind}
training: {epochs: 30, batch_size: 8, optimizer: {learning_rate: 0.01}}
`} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var out, errs bytes.Buffer
	c := cli.Command{Name: "chiasm", Registry: config.Builtin(), Out: &out, Err: &errs}
	if code := c.Run(context.Background(), "train", "--config", filepath.Join(dir, "train.yaml"), "--output", filepath.Join(dir, "run")); code != 0 {
		t.Fatalf("train ends with %d: %s", code, errs.String())
	}
	return filepath.Join(dir, "run")
}

// No loop of training, no optimizer and no command is linked.
func TestNothingThatTrainsIsLinked(t *testing.T) {
	symbols, err := exec.Command("go", "tool", "nm", build(t)).Output()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(symbols, []byte("chiasm/infer.(*Model).Predict")) {
		t.Fatal("the binary has no symbols")
	}
	code := regexp.MustCompile(`(?m)^ *[0-9a-f]+ [Tt] (github\.com/chiasm-ml/chiasm/(?:trainer\.\(\*(?:Trainer|judge)\)|trainer\.(?:Evaluate|Calibrate)|optim\.(?:New|\(\*(?:AdamW|SGD)\)\.Step)|internal/(?:ablation|compare|report)|cli)\S*)`)
	for _, found := range code.FindAllSubmatch(symbols, -1) {
		t.Errorf("%s is linked", found[1])
	}
}

func TestSizeAndFirstAnswer(t *testing.T) {
	path, model := build(t, "-trimpath", "-tags=nocharsets,nethttpomithttp2", "-ldflags=-s -w"), trained(t)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("the binary has %.1f MB", float64(info.Size())/1e6)
	if info.Size() > mostBytes {
		t.Errorf("the binary has %d bytes, at most %d are wanted", info.Size(), mostBytes)
	}
	address := free(t)
	begun := time.Now()
	cmd := exec.Command(path, "--model", model, "--listen", address)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		cmd.Process.Signal(os.Interrupt)
		if err := cmd.Wait(); err != nil {
			t.Errorf("told to stop, it ends with %v", err)
		}
	}()
	got := ask(t, address, "word", "cow", "size", "")
	t.Logf("first answer %v after the start", time.Since(begun).Round(time.Millisecond))
	var answer struct {
		Answer      string
		Probability float64
		Inputs      []string
	}
	if err := json.Unmarshal(got, &answer); err != nil || answer.Answer != "large" || answer.Probability < 0.5 || fmt.Sprint(answer.Inputs) != "[word]" {
		t.Errorf("%s (%v)", got, err)
	}
	if got := ask(t, address, "wrod", "cow"); string(got) != "row 1, field \"wrod\": the model reads no such column (did you mean \"word\"?)\n" {
		t.Errorf("%s", got)
	}
}

// free is an address that nobody listens at.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// ask sends a form, again until somebody listens.
func ask(t *testing.T, address string, fields ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for i := 0; i < len(fields); i += 2 {
		if err := w.WriteField(fields[i], fields[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	w.Close()
	for end := time.Now().Add(5 * time.Minute); ; time.Sleep(2 * time.Millisecond) {
		got, err := http.Post("http://"+address, w.FormDataContentType(), bytes.NewReader(b.Bytes()))
		if err != nil {
			if time.Now().After(end) {
				t.Fatal(err)
			}
			continue
		}
		defer got.Body.Close()
		body, err := io.ReadAll(got.Body)
		if err != nil {
			t.Fatal(err)
		}
		return body
	}
}
