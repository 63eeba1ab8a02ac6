package words

// An asciiKind describes how an ASCII byte is treated: the byte of the word that it becomes, or one
// of the values below, which are not printable bytes.
type asciiKind byte

const (
	asciiRemoved asciiKind = 0x80 + iota // a control: dropped
	asciiSpace                           // ends a word
	asciiPunct                           // ends a word and is a word
)

var asciiKept, asciiLower = asciiKinds(false), asciiKinds(true)

func asciiKinds(lower bool) (kinds [128]asciiKind) {
	for c := range byte(128) {
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			kinds[c] = asciiSpace
		case c < ' ' || c == 0x7f:
			kinds[c] = asciiRemoved
		case c < '0' || c > '9' && c < 'A' || c > 'Z' && c < 'a' || c > 'z':
			kinds[c] = asciiPunct
		case lower && c >= 'A' && c <= 'Z':
			kinds[c] = asciiKind(c + 'a' - 'A')
		default:
			kinds[c] = asciiKind(c)
		}
	}
	return kinds
}
