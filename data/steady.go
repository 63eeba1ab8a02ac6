package data

// A Steady preprocessor can say that Write makes the same of an item every time,
// whatever its Augment: what an encoder makes of it can then be kept while the
// encoder stays as it is.
type Steady interface{ Steady() bool }
