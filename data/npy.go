package data

import (
	"encoding/binary"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// arrayName is a cell that names a file of an array.
var arrayName = regexp.MustCompile(`(?i)\.npy$`)

// IsArrayFile says whether a cell of a list of numbers names a .npy file.
func IsArrayFile(cell string) bool { return arrayName.MatchString(strings.TrimSpace(cell)) }

// mostNPYHeader bounds the header of a .npy file, which is text; NumPy refuses longer ones
// too.
const mostNPYHeader = 10_000

// npyHeader is the one form that NumPy writes, whatever its version.
var npyHeader = regexp.MustCompile(`^\{'descr': '([<>|=]?)([fiu])([1248])', 'fortran_order': (True|False), 'shape': \(((?:[0-9]{1,18}, ?)*)([0-9]{0,18}),?\), ?\}[ ]*\n?$`)

// ReadNPY reads an array as NumPy's save writes it (.npy of the versions 1 to 3): its
// numbers in C order, and its shape. It takes floats of 4 and 8 bytes and integers of 1 to
// 8, all little-endian. What follows the array, an array in Fortran order of more than one
// axis, numbers that float32 cannot hold and other types are errors. No more memory is
// taken than for the numbers that the file has.
func ReadNPY(b []byte) (values []float64, shape []int, err error) {
	header, rest, err := cutNPYHeader(b)
	if err != nil {
		return nil, nil, err
	}
	h := npyHeader.FindStringSubmatch(header)
	if h == nil {
		return nil, nil, npyError("its header %s is not that of an array of numbers", show(strings.TrimSpace(header)))
	}
	size, _ := strconv.Atoi(h[3])
	kind := h[2] + h[3]
	switch {
	case h[1] == ">" && size > 1:
		return nil, nil, npyError("its numbers are big-endian; save it as .astype('<f4')")
	case h[2] == "f" && size < 4:
		return nil, nil, npyError("its numbers are of type %s; save it as .astype('<f4')", kind)
	}
	n := 1
	for d := range strings.FieldsFuncSeq(h[5]+h[6], func(r rune) bool { return r == ',' || r == ' ' }) {
		v, err := strconv.Atoi(d)
		if err != nil || v > MostNumbers || n*v > MostNumbers {
			return nil, nil, npyError("its shape (%s) has more than %d numbers", h[5]+h[6], MostNumbers)
		}
		shape, n = append(shape, v), n*v
	}
	if h[4] == "True" && len(shape) > 1 {
		return nil, nil, npyError("it is in Fortran order; save it with numpy.ascontiguousarray")
	}
	if len(rest) != n*size {
		return nil, nil, npyError("it has %d bytes behind its header, expected %d for %d numbers of type %s", len(rest), n*size, n, kind)
	}
	values = make([]float64, n)
	for i := range values {
		v := npyNumber(kind, rest[i*size:])
		if math.IsNaN(v) || math.Abs(v) > math.MaxFloat32 {
			return nil, nil, npyError("number %d is %g, which is not finite or beyond 3.4e38", i+1, v)
		}
		values[i] = v
	}
	return values, shape, nil
}

// cutNPYHeader is the text of the header, and what stands behind it.
func cutNPYHeader(b []byte) (header string, rest []byte, err error) {
	const magic = "\x93NUMPY"
	if len(b) < 10 || string(b[:6]) != magic {
		return "", nil, npyError("it does not begin as .npy files do")
	}
	version, n, at := b[6], int(binary.LittleEndian.Uint16(b[8:])), 10
	switch {
	case (version == 2 || version == 3) && len(b) >= 12:
		size := binary.LittleEndian.Uint32(b[8:])
		n, at = int(min(size, mostNPYHeader+1)), 12
	case version != 1:
		return "", nil, npyError("it is of version %d, or cut short; versions 1 to 3 are read", version)
	}
	if n > mostNPYHeader || n > len(b)-at {
		return "", nil, npyError("its header is cut short, or longer than %d bytes", mostNPYHeader)
	}
	return string(b[at : at+n]), b[at+n:], nil
}

func npyNumber(kind string, b []byte) float64 {
	switch kind {
	case "f4":
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(b)))
	case "f8":
		return math.Float64frombits(binary.LittleEndian.Uint64(b))
	case "i1":
		return float64(int8(b[0]))
	case "i2":
		return float64(int16(binary.LittleEndian.Uint16(b)))
	case "i4":
		return float64(int32(binary.LittleEndian.Uint32(b)))
	case "i8":
		return float64(int64(binary.LittleEndian.Uint64(b)))
	case "u1":
		return float64(b[0])
	case "u2":
		return float64(binary.LittleEndian.Uint16(b))
	case "u4":
		return float64(binary.LittleEndian.Uint32(b))
	}
	return float64(binary.LittleEndian.Uint64(b)) // u8: the header has no other
}

func npyError(format string, args ...any) error {
	return fmt.Errorf("the .npy file cannot be read: "+format, args...)
}
