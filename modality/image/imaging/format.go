package imaging

import "strings"

// format is a file format, detected from the first bytes of a file and never from its name.
type format string

const (
	formatPNG  format = "PNG"
	formatJPEG format = "JPEG"
	formatGIF  format = "GIF"
	formatBMP  format = "BMP"
	formatWebP format = "WebP"
	formatTIFF format = "TIFF"
)

const decodable = "PNG, JPEG, GIF, BMP, WebP or TIFF"

var signatures = []struct {
	magic  string
	format format
}{
	{"\x89PNG\r\n\x1a\n", formatPNG},
	{"\xff\xd8\xff", formatJPEG},
	{"GIF87a", formatGIF},
	{"GIF89a", formatGIF},
	{"RIFF????WEBP", formatWebP},
	{"II*\x00", formatTIFF},
	{"MM\x00*", formatTIFF},
	{"BM?????????????\x00\x00\x00", formatBMP}, // the zeros in the header's size field distinguish it from text
}

// MIME returns the media type of an image file that Load would accept, for display in a page; ""
// for anything else.
func MIME(b []byte) string {
	f, err := sniff(b)
	if err != nil {
		return ""
	}
	return "image/" + strings.ToLower(string(f))
}

// foreign lists common unsupported file types.
var foreign = []struct{ magic, what string }{
	{"????ftypavif", "AVIF image"},
	{"????ftypavis", "AVIF image"},
	{"????ftypheic", "HEIC image"},
	{"????ftypheix", "HEIC image"},
	{"????ftypmif1", "HEIC image"},
	{"????ftyp", "video"},
	{"\x00\x00\x00\x0cjP  ", "JPEG 2000 image"},
	{"\xff\x4f\xff\x51", "JPEG 2000 image"},
	{"\x00\x00\x00\x0cJXL ", "JPEG XL image"},
	{"\xff\x0a", "JPEG XL image"},
	{"\x00\x00\x01\x00", "icon (ICO)"},
	{"8BPS", "Photoshop image"},
	{"II+\x00", "BigTIFF image"},
	{"MM\x00+", "BigTIFF image"},
	{"%PDF", "PDF document"},
	{"%!PS", "PostScript document"},
	{"\x1f\x8b", "gzip file"},
	{"PK\x03\x04", "zip file"},
	{"version https://git-lfs", "pointer of Git LFS"},
}

// sniff returns the format of b, or an error that states what b is instead.
func sniff(b []byte) (format, *Error) {
	if len(b) == 0 {
		return "", &Error{Kind: Empty, What: "image", Why: "the file has no bytes", Hint: "copy it again, or leave the cell empty"}
	}
	for _, s := range signatures {
		if matches(b, s.magic) {
			return s.format, nil
		}
	}
	if what := foreignName(b); what != "" {
		return "", &Error{Kind: Unsupported, What: what, Why: "this format is not supported", Hint: "convert it to " + decodable}
	}
	for _, s := range signatures {
		if len(b) < len(s.magic) && matches(b, s.magic[:len(b)]) {
			return "", damaged(s.format, "the file ends inside its signature", nil)
		}
	}
	return "", &Error{Kind: Unsupported, What: "image", Why: "its first bytes match no known format", Hint: "expected " + decodable}
}

// matches reports whether b starts with magic, in which ? matches any byte.
func matches(b []byte, magic string) bool {
	if len(b) < len(magic) {
		return false
	}
	for i := range len(magic) {
		if magic[i] != '?' && magic[i] != b[i] {
			return false
		}
	}
	return true
}

func foreignName(b []byte) string {
	for _, f := range foreign {
		if matches(b, f.magic) {
			return f.what
		}
	}
	text := strings.ToLower(string(b[:min(len(b), 1024)]))
	text = strings.TrimLeft(strings.TrimPrefix(text, "\ufeff"), " \t\r\n")
	switch {
	case strings.HasPrefix(text, "<!doctype html"), strings.HasPrefix(text, "<html"):
		return "HTML page"
	case strings.HasPrefix(text, "<") && strings.Contains(text, "<svg"):
		return "SVG drawing"
	}
	return ""
}

func damaged(f format, why string, err error) *Error {
	return &Error{Kind: Damaged, What: string(f) + " image", Why: why, Hint: "copy or export the file again", Err: err}
}
