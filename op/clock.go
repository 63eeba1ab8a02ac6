package op

// A Clock holds the current step for random operators. A program has one and sets it before each
// run, so that a draw is a function of the step, and a repeated run of a step draws the same
// numbers.
type Clock struct{ Step int }
