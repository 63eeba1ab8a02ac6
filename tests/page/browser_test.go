package page

import (
	"context"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// tab is a page in a headless Chromium.
type tab struct {
	testing.TB
	ctx context.Context

	mu     sync.Mutex
	errors []string // of the console, and of the browser about the page
}

// patience is the longest that a step may take, on a machine with much else to do.
const patience = 5 * time.Minute

// openTab opens a page; the test is skipped where there is no Chromium.
func openTab(t testing.TB, url string) *tab {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("left out: there is no Chromium to open the page with")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox)
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	p := &tab{TB: t, ctx: ctx}
	if err := chromedp.Do(ctx); err != nil { // starts the browser, with the context that it lives by
		t.Fatal(err)
	}
	heard := make(chan struct{})
	go func() {
		close(heard)
		for m, err := range chromedp.Console(ctx) {
			if err != nil {
				return
			}
			if m.Type == chromedp.ConsoleError || m.IsException() {
				p.mu.Lock()
				p.errors = append(p.errors, m.Source+": "+m.Text)
				p.mu.Unlock()
			}
		}
	}()
	<-heard
	p.do(chromedp.EmulateViewport(1200, 900), chromedp.Navigate(url))
	return p
}

// do takes steps, and fails the test where one does not end.
func (p *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	p.Helper()
	for i, step := range steps {
		ctx, cancel := context.WithTimeout(p.ctx, patience)
		err := chromedp.Do(ctx, step)
		cancel()
		if err != nil {
			p.Fatalf("step %d: %v; the page says: %s", i+1, err, evaluate[string](p, "document.body.innerText"))
		}
	}
}

// until waits for an expression to hold.
func (p *tab) until(expression string) {
	p.Helper()
	p.do(chromedp.Steps(func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Poll[bool]("!!("+expression+")", chromedp.WithPollingInterval(20*time.Millisecond), chromedp.WithPollingTimeout(patience))(ctx, t)
		return chromedp.Void{}, err
	}))
}

// keys presses keys, wherever the focus is.
func (p *tab) keys(keys string) {
	p.Helper()
	p.do(chromedp.KeyEvent(keys))
}

// evaluate is the value of an expression.
func evaluate[T any](p *tab, expression string) T {
	p.Helper()
	v, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		p.Fatalf("%s: %v", expression, err)
	}
	return v
}

// scheme sets whether the reader prefers light or dark.
func (p *tab) scheme(name string) {
	p.Helper()
	_, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}},
	})
	if err != nil {
		p.Fatal(err)
	}
}

// quiet fails the test if the console had an error, but for the refused requests
// that the browser itself reports.
func (p *tab) quiet() {
	p.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range p.errors {
		if !strings.Contains(e, "status of 422") {
			p.Errorf("the console says %s", e)
		}
	}
}
