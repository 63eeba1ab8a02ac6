package trainer

// SoFar gives the model the weights of the best epoch so far, after a Run that was
// interrupted, and says how far it came; the weights as they are if no epoch has ended, or
// none gave a figure: Result.BestEpoch is then the last one, and Unjudged is set. The
// checkpoint that the interrupted run has saved is as it was: a resumed run goes on from it.
func (t *Trainer) SoFar() *Result {
	r := &Result{History: t.state.History, BestEpoch: t.state.BestEpoch, BestStep: t.state.BestStep, Stopped: t.state.Stopped}
	if t.Model == nil || t.Optimizer == nil {
		return r
	}
	if t.best != nil {
		t.best.restore(t.Model)
	} else {
		t.useAverage()
		r.Unjudged, r.BestEpoch, r.BestStep = true, t.state.Epoch, t.Optimizer.Steps()
	}
	for _, e := range r.History {
		r.Seconds += float64(e.Seconds)
	}
	return r
}
