package sample_test

import (
	"fmt"
	"strings"

	"github.com/chiasm-ml/chiasm/internal/sample"
)

func Example() {
	t := sample.Table(2)
	for _, c := range t.Columns {
		fmt.Println(c.Name, "|", strings.Join([]string{c.Cell(0).Text, c.Cell(1).Text}, " | "))
	}
	// Output:
	// picture | 3.png | 0.png
	// caption | boat a wide the | bird wide small small
	// width | 1.64 | 1.18
	// height | -2.62 | 1.66
	// maker | Bo | Cy
	// kind | boat | bird
	// pass | no | yes
	// tags | heavy | big|heavy|rare
	// price | 7.54 | 1.89
	// split | train | train
	// seen | 2023-01-01 00:00 | 2023-01-01 07:03
	// weight | 36.38 kg | 53.85 kg
}
