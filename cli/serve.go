package cli

import (
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/chiasm-ml/chiasm/cli/internal/app"
	"github.com/chiasm-ml/chiasm/config"
)

func serve(reg *config.Registry, streams streamsOf) *cobra.Command {
	o := app.ServeOptions{Registry: reg}
	cmd := &cobra.Command{
		Use:   "serve --model PATH [--listen 127.0.0.1:8080]",
		Short: "Answer over HTTP with a model",
		Long: `Answer over HTTP with a trained model: rows in JSON or as a form, with images as
base64 or files. /openapi.json describes it, / is a page for people, /metrics is
for Prometheus. Answers equal those of predict.

Requests must name the server as it is called (--host), and pages of other origins
are refused (--allow-origin). There is no encryption: a proxy has that.

SIGHUP loads the model anew; one that cannot be loaded leaves the old one in its
place. ^C and SIGTERM finish what was accepted and end with 130 and 143.`,
		Example: `  chiasm serve --model runs/clipart
  curl -F 'title=a red fish' -F 'image=@fish.png' http://127.0.0.1:8080/v1/predict`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			reload, stop := hangups()
			defer stop()
			o.Reload = reload
			return app.Serve(cmd.Context(), o, streams(cmd))
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.Model, "model", "", "a run folder, its model/, or a checkpoint")
	f.StringVar(&o.Listen, "listen", "127.0.0.1:8080", "the address; of port 0 a free one is chosen and printed")
	thresholdFlag(f, &o.Thresholds)
	f.BoolVar(&o.Strict, "strict", false, "answer 422 to a row of which a cell is not used as it stands: empty, an unknown category, a text cut short")
	f.Var((*byteCount)(&o.Limits.Memory), "memory", "what all requests may take together, as 512MiB or 2GiB; more wait, or are answered 503 (default a quarter of what the machine or its control group has)")
	f.Int64Var(&o.Limits.MaxBody, "max-body", 16<<20, "bytes of a request at most, decompressed")
	f.IntVar(&o.Limits.InFlight, "max-requests", 256, "predictions that may be under way; more are answered 429 at once")
	f.IntVar(&o.Limits.Explains, "max-explains", 16, "explanations that may be under way or wait for their turn, beside predictions")
	f.IntVar(&o.Limits.Connections, "max-connections", 0, "connections that may be open; for one more, the one is closed that has waited the longest for its client (default one for every MiB of --memory, 16384 at most)")
	f.DurationVar(&o.Limits.Timeout, "timeout", 0, "for a request, from its first byte to its answer (default 30s)")
	f.DurationVar(&o.Limits.BatchWait, "batch-wait", 0, "the longest wait for rows of other requests; negative for none (default 2ms)")
	f.IntVar(&o.Limits.Workers, "workers", 0, "batches computed at a time (default one a core)")
	f.StringVar(&o.LogFormat, "log-format", "text", "of the log on standard error, a line an event: text or json")
	f.StringArrayVar(&o.Limits.Hosts, "host", nil, "a name by which clients reach the server, beside localhost and its address; may be repeated")
	f.StringArrayVar(&o.Limits.AllowOrigins, "allow-origin", nil, "an origin, as https://app.example.org, whose pages may use the server from a browser; may be repeated, * is any")
	f.StringVar(&o.Limits.TokenFile, "token-file", "", "a file with a token that clients must send: Authorization: Bearer …; SIGHUP reads it anew")
	require(cmd, "model")
	return cmd
}

// hangups is SIGHUP as requests to load the model anew; several before the
// first is met are one.
func hangups() (reload <-chan struct{}, stop func()) {
	signals, asked, done := make(chan os.Signal, 1), make(chan struct{}), make(chan struct{})
	signal.Notify(signals, syscall.SIGHUP)
	go func() {
		for {
			select {
			case <-signals:
			case <-done:
				return
			}
			select {
			case asked <- struct{}{}:
			case <-done:
				return
			}
		}
	}()
	return asked, func() {
		signal.Stop(signals)
		close(done)
	}
}
