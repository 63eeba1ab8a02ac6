//go:build unix

package main_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// SIGTERM under load ends the server with 143 after all that it accepted is
// answered, SIGHUP loads the model anew.
func TestServeUnderSignals(t *testing.T) {
	dir := t.TempDir()
	var rows strings.Builder
	rows.WriteString("x,y\n")
	for i := range 40 {
		fmt.Fprintf(&rows, "%d,%d\n", i, i*i)
	}
	for name, text := range map[string]string{"data.csv": rows.String(), "train.yaml": strings.Replace(config, "1000000", "2", 1)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	train := exec.Command(binary, "train", "--config", "train.yaml", "--output", "run")
	train.Dir = dir
	if out, err := train.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for signal, want := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143} {
		cmd := exec.Command(binary, "serve", "--model", "run", "--listen", "127.0.0.1:0")
		cmd.Dir = dir
		errs, err := cmd.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(errs)
		lines.Scan()
		url := listeningAt(lines.Text())
		var wg sync.WaitGroup
		begun := make(chan struct{}, 1<<20)
		for range 8 {
			wg.Go(func() { ask(t, url, begun) })
		}
		for range 200 {
			<-begun
		}
		send := func(s syscall.Signal, says string) {
			t.Helper()
			if err := cmd.Process.Signal(s); err != nil {
				t.Fatal(err)
			}
			if !lines.Scan() || !strings.Contains(lines.Text(), says) {
				t.Errorf("after %v it says %q, want %q", s, lines.Text(), says)
			}
		}
		send(syscall.SIGHUP, "loaded anew")
		send(signal, "finishing what was accepted")
		wg.Wait()
		cmd.Wait() // its error is the exit code
		if code := cmd.ProcessState.ExitCode(); code != want {
			t.Errorf("after %v it ends with %d, want %d", signal, code, want)
		}
	}
}

// listeningAt is the URL in the line of the log that says where serve listens.
func listeningAt(line string) string {
	found := regexp.MustCompile(`listening on (http://[0-9.:]+)`).FindStringSubmatch(line)
	if found == nil {
		return ""
	}
	return found[1]
}

// ask asks until nobody listens. What began to be answered is answered whole.
func ask(t *testing.T, url string, begun chan<- struct{}) {
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for {
		got, err := client.Post(url+"/v1/predict", "application/json", strings.NewReader(`{"rows":[{"x":3}]}`))
		if err != nil {
			return
		}
		body, err := io.ReadAll(got.Body)
		got.Body.Close()
		if err != nil || got.StatusCode != http.StatusOK || !strings.HasSuffix(string(body), "]}\n") {
			t.Errorf("status %d, %q (%v)", got.StatusCode, body, err)
			return
		}
		begun <- struct{}{}
	}
}
