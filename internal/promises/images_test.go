//go:build unix

package promises_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/chiasm-ml/chiasm/modality/image/imaging"
)

// picturesOf are the image files that package imaging is held to Pillow with.
func picturesOf(t *testing.T) map[string][]byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "modality", "image", "imaging", "testdata", "pillow.json"))
	if err != nil {
		t.Fatal(err)
	}
	var p struct {
		Files []struct {
			Name string
			Data []byte
		}
		Animated []byte `json:"animated_webp"`
	}
	if err := json.Unmarshal(b, &p); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{"webp animated": p.Animated}
	for _, f := range p.Files {
		files[f.Name] = f.Data
	}
	return files
}

// encode is a picture as a PNG.
func encode(t *testing.T, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestImages is D7: each file is decoded, an error that names row, file and
// reason, or masked where the config says so.
func TestImages(t *testing.T) {
	files := picturesOf(t)
	file := func(b []byte) func(p *place) { return func(p *place) { p.image(training, b) } }
	named := func(name string) func(p *place) {
		if files[name] == nil {
			t.Fatalf("no picture %q", name)
		}
		return file(files[name])
	}
	wrong := func(words ...string) outcomeOf { return refused(3, append(words, at(training), `"picture"`)...) }
	inputs := []input{
		{"missing file", cell(training, picture, "none.png"), wrong("none.png", "no such file")},
		{"missing file under mask", func(p *place) { p.masks("picture"); p.set(training, picture, "none.png") }, accepted(counts("picture", "no file", 1))},
		{"damaged file under mask", func(p *place) { p.masks("picture"); p.image(training, []byte("\x89PNG")) }, wrong("PNG", "damaged")},
		{"empty cell", cell(training, picture, ""), wrong("empty", "mask")},
		{"folder", func(p *place) {
			p.set(training, picture, "sub")
			if err := os.Mkdir(p.at("images/sub"), 0o755); err != nil {
				p.t.Fatal(err)
			}
		}, wrong("sub", "folder")},
		{"0 bytes", file(nil), wrong("no bytes")},
		{"PNG named .jpg", func(p *place) { p.set(training, picture, "0.jpg"); p.write("images/0.jpg", p.read("images/0.png")) }, accepted()},
		{"text named .png", file([]byte("hello")), wrong("no known format", "PNG")},
		{"CMYK JPEG", named("jpeg cmyk"), accepted()},
		{"progressive JPEG", named("jpeg 422 progressive"), accepted()},
		{"grey JPEG", named("jpeg grey"), accepted()},
		{"EXIF, upside down", named("jpeg exif 3"), accepted()},
		{"EXIF, on its side", named("jpeg exif 6"), accepted()},
		{"16-bit PNG", named("png grey 16"), accepted()},
		{"palette", named("png palette"), accepted()},
		{"palette with opacity", named("png palette transparent"), accepted()},
		{"opacity", named("png alpha"), accepted()},
		{"1 bit", named("png 1 bit"), accepted()},
		{"interlaced", file(interlaced(t, image.NewNRGBA(image.Rect(0, 0, 20, 20)))), accepted()},
		{"1 × 1", file(encode(t, image.NewNRGBA(image.Rect(0, 0, 1, 1)))), accepted()},
		{"1 × 20000", file(encode(t, image.NewNRGBA(image.Rect(0, 0, 1, 20000)))), accepted()},
		{"20000 × 1", file(encode(t, image.NewNRGBA(image.Rect(0, 0, 20000, 1)))), accepted()},
		{"GIF", named("gif"), accepted()},
		{"WebP", named("webp lossy alpha"), accepted()},
		{"animated WebP", named("webp animated"), wrong("WebP", "PNG")},
		{"TIFF", named("tiff deflate alpha"), accepted()},
		{"SVG", file([]byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`)), wrong("SVG", "convert it to PNG")},
		{"HTML page", file([]byte("<!DOCTYPE html><title>404</title>")), wrong("HTML page")},
		{"pointer of Git LFS", file([]byte("version https://git-lfs.github.com/spec/v1\n")), wrong("Git LFS")},
	}
	for _, name := range []string{"jpeg 420", "png rgb"} {
		b := files[name]
		kind := strings.ToUpper(strings.Fields(name)[0])
		for percent := 10; percent <= 100; percent += 10 {
			part := b[:len(b)*percent/100]
			if percent == 100 {
				part = b[:len(b)-1]
			}
			inputs = append(inputs, input{fmt.Sprintf("truncated %s at %d %%", kind, percent), file(part), wrong(kind, "damaged")})
		}
	}
	suite(t, "D7", inputs)
}

// interlaced is a picture as an Adam7 PNG, which Go only reads.
func interlaced(t *testing.T, m *image.NRGBA) []byte {
	var raw []byte
	for _, p := range [][4]int{{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}} {
		for y := p[1]; y < m.Rect.Dy(); y += p[3] {
			raw = append(raw, 0) // no filter
			for x := p[0]; x < m.Rect.Dx(); x += p[2] {
				raw = append(raw, m.Pix[m.PixOffset(x, y):][:4]...)
			}
		}
	}
	return pngOf(m.Rect.Dx(), m.Rect.Dy(), 8, 6, 1, chunk("IDAT", deflate(t, bytes.NewReader(raw))))
}

// pngOf is a PNG of the given header and chunks; without chunks it ends there.
func pngOf(w, h int, depth, colour, interlace byte, chunks ...[]byte) []byte {
	header := binary.BigEndian.AppendUint32(nil, uint32(w))
	header = binary.BigEndian.AppendUint32(header, uint32(h))
	b := append([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", append(header, depth, colour, 0, 0, interlace))...)
	for _, c := range chunks {
		b = append(b, c...)
	}
	if len(chunks) > 0 {
		b = append(b, chunk("IEND", nil)...)
	}
	return b
}

func chunk(name string, body []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	b = append(append(b, name...), body...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// TestBombs is D8: small files that claim to be large. None may cost more than
// 256 MiB over a training on good pictures, measured on the program itself.
func TestBombs(t *testing.T) {
	const most = 256 << 20
	binary := build(t)
	idle := 0
	grows := func(outcome func(t *testing.T, o outcome)) outcomeOf {
		return func(t *testing.T, p *place) {
			t.Helper()
			p.save()
			o, used := p.measure(binary)
			outcome(t, o)
			t.Logf("%d MiB more than the %d for good pictures", (used-idle)>>20, idle>>20)
			if used-idle > most {
				t.Errorf("more than %d", most>>20)
			}
		}
	}
	good := func(t *testing.T, o outcome) {
		t.Helper()
		if o.code != 0 {
			t.Errorf("exit code %d: %s", o.code, o.errs)
		}
	}
	bad := func(words ...string) func(t *testing.T, o outcome) {
		return func(t *testing.T, o outcome) {
			t.Helper()
			newPlace(t).refused(t, o, 3, 1, append(words, at(training))...)
		}
	}
	p := newPlace(t)
	p.save()
	o, used := p.measure(binary)
	good(t, o)
	idle = used

	text := chunk("zTXt", append([]byte("Comment\x00\x00"), deflate(t, zeros(64<<20))...))
	grey := func(w, h int, more ...[]byte) []byte {
		return pngOf(w, h, 8, 0, 0, append(more, chunk("IDAT", deflate(t, zeros(h*(1+w)))))...)
	}
	file := func(b []byte) func(p *place) { return func(p *place) { p.image(training, b) } }
	suite(t, "D8", []input{
		{"PNG of 40000 × 40000 in 47 bytes", file(append(pngOf(40000, 40000, 8, 6, 0), "\x00\x00\x00\x00IDAT5\xaf\x06\x1e"...)[:47]), grows(bad("40000 × 40000 pixels", "64000000"))},
		{"64 million pixels", file(grey(8000, 8000)), grows(good)},
		{"64 million pixels and a row", file(grey(8000, 8001)), grows(bad("8000 × 8001 pixels", "64000000"))},
		{"64 million pixels less a row", file(grey(8000, 7999)), grows(good)},
		{"64 million pixels of 16 bits", file(pngOf(8000, 8000, 16, 6, 0)), grows(bad("MiB"))},
		{"64 million pixels in 33 bytes", file(pngOf(8000, 8000, 8, 0, 0)), grows(bad("cannot hold"))},
		{"GIF of 100,000 frames", file(frames(t, 100_000)), grows(good)},
		{"GIF of 65535 × 65535", file([]byte("GIF89a\xff\xff\xff\xff\x00\x00\x00")), grows(bad("65535"))},
		{"zTXt of 64 MiB", file(grey(2, 2, text)), grows(good)},
		{"more data than pixels", file(pngOf(2, 2, 8, 0, 0, chunk("IDAT", deflate(t, zeros(64<<20))))), grows(func(t *testing.T, o outcome) {
			if o.code != 0 && o.code != 3 {
				t.Errorf("exit code %d: %s", o.code, o.errs)
			}
		})},
		{"JPEG of 65500 × 65500", file(append([]byte{0xff, 0xd8, 0xff, 0xc0, 0, 17, 8, 0xff, 0xdc, 0xff, 0xdc}, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 0xff, 0xda, 0, 2)), grows(bad("65500"))},
		{"a file of 1 TiB", func(p *place) {
			p.image(training, nil)
			if err := os.Truncate(p.at("images/it"), 1<<40); err != nil {
				p.t.Skip(err)
			}
		}, grows(bad("1099511627776 bytes", "33554432"))},
	})
	if imaging.MaxPixels != 64_000_000 || imaging.MaxFileBytes != 32<<20 {
		t.Error("the limits are not those of the page")
	}
}

// frames is a GIF of many.
func frames(t *testing.T, n int) []byte {
	frame := image.NewPaletted(image.Rect(0, 0, 1, 1), color.Palette{color.Black, color.White})
	var one, two bytes.Buffer
	for b, frames := range map[*bytes.Buffer][]*image.Paletted{&one: {frame}, &two: {frame, frame}} {
		if err := gif.EncodeAll(b, &gif.GIF{Image: frames, Delay: make([]int, len(frames))}); err != nil {
			t.Fatal(err)
		}
	}
	second := two.Bytes()[len(one.Bytes())-1 : two.Len()-1]
	return append(append(bytes.Clone(two.Bytes()[:two.Len()-1]), bytes.Repeat(second, n-2)...), ';')
}

// TestPaths is D9: nothing outside the folder of images is opened, and nothing
// that is no file.
func TestPaths(t *testing.T) {
	link := func(to string) func(p *place) {
		return func(p *place) {
			p.set(training, picture, "link")
			if err := os.Symlink(to, p.at("images/link")); err != nil {
				p.t.Fatal(err)
			}
		}
	}
	outside := func(name string) func(p *place) {
		return func(p *place) {
			p.write("outside.png", p.read("images/0.png"))
			p.set(training, picture, name)
		}
	}
	wrong := func(words ...string) outcomeOf { return refused(3, append(words, at(training), `"picture"`)...) }
	const inside = "only files inside the files folder"
	suite(t, "D9", []input{
		{"..", outside("../outside.png"), wrong("outside.png", inside)},
		{".. behind a folder that is not there", outside("sub/../../outside.png"), wrong("outside.png")},
		{"absolute", func(p *place) { p.set(training, picture, p.at("images/0.png")) }, accepted()},
		{"absolute, outside", func(p *place) { p.set(training, picture, p.at("data.csv")) }, wrong("data.csv", inside)},
		{"/etc/passwd", cell(training, picture, "/etc/passwd"), wrong("/etc/passwd", inside)},
		{"link to a file outside", func(p *place) { outside("link")(p); link("../outside.png")(p) }, wrong("link", inside)},
		{"link to a folder outside", func(p *place) { link("..")(p); p.set(training, picture, "link/images/0.png") }, wrong("link/images/0.png", inside)},
		{"link to /dev/zero", link("/dev/zero"), wrong("link", inside)},
		{"link to itself", link("link"), wrong("link", "too many levels")},
		{"link to a file inside", link("0.png"), accepted()},
		{"NUL", cell(training, picture, "0.png\x00.jpg"), wrong("NUL")},
		{"pipe", func(p *place) {
			p.set(training, picture, "pipe")
			if err := syscall.Mkfifo(p.at("images/pipe"), 0o644); err != nil {
				p.t.Fatal(err)
			}
		}, wrong("pipe", "regular file")},
		{"/dev/zero", cell(training, picture, "/dev/zero"), wrong("/dev/zero", inside)},
		{"the folder", cell(training, picture, "."), wrong("folder")},
		{"a name of 10 kB", cell(training, picture, strings.Repeat("x", 10_000)), wrong("too long", "10000 bytes")},
		{"escape codes", cell(training, picture, "\x1b[31mred.png"), wrong(`\x1b[31mred.png`)},
	})
}
