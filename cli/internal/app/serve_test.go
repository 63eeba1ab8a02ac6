package app_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chiasm-ml/chiasm/cli/internal/app"
	"github.com/chiasm-ml/chiasm/internal/sample"
)

// serving runs app.Serve until stop, which gives its error.
func serving(t *testing.T, o app.ServeOptions) (url string, said func(want string), stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	lines, errs := io.Pipe()
	ended := make(chan error, 1)
	o.Listen = "127.0.0.1:0"
	go func() {
		err := app.Serve(ctx, o, app.Streams{Out: io.Discard, Err: errs})
		errs.Close()
		ended <- err
	}()
	heard := make(chan string, 1000) // the server does not wait for who reads it
	go func() {
		defer close(heard)
		for read := bufio.NewScanner(lines); read.Scan(); {
			heard <- read.Text()
		}
	}()
	line := ""
	said = func(want string) {
		t.Helper()
		select {
		case line = <-heard:
		case <-time.After(5 * time.Minute):
		}
		if !strings.Contains(line, want) {
			t.Fatalf("it says %q, want %q", line, want)
		}
	}
	said("listening on http://127.0.0.1:")
	url = regexp.MustCompile(`http://[0-9.:]+`).FindString(line)
	return url, said, func() error {
		cancel()
		return <-ended
	}
}

func post(t *testing.T, url string, body any) []byte {
	t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	got, err := http.Post(url, "application/json", bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	answer, err := io.ReadAll(got.Body)
	if err != nil || got.StatusCode != http.StatusOK {
		t.Fatalf("%s: status %d, %s (%v)", url, got.StatusCode, answer, err)
	}
	return answer
}

// request is a row of the table for the server.
func request(cells []string) map[string]any {
	row := map[string]any{}
	for j, name := range []string{sample.Picture, sample.Caption, sample.Width, sample.Height, sample.Maker} {
		row[name] = cells[j]
		if name == sample.Picture {
			row[name] = base64.StdEncoding.EncodeToString(sample.Images()[cells[j]])
		}
	}
	return row
}

// A row answered over HTTP has what predict writes for it, and is explained.
func TestServeAnswersAsPredict(t *testing.T) {
	for name, output := range map[string]string{
		"multiclass": "{type: multiclass, column: kind}", "binary": "{type: binary, column: pass}",
		"multilabel": "{type: multilabel, column: tags}", "regression": "{type: regression, column: price}",
	} {
		t.Run(name, func(t *testing.T) {
			c := sample.Default()
			c.Output = output
			w := newWorkshop(t, c)
			run, _ := w.train(t)
			reload := make(chan struct{})
			url, said, stop := serving(t, app.ServeOptions{Model: run, Reload: reload})
			written := bytes.Split(bytes.TrimSpace(w.predict(t, run, "data.csv", "", "out.jsonl")), []byte("\n"))
			var sent []any
			for i, cells := range sample.Rows(rows) {
				sent = append(sent, request(cells))
				agree(t, post(t, url+"/v1/predict", map[string]any{"rows": sent[i:]}), written[i:i+1])
				if i == 0 {
					reload <- struct{}{}
					said("loaded anew")
				}
			}
			agree(t, post(t, url+"/v1/predict", map[string]any{"rows": sent}), written)
			if got := post(t, url+"/v1/explain", map[string]any{"rows": sent[:1]}); !bytes.Contains(got, []byte(`"contributions":{`)) {
				t.Errorf("%s", got)
			}
			if err := stop(); !errors.Is(err, context.Canceled) {
				t.Errorf("stopped, it ends with %v", err)
			}
		})
	}
}

// agree holds predictions against lines of predict.
func agree(t *testing.T, got []byte, lines [][]byte) {
	t.Helper()
	var answer struct {
		Predictions []struct {
			Prediction    any
			Probabilities map[string]float32
		}
	}
	if err := json.Unmarshal(got, &answer); err != nil || len(answer.Predictions) != len(lines) {
		t.Fatalf("%s (%v)", got, err)
	}
	for i, p := range answer.Predictions {
		var line map[string]any
		if err := json.Unmarshal(lines[i], &line); err != nil {
			t.Fatal(err)
		}
		if p.Prediction != line["prediction"] {
			t.Errorf("row %d is %v, predict writes %v", i, p.Prediction, line["prediction"])
		}
		for label, v := range p.Probabilities {
			if written, ok := line["probability_"+label].(float64); !ok || v != float32(written) {
				t.Errorf("row %d, %s: %v, predict writes %v", i, label, v, line["probability_"+label])
			}
		}
	}
}
