package serve_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/infer"
	"github.com/chiasm-ml/chiasm/internal/sample"
	"github.com/chiasm-ml/chiasm/serve"
)

func body(t *testing.T, r *http.Request) (status int, text string) {
	t.Helper()
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(b)
}

// A client hears which of its cells were not used, and /metrics counts them.
func TestF2_ServeTellsOfUnusedCells(t *testing.T) {
	dir, _, _ := trained(t, strings.Replace(sample.Default().YAML(), "max_tokens: 5", "max_tokens: 32", 1))
	_, url := start(t, dir, serve.Options{})
	whole := -1
	for i := range cells {
		full := true
		for _, cell := range cells[i][:len(columns)] {
			full = full && cell != ""
		}
		if full {
			whole = i
			break
		}
	}
	if whole < 0 {
		t.Fatal("no row of the sample has every cell")
	}
	if status, text := body(t, asJSON(t, url, whole)); status != 200 || strings.Contains(text, "unused") {
		t.Errorf("a whole row: %d %s", status, text)
	}
	strange := row(whole)
	strange[sample.Maker], strange[sample.Caption] = "nobody", nil
	b, err := json.Marshal(object{"rows": []object{strange}})
	if err != nil {
		t.Fatal(err)
	}
	const want = `"unused":[{"column":"` + sample.Maker + `","reason":"unknown"}]`
	if status, text := body(t, post(t, url+"/v1/predict", "application/json", b)); status != 200 || !strings.Contains(text, want) || !json.Valid([]byte(text)) {
		t.Errorf("%d %s, want %s", status, text, want)
	}
	r, err := http.NewRequest(http.MethodGet, url+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		`chiasm_unused_cells_total{column="` + sample.Caption + `",reason="masked"} 1`,
		`chiasm_unused_cells_total{column="` + sample.Maker + `",reason="unknown"} 1`,
	} {
		if _, text := body(t, r); !strings.Contains(text, line) {
			t.Errorf("%s\nlacks %s", text, line)
		}
	}

	_, strict := start(t, dir, serve.Options{Load: func(ctx context.Context) (*infer.Model, error) {
		return infer.Load(ctx, dir, infer.Options{Strict: true})
	}})
	if status, text := body(t, asJSON(t, strict, whole)); status != 200 {
		t.Errorf("strict, a whole row: %d %s", status, text)
	}
	delete(strange, sample.Caption)
	strange[sample.Caption] = row(whole)[sample.Caption]
	b, _ = json.Marshal(object{"rows": []object{row(whole), strange}})
	status, text := body(t, post(t, strict+"/v1/predict", "application/json", b))
	if want := `{"error":{"row":1,"field":"` + sample.Maker + `","message":"is no category that the model knows`; status != 422 || !strings.HasPrefix(text, want) {
		t.Errorf("strict: %d %s, want %s", status, text, want)
	}
}
