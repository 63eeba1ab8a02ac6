package data

// Files finds the bytes of the file that a cell names: an image, an array, anything. A
// file that is not there is an error for which errors.Is(err, fs.ErrNotExist) holds.
type Files interface {
	ReadFile(cell string) ([]byte, error)
}

// A FileReader is a Preprocessor whose cells name files, of images or of anything else.
// It is told where they are before it reads a row.
type FileReader interface{ ReadFrom(Files) }
