package serve_test

import (
	"bytes"
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

// A server of several outputs answers by their names, as its documents say.
func TestServeSeveralOutputs(t *testing.T) {
	c := sample.Default()
	c.Outputs = "{kind: {type: multiclass, column: kind}, price: {type: regression, column: price}}"
	dir, _, _ := trained(t, c.YAML())
	_, url := start(t, dir, serve.Options{})
	body, err := json.Marshal(map[string]any{"rows": []any{map[string]any{sample.Caption: "small old"}, map[string]any{sample.Width: "x"}}, "on_error": "skip"})
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Predictions []*struct {
			Outputs map[string]struct {
				Prediction    any
				Probabilities map[string]float64
			}
			Present []string
		}
		Errors []any
	}
	ask := func(method, path string, body []byte, to any) int {
		t.Helper()
		request, err := http.NewRequest(method, url+path, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		got, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer got.Body.Close()
		text, err := io.ReadAll(got.Body)
		if err == nil {
			err = json.Unmarshal(text, to)
		}
		if err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		return got.StatusCode
	}
	if status := ask("POST", "/v1/predict", body, &answer); status != 200 || len(answer.Predictions) != 2 || answer.Predictions[1] != nil || len(answer.Errors) != 1 {
		t.Fatalf("%d: %+v", status, answer)
	}
	p := answer.Predictions[0]
	if _, number := p.Outputs["price"].Prediction.(float64); !number || len(p.Outputs) != 2 || len(p.Outputs["kind"].Probabilities) != 3 || p.Outputs["price"].Probabilities != nil {
		t.Errorf("answered %+v", p)
	}
	if _, label := p.Outputs["kind"].Prediction.(string); !label {
		t.Errorf("answered %+v", p)
	}
	var about struct {
		Output  any
		Outputs []struct{ Name, Type, Column string }
	}
	ask("GET", "/v1/model", nil, &about)
	if about.Output != nil || len(about.Outputs) != 2 || about.Outputs[1].Name != "price" || about.Outputs[1].Type != "regression" {
		t.Errorf("/v1/model says %+v", about)
	}
	var api struct {
		Components struct {
			Schemas struct {
				Predictions struct {
					Properties struct {
						Predictions struct {
							Items struct {
								Required   []string
								Properties struct {
									Outputs struct{ Required []string }
								}
							}
						}
					}
				}
			}
		}
	}
	ask("GET", "/openapi.json", nil, &api)
	if items := api.Components.Schemas.Predictions.Properties.Predictions.Items; len(items.Properties.Outputs.Required) != 2 || len(items.Required) != 2 {
		t.Errorf("the schema says %+v", items)
	}
}

// namedExplainer says which output it explains.
type namedExplainer string

func (n namedExplainer) Explain(context.Context, infer.Row) (any, error) { return string(n), nil }

func (n namedExplainer) Answering(output string) serve.Explainer { return namedExplainer(output) }

// The output to explain is named by the query; an unknown name is refused.
func TestServeExplainsAnOutput(t *testing.T) {
	c := sample.Default()
	c.Outputs = "{kind: {type: multiclass, column: kind}, price: {type: regression, column: price}}"
	dir, _, _ := trained(t, c.YAML())
	_, url := start(t, dir, serve.Options{Explainer: func(*infer.Model) (serve.Explainer, error) { return namedExplainer("first"), nil }})
	for query, want := range map[string]string{
		"": `{"explanations":["first"]}`, "?output=price": `{"explanations":["price"]}`,
		"?output=prize":             `{"error":{"row":null,"field":"output","message":"the model has no output \"prize\", it has kind, price"}}`,
		"?output=kind&output=price": `{"error":{"row":null,"field":"output","message":"is named 2 times, and one output is explained at a time"}}`,
	} {
		got, err := http.Post(url+"/v1/explain"+query, "application/json", strings.NewReader(`{"rows":[{"caption":"old"}]}`))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(got.Body)
		got.Body.Close()
		if err != nil || strings.TrimSpace(string(text)) != want {
			t.Errorf("%q is answered by %s (%v), want %s", query, text, err, want)
		}
	}
}
