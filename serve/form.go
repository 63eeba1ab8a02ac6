package serve

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"unicode/utf8"

	"github.com/chiasm-ml/chiasm/infer"
)

// parseForm reads one row of multipart/form-data, a part a column: files for
// images, text for the rest. A part without content is a missing value, as a
// browser sends a field that was left empty. The body is in memory, and so are its
// parts: reading ends at the first that the model does not know, or that occurs twice.
func parseForm(body []byte, boundary string, columns columns, c *claim) (infer.Row, error) {
	if boundary == "" {
		return nil, refused(http.StatusBadRequest, "the Content-Type names no boundary")
	}
	row, r := infer.Row{}, multipart.NewReader(bytes.NewReader(body), boundary)
	for {
		part, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, refused(http.StatusBadRequest, "the form cannot be read: %s", clip(err.Error()))
		}
		if err := addPart(row, part, columns, c); err != nil {
			return nil, err
		}
		if strange := len(row) - columns.among(row); strange > mostStrange {
			return nil, tooStrange(0, part.FormName())
		}
	}
	if len(row) == 0 {
		return nil, refused(http.StatusBadRequest, "the form has no fields")
	}
	return row, nil
}

// isText tells what a field says from the bytes of a picture that were sent without a
// file name: no format that is read is without bytes that no text has.
func isText(content []byte) bool {
	return utf8.Valid(content) && bytes.IndexByte(content, 0) < 0
}

func addPart(row infer.Row, part *multipart.Part, columns columns, c *claim) error {
	name := part.FormName()
	wrong := func(format string, args ...any) error {
		return refused(http.StatusBadRequest, format, args...).at(0, name)
	}
	if name == "" {
		return wrong("a part of the form has no name")
	}
	if _, twice := row[name]; twice {
		return wrong("the field occurs twice")
	}
	content, err := io.ReadAll(part)
	if err == nil {
		if err := c.hold(valueCost(len(name) + len(content))); err != nil {
			return err
		}
	}
	switch {
	case err != nil:
		return wrong("the form cannot be read: %s", clip(err.Error()))
	case len(content) == 0 && part.FileName() != "":
		return wrong("%s is an empty file", quoted(part.FileName()))
	case len(content) == 0:
		row[name] = nil
	case columns.file(name) && part.FileName() == "" && isText(content):
		file, err := decodeFile(string(content))
		if err != nil {
			return wrong("%v", err)
		}
		row[name] = file
	case columns.file(name):
		row[name] = content
	case part.FileName() != "":
		return wrong("is a file, expected a text or a number")
	case !utf8.Valid(content):
		return wrong("is not UTF-8")
	default:
		row[name] = string(content)
	}
	return nil
}
