package page

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/chiasm-ml/chiasm/internal/sample"
)

// serving starts the program on a model, until the test ends, and is its address.
func serving(t testing.TB, model string) string {
	t.Helper()
	cmd := exec.Command(binary, "serve", "--model", model, "--listen", "127.0.0.1:0")
	errs, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		cmd.Wait() // its error is the exit code
		if code := cmd.ProcessState.ExitCode(); code != 143 {
			t.Errorf("serve ends with %d", code)
		}
	})
	lines := bufio.NewScanner(errs)
	for lines.Scan() {
		if found := listening.FindStringSubmatch(lines.Text()); found != nil {
			go io.Copy(io.Discard, errs) // so that the server never waits for a reader
			return found[1]
		}
	}
	t.Fatal("serve ended without listening")
	return ""
}

func write(t testing.TB, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// attentive is a model whose caption and picture attend to each other, and what it
// is to say.
func attentive(t testing.TB, output string) (dir, model string) {
	t.Helper()
	dir = t.TempDir()
	if err := sample.Write(dir, 40); err != nil {
		t.Fatal(err)
	}
	c := sample.Default()
	c.Size, c.Fusion = "[8, 8]", "{type: cross_attention, dim: 4, heads: 2}"
	c.Caption, c.Output = "{type: ngrams, dim: 4}", output
	write(t, dir, "train.yaml", c.YAML())
	model = filepath.Join(dir, "run")
	if out, err := exec.Command(binary, "train", "--config", filepath.Join(dir, "train.yaml"), "--output", model).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return dir, model
}

const (
	caption  = `[data-column=caption]`
	width    = `[data-column=width]`
	maker    = `[data-column=maker]`
	upload   = `[data-column=picture]`
	said     = `document.querySelector("#said").textContent`
	answered = said + `.startsWith("kind: ")`
	noted    = `document.querySelector("#attention .map [role=status]").textContent`
)

// problem is the message beside a column's field.
func problem(column string) string {
	return fmt.Sprintf(`document.querySelector("[data-column=%s]").closest(".field").querySelector(".problem:not([hidden])")?.textContent`, column)
}

func TestPage(t *testing.T) {
	if testing.Short() {
		t.Skip("left out of short tests: it trains a model and opens a browser")
	}
	dir, model := attentive(t, sample.Default().Output)
	p := openTab(t, serving(t, model))
	p.until(`!document.querySelector("#submit").disabled`)
	step := func(name string, f func(t *testing.T)) {
		if t.Failed() {
			return // each step begins where the one before it ended
		}
		t.Run(name, func(t *testing.T) {
			p.TB = t
			f(t)
		})
		p.TB = t
	}
	step("form", func(t *testing.T) {
		for expression, want := range map[string]string{
			`document.querySelector("h1").textContent`:                                                                         "sample",
			`[...document.querySelectorAll("fieldset[data-input]")].map((f) => f.dataset.input).join()`:                        "picture,caption,facts",
			`[...document.querySelectorAll("#form :is(input, select, textarea)")].filter((c) => !c.labels.length).length + ""`: "0",
			`[...document.querySelectorAll(".leave input")].length + ""`:                                                       "3",
			`[...document.querySelector("` + maker + `").options].map((o) => o.value).join()`:                                  ",Ada,Bo,Cy",
			`performance.getEntriesByType("resource").filter((r) => !r.name.startsWith(location.origin)).length + ""`:          "0",
		} {
			if got := evaluate[string](p, expression); got != want {
				t.Errorf("%s is %q, want %q", expression, got, want)
			}
		}
	})
	step("answer", func(t *testing.T) {
		p.do(chromedp.SetUploadFiles(upload, []string{filepath.Join(dir, "images/0.png")}))
		p.until(`document.querySelector(".drop img").naturalWidth === 5`)
		p.do(chromedp.SendKeys(caption, "old boat near"), chromedp.SendKeys(width, "1.5"), fill("maker", "Bo"), chromedp.Click("#submit"))
		p.until(answered)
		bars := evaluate[string](p, `[...document.querySelectorAll("#probabilities li")].map((l) => l.innerText.replace(/\s+/g, " ").trim()).join("; ")`)
		if line := curled(t, dir, p); !like(line.Probabilities, bars) || !strings.Contains(evaluate[string](p, said), line.Prediction) {
			t.Errorf("the page shows %s and says %q, the server answers %v", bars, evaluate[string](p, said), line)
		}
	})
	step("reasons", func(t *testing.T) {
		p.until(`document.querySelector("#attention canvas")?.dataset.painted`)
		if n := evaluate[int](p, `document.querySelectorAll("#contributions .signed li").length`); n != 3 {
			t.Errorf("%d inputs contribute, want 3", n)
		}
		if got := evaluate[string](p, `[...document.querySelectorAll("#attention .tokens label")].map((l) => l.textContent).join()`); got != "all,old,boat,near" {
			t.Errorf("the words that look are %s", got)
		}
		if !evaluate[bool](p, `(() => { const c = document.querySelector("#attention canvas"); return c.getContext("2d").getImageData(0, 0, c.width, c.height).data.some((v) => v > 200); })()`) {
			t.Error("nothing is painted over the picture")
		}
		all := evaluate[string](p, noted)
		p.do(chromedp.Click(`#attention .tokens label:nth-of-type(3)`))
		boat := evaluate[string](p, noted)
		p.do(chromedp.Evaluate[chromedp.Void](`(() => { const s = document.querySelector("#attention .map select"); s.value = 1; s.dispatchEvent(new Event("change")); })()`))
		if head := evaluate[string](p, noted); all == boat || head == boat {
			t.Errorf("of all words %q, of the second %q, of its second head %q", all, boat, head)
		}
		for _, from := range []string{"picture → caption, layer 1", "facts → picture, layer 1"} {
			p.do(chooseMap(from))
			if got := evaluate[string](p, noted); !strings.HasPrefix(got, "Most on ") {
				t.Errorf("of %s it says %q", from, got)
			}
		}
		p.do(chooseMap("picture → caption, layer 1"))
		place := `document.querySelector("#attention .map div.choices select").value`
		before := evaluate[string](p, noted)
		p.do(chromedp.Click("#attention .map .chosen-from canvas"))
		if got := evaluate[string](p, place); got == "-1" || evaluate[string](p, noted) == before {
			t.Errorf("a click on the picture chooses place %s, and the words say %s", got, before)
		}
		for _, part := range []string{"canvas", ".words", ".signed"} {
			if !evaluate[bool](p, `!!document.querySelector("#attributions `+part+`")`) {
				t.Errorf("no %s among the attributions", part)
			}
		}
	})
	step("left out", func(t *testing.T) {
		p.do(chromedp.Click(`fieldset[data-input=caption] .leave input`), chromedp.Click("#submit"))
		p.until(`document.querySelector("#contributions")?.textContent.includes("Left out, and so without a say: caption.")`)
		if n := evaluate[int](p, `document.querySelectorAll("#contributions .signed li").length`); n != 2 {
			t.Errorf("%d inputs contribute, want 2", n)
		}
		if line := evaluate[string](p, `document.querySelector("#curl").textContent`); strings.Contains(line, "boat") {
			t.Errorf("what was left out is in %s", line)
		}
		p.do(chromedp.Click(`fieldset[data-input=caption] .leave input`))
	})
	step("mistakes", func(t *testing.T) {
		p.do(fill("width", "1,5"), chromedp.Click("#submit"))
		p.until(problem("width"))
		if got := evaluate[string](p, problem("width")); !strings.Contains(got, `"1,5" is not a number`) {
			t.Errorf("beside the field: %q", got)
		}
		if !evaluate[bool](p, `document.activeElement.dataset.column === "width" && document.activeElement.getAttribute("aria-invalid") === "true"`) {
			t.Error("the focus is not on the field, or it is not marked")
		}
		p.do(fill("width", "2"))
		if evaluate[bool](p, `!!`+problem("width")) {
			t.Error("the message stays after the field was changed")
		}
		write(t, dir, "no.png", "this is no picture")
		p.do(chromedp.SetUploadFiles(upload, []string{filepath.Join(dir, "no.png")}))
		p.until(`document.querySelector(".told").textContent === "no.png"`)
		p.do(chromedp.Click("#submit"))
		p.until(problem("picture"))
		if got := evaluate[string](p, problem("picture")); !strings.Contains(got, "unsupported") {
			t.Errorf("beside the picture: %q", got)
		}
		p.do(chromedp.Click("button[type=reset]"), chromedp.Click("#submit"))
		p.until(`document.querySelector("#form #problem:not([hidden])")?.textContent.includes("the row lacks every input")`)
	})
	step("keyboard", func(t *testing.T) {
		p.do(chromedp.Reload())
		p.until(`!document.querySelector("#submit").disabled`)
		p.keys(kb.Tab + " " + kb.Tab + kb.Tab) // leave the picture out; past the box that leaves the caption out
		p.keys("bird" + kb.Tab + kb.Tab + "0.5" + kb.Enter)
		p.until(answered)
		p.until(`document.querySelector("#attention .map")`)
		row := evaluate[string](p, `document.querySelector("#curl").textContent`)
		if !strings.Contains(row, "'caption=bird'") || !strings.Contains(row, "'width=0.5'") || strings.Contains(row, "picture") {
			t.Errorf("by the keyboard alone, the row became %s", row)
		}
		p.keys(strings.Repeat(kb.Tab, 6)) // height, maker, Predict, Clear, the map, its heads
		if got := evaluate[string](p, `document.activeElement.closest(".map") ? "in the map" : document.activeElement.outerHTML`); got != "in the map" {
			t.Errorf("six tabs lead to %s", got)
		}
	})
	step("drop", func(t *testing.T) {
		p.do(chromedp.Evaluate[chromedp.Void](`(async () => {
			const picture = await new Promise((done) => Object.assign(document.createElement("canvas"), { width: 30, height: 20 }).toBlob(done));
			const dropped = new DataTransfer();
			dropped.items.add(new File([picture], "it's.png", { type: "image/png" }));
			document.querySelector("fieldset[data-input=picture] .leave input").click();
			document.querySelector(".drop").dispatchEvent(new DragEvent("drop", { dataTransfer: dropped, bubbles: true, cancelable: true }));
		})()`, chromedp.EvalAwaitPromise))
		p.until(`document.querySelector(".drop img").naturalWidth === 30`)
		p.do(chromedp.Click("#submit"))
		p.until(`document.querySelector("#contributions")?.textContent.includes("picture")`)
		if got := evaluate[string](p, `document.querySelector("#curl").textContent`); !strings.Contains(got, `-F 'picture=@"it'\''s.png"'`) {
			t.Errorf("a shell would not read %s", got)
		}
	})
	step("look", func(t *testing.T) {
		background := `getComputedStyle(document.body).backgroundColor`
		p.scheme("light")
		light := evaluate[string](p, background)
		p.scheme("dark")
		if dark := evaluate[string](p, background); light != "rgb(247, 248, 249)" || dark != "rgb(16, 19, 23)" {
			t.Errorf("the background is %s, and in the dark %s", light, dark)
		}
		for _, wide := range []int64{360, 1200} {
			p.do(chromedp.EmulateViewport(wide, 740))
			if got := evaluate[int64](p, "document.documentElement.scrollWidth"); got > wide {
				t.Errorf("at a width of %d the page is %d wide", wide, got)
			}
		}
	})
	for output, want := range map[string]string{
		"{type: multilabel, column: tags}":  `^tags: (none of the labels|(big|heavy|rare)(, (heavy|rare))*)$`,
		"{type: regression, column: price}": `^price: −?[0-9.]+$`,
		"{type: binary, column: pass}":      `^pass: (yes|no), with probability (0\.[5-9]|1)[0-9.]*$`,
	} {
		step(output, func(t *testing.T) {
			_, model := attentive(t, output)
			p.do(chromedp.Navigate(serving(t, model)))
			p.until(`!document.querySelector("#submit").disabled`)
			p.do(chromedp.SendKeys(caption, "old bird"), fill("width", "-2"), chromedp.Click("#submit"))
			p.until(`document.querySelector("#attributions")`)
			if got := evaluate[string](p, said); !regexp.MustCompile(want).MatchString(got) {
				t.Errorf("it says %q", got)
			}
			if got := evaluate[string](p, `document.querySelector("#contributions").innerText`); !strings.Contains(got, "caption") || strings.Contains(got, "undefined") || strings.Contains(got, "NaN") {
				t.Errorf("contributions: %s", got)
			}
		})
	}
	p.quiet()
}

// fill puts a value into a field, as a reader's change does.
func fill(column, value string) chromedp.Action[chromedp.Void] {
	return chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`(() => {
		const c = document.querySelector("[data-column=%s]");
		c.value = %q;
		for (const event of ["input", "change"]) c.dispatchEvent(new Event(event, { bubbles: true }));
	})()`, column, value))
}

