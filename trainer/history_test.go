package trainer

import (
	"strings"
	"testing"
)

// A history that is longer than the epochs done is refused without being read to its end.
func TestHistoryIsReadAsFarAsItCanBe(t *testing.T) {
	const long = 20_000
	src := []byte(`{"history": [` + strings.Repeat(`{"epoch": 1, "train": {"loss": 1}},`, long) + `{}], "epoch": 1}`)
	allocated := testing.AllocsPerRun(1, func() {
		var s state
		if err := s.decode(src); err == nil || err.Error() != "history has more epochs than the 1 that are done" {
			t.Error(err)
		}
	})
	if allocated > long {
		t.Errorf("%v allocations for one epoch", allocated)
	}
	for src, want := range map[string]string{
		`{"epoch": 1, "history": {}}`:            "history is no list",
		`{"epoch": 1, "history": 3}`:             "history is no list",
		`{"epoch": 1, "history": [{"step": 4}]}`: "",
		`{"epoch": 0, "history": null}`:          "",
		`{"epoch": 0, "history": []}`:            "",
		`{"epoch": 0}`:                           "",
	} {
		var s state
		switch err := s.decode([]byte(src)); {
		case err == nil && (want != "" || len(s.History) != s.Epoch), err != nil && err.Error() != want:
			t.Errorf("%s: %v, %+v", src, err, s)
		}
	}
}
