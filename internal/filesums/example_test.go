package filesums_test

import (
	"fmt"

	"github.com/chiasm-ml/chiasm/internal/filesums"
)

type files map[string]string

func (f files) ReadFile(cell string) ([]byte, error) { return []byte(f[cell]), nil }

func Example() {
	folder := files{"fish.png": "a fish"}
	s := filesums.New(folder)
	_, err := s.ReadFile("fish.png")
	fmt.Println(err)
	folder["fish.png"] = "a bird"
	_, err = s.ReadFile("fish.png")
	fmt.Println(err)
	// Output:
	// <nil>
	// the file "fish.png" was replaced or changed since this command first looked at it; start again when nobody writes into the folder
}
