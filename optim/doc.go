// Package optim updates parameters from gradients: AdamW and SGD, clipping by
// the global norm, and learning rate schedules.
//
// All of it works on one flat []float32 that holds every trainable parameter,
// and on a gradient of the same layout; [Group] says which ranges of it take
// weight decay. An optimizer keeps its moments in slices of that layout too, so
// a checkpoint saves and restores them as they are ([Optimizer.State]). A
// schedule is a pure function of the step and has nothing to save.
//
// The package draws no random numbers, reads no clock and knows no graph. A
// step allocates nothing, and its result does not depend on the number of
// cores.
package optim
