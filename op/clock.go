package op

// A Clock tells random operators which step they are in. A program has one and
// sets it before each run, so that what an operator draws is a function of the
// step, and a run at the same step draws the same again.
type Clock struct{ Step int }
