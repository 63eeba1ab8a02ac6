package trainer

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/chiasm-ml/chiasm/internal/nearest"
)

// Learnt begins the names of what was learnt from the training rows in a run's
// Identity.
const Learnt = "learnt: "

// LearntRows is the name of the training rows themselves, whatever their order.
const LearntRows = Learnt + "the training rows"

const (
	epochsKey   = "training.epochs"
	monitorKey  = "training.monitor"
	stoppingKey = "training.early_stopping" // and all below it
)

// changeable reports whether a key of an identity may differ in a run that goes
// on, if it is allowed to. What shapes an update may not: the run would be that
// of neither config. See also adopt.
func changeable(key string) bool {
	switch key {
	case "data", "version", "architecture", epochsKey, monitorKey:
		return true
	}
	return strings.HasPrefix(key, stoppingKey)
}

// ChangedError is a resume with another config or other data.
type ChangedError struct {
	Keys []string // "key: was old, is new"
	Data bool     // the data is among them
	// Fixed says that keys are among them that AllowChanged does not help.
	Fixed bool
	// Old says that the checkpoint does not say what was learnt from the data, as
	// those of older versions do not, and that the data has another fingerprint.
	Old bool
}

func (e *ChangedError) Error() string {
	if e.Old {
		return fmt.Sprintf("cannot resume: an older version of the program wrote this run, which fingerprints its data in another way, or the data has changed since: %s; its model can be used as before; start a new run, perhaps from its weights by --from", strings.Join(e.Keys, "; "))
	}
	do := "start a new run, or allow it by --allow-changed KEY"
	if e.Fixed {
		do = "start a new run: the steps done cannot be changed afterwards, so --allow-changed is for data from which the same is learnt, version, architecture, " +
			epochsKey + ", " + monitorKey + " and " + stoppingKey + " alone"
	}
	return fmt.Sprintf("cannot resume, since the run has changed: %s; %s", strings.Join(e.Keys, "; "), do)
}

// ExitCode is 2, or 3 where only the data changed.
func (e *ChangedError) ExitCode() int {
	for _, k := range e.Keys {
		if !strings.HasPrefix(k, "data: ") && !strings.HasPrefix(k, Learnt) {
			return 2
		}
	}
	return 3
}

// agree compares the identity of a checkpoint with that of the run.
func (t *Trainer) agree(saved map[string]string) error {
	e := &ChangedError{}
	all := map[string]string{}
	maps.Copy(all, saved)
	maps.Copy(all, t.Identity)
	keys := slices.Sorted(maps.Keys(all))
	if err := t.checkAllowed(keys); err != nil {
		return err
	}
	// Whether the checkpoint is from before what was learnt was kept.
	lacks := func(k string) bool { return isLearnt(k) && saved[k] == "" }
	old := !slices.ContainsFunc(slices.Collect(maps.Keys(saved)), isLearnt) && slices.ContainsFunc(keys, isLearnt) || t.Identity[LearntRows] != "" && lacks(LearntRows)
	for _, k := range keys {
		was, is := saved[k], t.Identity[k]
		// A checkpoint that does not know what was learnt needs the same data.
		if was == is || lacks(k) && old && saved["data"] == t.Identity["data"] {
			continue
		}
		if lacks(k) && old {
			e.Old = true // since the data differs too, it is among the keys
			continue
		}
		if _, known := saved[k]; !known && t.Implied != nil && t.Implied(k) {
			continue
		}
		fixed := !changeable(k)
		if !fixed && slices.Contains(t.AllowChanged, k) && (k != "data" || !old) {
			continue // what was learnt must be known to be the same
		}
		e.Keys = append(e.Keys, k+": was "+quoted(was)+", is "+quoted(is))
		e.Data = e.Data || k == "data"
		e.Fixed = e.Fixed || fixed
	}
	if len(e.Keys) > 0 {
		return e
	}
	t.otherData = saved["data"] != t.Identity["data"]
	return nil
}

func isLearnt(key string) bool { return strings.HasPrefix(key, Learnt) }

// checkAllowed refuses a key that no run has.
func (t *Trainer) checkAllowed(known []string) error {
	known = append(known, epochsKey, monitorKey, stoppingKey+".patience", stoppingKey+".min_delta")
	for _, k := range t.AllowChanged {
		if slices.Contains(known, k) || strings.HasPrefix(k, stoppingKey) {
			continue
		}
		hint := ""
		if n := nearest.Name(k, known); n != "" {
			hint = fmt.Sprintf("; did you mean %s?", n)
		}
		return &SetupError{fmt.Sprintf("--allow-changed %s: no run has this key%s", k, hint)}
	}
	return nil
}

// adopt makes what changed take effect as if it had been so from the beginning,
// so that the run ends as one that was never interrupted: which epoch is the
// best and whether to stop are decided again from the figures of all epochs. It
// is an error where the epochs done would have been others.
func (t *Trainer) adopt(s *state) error {
	refuse := func(format string, args ...any) error {
		return &SetupError{"cannot resume with what has changed: " + fmt.Sprintf(format, args...) + "; start a new run"}
	}
	if t.Config.Epochs < s.Epoch || t.Config.Epochs == s.Epoch && s.Batch > 0 {
		return refuse("%s is %d, and %d epochs are done", epochsKey, t.Config.Epochs, s.Epoch)
	}
	if err := t.sameRates(s, refuse); err != nil {
		return err
	}
	if !t.judges(s.Identity) {
		return nil
	}
	saved, best := t.state, s.BestEpoch
	defer func() { t.state = saved }()
	t.state = state{}
	for i, e := range s.History {
		if t.state.Stopped {
			return refuse("with it the run would have ended after epoch %d, and %d are done", i, len(s.History))
		}
		e.Best = false
		if err := t.judge(&e); err != nil {
			return err
		}
		s.History[i] = e
	}
	if t.state.Stopped && s.Batch > 0 {
		return refuse("with it the run would have ended after epoch %d, and the next has begun", len(s.History))
	}
	if t.state.BestEpoch != best {
		return refuse("with it epoch %d would be the best so far, and the weights that were kept are those of epoch %d", t.state.BestEpoch, best)
	}
	s.Best, s.BestStep, s.Waited, s.Stopped = t.state.Best, t.state.BestStep, t.state.Waited, t.state.Stopped
	return nil
}

// judges reports whether anything changed by which epochs are judged.
func (t *Trainer) judges(saved map[string]string) bool {
	for _, of := range []map[string]string{saved, t.Identity} {
		for k := range of {
			if (k == monitorKey || strings.HasPrefix(k, stoppingKey)) && saved[k] != t.Identity[k] {
				return true
			}
		}
	}
	return false
}

// sameRates refuses another number of epochs where the schedule would have had
// other learning rates in the steps done.
func (t *Trainer) sameRates(s *state, refuse func(format string, args ...any) error) error {
	if s.Identity[epochsKey] == t.Identity[epochsKey] {
		return nil
	}
	was, err := strconv.Atoi(s.Identity[epochsKey])
	if err != nil {
		return refuse("%s was %s", epochsKey, quoted(s.Identity[epochsKey]))
	}
	before, err := t.Schedule(t.Optimizer.LearningRate(), t.perEpoch()*was)
	if err != nil {
		return err
	}
	for step := range s.Steps {
		if before.LR(step) != t.schedule.LR(step) {
			return refuse("over %d epochs instead of %d, the schedule has other learning rates, from step %d on, and %d steps are done", t.Config.Epochs, was, step+1, s.Steps)
		}
	}
	return nil
}

func quoted(s string) string {
	if s == "" {
		return "absent"
	}
	return strconv.Quote(s)
}
