package serve

import (
	"fmt"
	"strconv"
	"unicode/utf8"
)

// Bounds, in characters, of what an answer repeats of a request, and of a message.
const (
	longestQuote   = 120
	longestMessage = 1000
)

// cut is a text of at most so many characters, and how many it left out.
func cut(s string, most int) (string, int) {
	if len(s) <= most {
		return s, 0
	}
	n := 0
	for i := range s {
		if n == most {
			return s[:i], utf8.RuneCountInString(s[i:])
		}
		n++
	}
	return s, 0
}

// quoted is a client's text for a message.
func quoted(s string) string {
	begin, more := cut(s, longestQuote)
	if more == 0 {
		return strconv.Quote(begin)
	}
	return fmt.Sprintf("%q… (%d characters more)", begin, more)
}

// clip is a name, as of a field, that a client may have made up.
func clip(s string) string {
	begin, more := cut(s, longestQuote)
	if more == 0 {
		return begin
	}
	return fmt.Sprintf("%s… (%d characters more)", begin, more)
}

// clipMessage is for messages that name something of a model, which may be long too.
func clipMessage(s string) string {
	begin, more := cut(s, longestMessage)
	if more == 0 {
		return begin
	}
	return fmt.Sprintf("%s… (%d characters more)", begin, more)
}
