// Package strictyaml reads one YAML document into typed structs and accepts nothing that it does
// not understand: unknown and repeated keys, wrong types, values out of bounds, empty values,
// non-finite numbers, multiple documents, unbounded alias expansion and unbounded nesting are
// problems, all reported together, each with its file, line, column and dotted key.
//
// A struct field is the single definition of an option. These tags are read:
//
//	yaml:"name"              the key; a field without this tag is a programming error
//	yaml:"name,omitempty"    a zero value is not written back
//	yaml:"-"                 not an option
//	yaml:",inline"           the keys of this struct stand among those around it, which
//	                         hide its own of the same name
//	yaml:",inline"           on a map: takes all keys that no field has
//	yaml:",key"              in the element of a slice: the slice is written as a mapping,
//	                         in order, and this string field takes the element's key
//	yaml:",scalar"           the struct may also be written as bare text, which goes here
//	yaml:"name,number"       the struct may also be written as a bare number, which is that
//	                         of this key
//	variant:"TABLE"          with yaml:",inline" on a field of type any: the struct that the
//	                         key "type" beside it names in the table; on a field that holds
//	                         such a struct: which table to use there
//	default:"VALUE"          set before decoding, so an explicit zero stays (creasty/defaults)
//	validate:"min=1,max=9"   bounds (go-playground/validator); "required" means that the key
//	                         must be there
//
// A type may read itself from text (encoding.TextUnmarshaler), and may check constraints that tags
// cannot express in a method Validate() error, which is called once all its keys have been read
// without a problem. A message that starts with a key and a colon, "heads: must divide dim", is
// about that key. A fixed-size array may be written as one value, which fills it.
//
// The same structs, read by the same rules, are written back with every default filled in (Marshal)
// and described as JSON Schema (Schema).
//
// The package knows nothing about the configuration's subject, and opens no file.
package strictyaml
