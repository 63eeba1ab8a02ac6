// Package optim updates parameters from gradients: AdamW and SGD, clipping by global norm, and
// learning rate schedules.
//
// Everything works on one flat []float32 that holds all trainable parameters, and on a gradient of
// the same layout; each [Group] is a range of it with its own training options. An optimizer keeps
// its moments in slices of that layout too, so a checkpoint saves and restores them directly
// ([Optimizer.State]). A schedule is a pure function of the step and has nothing to save.
//
// The package draws no random numbers, reads no clock and knows no graph. A step allocates nothing,
// and its result does not depend on the number of cores.
package optim
