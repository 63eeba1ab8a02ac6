package data

// A Describer is a Preprocessor of which programs in other languages have to know more
// than the rules of its cells.
type Describer interface {
	// Describe is given what makes a name in the folder of a file's own name.
	Describe(file func(name string) string) Described
}

// Described is what goes with an exported model for one input.
type Described struct {
	// Section is the key under which Value, as JSON, stands beside the input's name.
	Section string
	Value   any
	Files   map[string][]byte // by their names in the folder
	Says    map[string]string // of Files, by the same names: what it is, for people
	Words   bool              // texts are cut into words by the tables that every text needs
}

// WordsFile holds the tables by which texts are cut into words, in an exported folder.
const WordsFile = "words.json"
