package serve

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
)

// A token is what a client must know, in a file that Reload reads anew. Of the token
// itself its hash is kept: comparing hashes takes the same time for any guess.
type token struct {
	file string
	hash atomic.Pointer[[sha256.Size]byte]
}

// TokenError is a file without a token that could be used.
type TokenError struct {
	File string
	Err  error
}

func (e *TokenError) Error() string { return fmt.Sprintf("--token-file %q: %v", e.File, e.Err) }

// Unwrap is the cause.
func (e *TokenError) Unwrap() error { return e.Err }

// ExitCode is 2.
func (e *TokenError) ExitCode() int { return 2 }

const longestToken = 4096

// read reads the file; where it cannot, the token stays as it was.
func (t *token) read() error {
	f, err := os.Open(t.file)
	if err != nil {
		return &TokenError{t.file, err}
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, longestToken+1))
	if err != nil {
		return &TokenError{t.file, err}
	}
	text := bytes.TrimSpace(b)
	switch {
	case len(text) == 0:
		return &TokenError{t.file, fmt.Errorf("is empty, expected a token on one line, as openssl rand -hex 32 makes them")}
	case len(b) > longestToken:
		return &TokenError{t.file, fmt.Errorf("holds more than %d bytes, expected a token on one line", longestToken)}
	case bytes.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }):
		return &TokenError{t.file, fmt.Errorf("holds blanks, several lines or letters beyond ASCII, which no header can have; expected a token on one line")}
	}
	hash := sha256.Sum256(text)
	t.hash.Store(&hash)
	return nil
}

// is reports whether a header Authorization has the token.
func (t *token) is(header string) bool {
	scheme, given, _ := strings.Cut(header, " ")
	hash := sha256.Sum256([]byte(strings.TrimSpace(given)))
	return subtle.ConstantTimeCompare(hash[:], t.hash.Load()[:]) == 1 && strings.EqualFold(scheme, "Bearer")
}

// exposed reports whether others than the owner and the group may read the file.
func (t *token) exposed() bool {
	info, err := os.Stat(t.file)
	return err == nil && info.Mode().Perm()&0o004 != 0
}
