// Command service is a small HTTP service around a trained model: package infer
// and the standard library, nothing that trains. A form's fields are the row, its
// answer one line of JSON:
//
//	curl -F 'title=a red fish' -F 'image=@fish.png' http://127.0.0.1:8090/
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"log"
	"net/http"
	"os/signal"
	"syscall"
	"time"

	"github.com/chiasm-ml/chiasm/infer"
)

func main() {
	model := flag.String("model", "", "a run folder, its model/, or a checkpoint")
	listen := flag.String("listen", "127.0.0.1:8090", "the address")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *model, *listen); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, model, listen string) error {
	m, err := infer.Load(ctx, model, infer.Options{})
	if err != nil {
		return err
	}
	s := &http.Server{Addr: listen, Handler: answer(m), ReadTimeout: 10 * time.Second}
	go func() {
		<-ctx.Done()
		s.Shutdown(context.Background()) // ListenAndServe then returns
	}()
	if err := s.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

const most = 8 << 20 // bytes of a request

// answer answers a row with its label, and the label's probability.
func answer(m *infer.Model) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, most)
		row, err := read(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		p, err := m.Predict(r.Context(), []infer.Row{row})
		var bad *infer.Error
		switch {
		case errors.As(err, &bad):
			http.Error(w, err.Error(), http.StatusUnprocessableEntity)
			return
		case err != nil:
			http.Error(w, "internal fault", http.StatusInternalServerError)
			return
		}
		out := map[string]any{"answer": p[0].Value, "inputs": p[0].Present}
		for i, label := range m.Labels() {
			if label == p[0].Value {
				out["probability"] = p[0].Probabilities[i]
			}
		}
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(out) // a client that is gone reads no error
	})
}

// read makes a row of a form: files are bytes, an empty field is missing.
func read(r *http.Request) (infer.Row, error) {
	form, err := r.MultipartReader()
	if err != nil {
		return nil, err
	}
	row := infer.Row{}
	for {
		part, err := form.NextPart()
		if err == io.EOF {
			return row, nil
		}
		if err != nil {
			return nil, err
		}
		b, err := io.ReadAll(part)
		switch {
		case err != nil:
			return nil, err
		case len(b) == 0:
			row[part.FormName()] = nil
		case part.FileName() != "":
			row[part.FormName()] = b
		default:
			row[part.FormName()] = string(b)
		}
	}
}
