package config_test

import (
	"reflect"
	"testing"

	"github.com/chiasm-ml/chiasm/config"
	"github.com/chiasm-ml/chiasm/internal/sample"
)

// The registry of programs that do not train reads what that of train wrote.
func TestInferenceReadsTheSame(t *testing.T) {
	builtin, inference := config.Builtin(), config.Inference()
	if !reflect.DeepEqual(builtin.Optimizers(), inference.Optimizers()) || !reflect.DeepEqual(builtin.Schedules(), inference.Schedules()) || !reflect.DeepEqual(builtin.Fusions(), inference.Fusions()) {
		t.Error("the registries name different things")
	}
	for _, optimizer := range builtin.Optimizers() {
		for _, schedule := range builtin.Schedules() {
			c := sample.Default()
			c.Optimizer, c.Schedule = "{type: "+optimizer.Name+", learning_rate: 0.5}", "{type: "+schedule.Name+"}"
			var written [2]string
			for i, r := range []*config.Registry{builtin, inference} {
				parsed, err := config.Parse("config.yaml", []byte(c.YAML()), r)
				if err != nil {
					t.Fatalf("%s, %s: %v", optimizer.Name, schedule.Name, err)
				}
				b, err := parsed.YAML()
				if err != nil {
					t.Fatal(err)
				}
				written[i] = string(b)
				if _, err := parsed.NewSchedule(1, 10); (err != nil) != (r == inference) {
					t.Errorf("%s: %v", schedule.Name, err)
				}
			}
			if written[0] != written[1] {
				t.Errorf("%s, %s are read as\n%s\nand as\n%s", optimizer.Name, schedule.Name, written[0], written[1])
			}
		}
	}
}
