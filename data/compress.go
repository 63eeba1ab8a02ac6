package data

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// mostUnpacked bounds what a compressed table may hold: a few kilobytes can be
// made to unpack for days.
const mostUnpacked = 16 << 30

// mostWindow bounds the memory of a zstd decoder.
const mostWindow = 128 << 20

// How compressed files begin.
const (
	gzipMagic = "\x1f\x8b"
	zstdMagic = "\x28\xb5\x2f\xfd"
)

// packing is the compression that the first bytes of a file speak of.
func packing(head string) string {
	switch {
	case strings.HasPrefix(head, gzipMagic):
		return compressionGzip
	case strings.HasPrefix(head, zstdMagic):
		return compressionZstd
	}
	return compressionNone
}

// unpack reads what a file holds. Its first bytes must say what was declared, if
// anything was.
func unpack(in *bufio.Reader, name, declared string) (io.Reader, error) {
	head, err := in.Peek(4)
	if err != nil && err != io.EOF {
		return nil, &FileError{name, err}
	}
	found := packing(string(head))
	if declared != "" && declared != found {
		return nil, &Error{File: name, Message: fmt.Sprintf("the file is not %s: its first bytes say %s", declared, found), Hint: "data.compression is " + declared + "; leave it out to go by what files are"}
	}
	var out io.Reader
	switch found {
	case compressionNone:
		return in, nil
	case compressionGzip:
		out, err = gzip.NewReader(in)
	case compressionZstd:
		out, err = zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(mostWindow), zstd.WithDecoderLowmem(true))
	}
	if err != nil {
		return nil, (&unpacking{name: name, how: found}).wrap(err)
	}
	return &unpacking{in: out, name: name, how: found, left: mostUnpacked}, nil
}

// unpacking is a compressed table, whose faults are those of the data.
type unpacking struct {
	in        io.Reader
	name, how string
	left      int64
}

func (u *unpacking) Read(p []byte) (int, error) {
	n, err := u.in.Read(p)
	if u.left -= int64(n); u.left < 0 {
		return 0, &Error{File: u.name, Message: fmt.Sprintf("the %s file holds more than %d GiB", u.how, int64(mostUnpacked)>>30), Hint: "unpack it first, if it is meant to"}
	}
	if err != nil && err != io.EOF {
		err = u.wrap(err)
	}
	return n, err
}

func (u *unpacking) wrap(err error) error {
	return &Error{File: u.name, Message: "the " + u.how + " file cannot be unpacked", Hint: "is it whole?", Err: err}
}
