package encoders_test

import (
	"strings"
	"testing"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/encoders/encoderstest"
	"github.com/chiasm-ml/chiasm/nn"
)

func TestVector(t *testing.T) {
	features := []data.Feature{{Name: "vector", Axes: []data.Axis{data.PlaceAxis}, Shape: []int{5}}}
	t.Run("linear", func(t *testing.T) {
		encoderstest.Run(t, encoderstest.Case{
			Features: features, Parameters: linear(5, 3), New: with(encoders.NewVectorLinear, encoders.VectorLinearConfig{Dim: 3, Dropout: 0.2}),
		})
	})
	t.Run("mlp", func(t *testing.T) {
		encoderstest.Run(t, encoderstest.Case{
			Features: features, Attended: true, Parameters: linear(5, 4) + linear(4, 3),
			New: with(encoders.NewVectorMLP, encoders.VectorMLPConfig{Hidden: []int{4, 3}, Activation: "gelu", Dropout: 0.2}),
		})
	})
	_, err := encoders.NewVectorLinear(nn.NewScope(1).In("a"), encoders.Input{Features: []data.Feature{numbers}}, encoders.VectorLinearConfig{Dim: 2})
	if err == nil || !strings.Contains(err.Error(), "a: the encoder wants an input with numbers along one axis") {
		t.Errorf("columns are taken for a vector: %v", err)
	}
}