// chooseMap chooses a map of attention by its name.
func chooseMap(name string) chromedp.Action[chromedp.Void] {
	return chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`(() => {
		const s = document.querySelector("#attention select");
		s.value = [...s.options].find((o) => o.textContent === %q).value;
		s.dispatchEvent(new Event("change"));
	})()`, name))
}

// reply is a prediction as the server gives it.
type reply struct {
	Prediction    string
	Probabilities map[string]float64
}

// curled is what the line that the page shows gets from the server.
func curled(t testing.TB, dir string, p *tab) (r reply) {
	t.Helper()
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("left out: there is no curl")
	}
	line := evaluate[string](p, `document.querySelector("#curl").textContent`)
	c := exec.Command("sh", "-c", line)
	c.Dir = filepath.Join(dir, "images")
	out, err := c.Output()
	var all struct{ Predictions []reply }
	if err := json.Unmarshal(out, &all); err != nil || len(all.Predictions) != 1 {
		t.Fatalf("%s gives %s (%v)", line, out, err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return all.Predictions[0]
}

// like says whether bars show probabilities, to three digits.
func like(probabilities map[string]float64, bars string) bool {
	all := strings.Split(bars, "; ")
	for _, bar := range all {
		label, value, _ := strings.Cut(bar, " ")
		if p, ok := probabilities[label]; !ok || fmt.Sprintf("%.3f", p) != value {
			return false
		}
	}
	return len(all) == len(probabilities)
}

// The picture in the documents: scripts/page.sh.
var (
	shotModel   = flag.String("shot.model", "", "a model to take a picture of the page with")
	shotPicture = flag.String("shot.picture", "", "the file of its image input")
	shotText    = flag.String("shot.text", "", "what its text input says")
	shotToken   = flag.String("shot.token", "", "the word whose attention is shown")
	shotOutput  = flag.String("shot.output", "page.png", "the picture to write")
)

func TestScreenshot(t *testing.T) {
	if *shotModel == "" {
		t.Skip("left out: no -shot.model")
	}
	p := openTab(t, serving(t, *shotModel))
	p.do(chromedp.EmulateViewport(1160, 1500))
	p.until(`!document.querySelector("#submit").disabled`)
	p.do(chromedp.SetUploadFiles("input[type=file]", []string{*shotPicture}), chromedp.SendKeys("textarea", *shotText))
	p.until(`document.querySelector(".drop img").naturalWidth > 0`)
	p.do(chromedp.Click("#submit"))
	p.until(`document.querySelector("#attention canvas")?.dataset.painted`)
	p.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`[...document.querySelectorAll(".tokens label")].find((l) => l.textContent === %q)?.click()`, *shotToken)))
	p.do(chromedp.Evaluate[chromedp.Void](`new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))`, chromedp.EvalAwaitPromise))
	b, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	m, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	var small bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&small, m); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(*shotOutput, small.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
