package imaging

import "fmt"

// A Kind classifies what is wrong with an image.
type Kind string

const (
	Empty       Kind = "empty"       // no bytes at all
	Unsupported Kind = "unsupported" // an unsupported format or variant
	TooLarge    Kind = "too large"   // over a limit of this package
	Damaged     Kind = "damaged"     // truncated, or inconsistent with its signature
)

// An Error reports an image that could not be used, as one line: what, why, and what to do; the
// caller adds the table's file, row and column.
type Error struct {
	Kind Kind
	What string // "JPEG image", "HTML page"; never empty
	Why  string
	Hint string
	Err  error // the decoder's error, may be nil
}

func (e *Error) Error() string {
	message, hint := e.Parts()
	if hint != "" {
		message += "; " + hint
	}
	return message
}

// Parts are what is wrong, and what to do about it.
func (e *Error) Parts() (message, hint string) {
	return fmt.Sprintf("%s is %s: %s", e.What, e.Kind, e.Why), e.Hint
}

func (e *Error) Unwrap() error { return e.Err }

// ExitCode is the exit code of the command for bad data.
func (e *Error) ExitCode() int { return 3 }
