// Package nn holds what a network is made of: parameters with names, graphs
// that borrow them, programs that run, and the layers.
//
// A module is a struct of parameters and of modules inside it. Its constructor
// is given a Scope, the place in the model where it is being made, and makes its
// parameters there: they have dotted names and initial values before any graph.
// Its Forward adds nodes to a Graph, which borrows the parameters; the same
// model is built several times over one set of weights, for training at one
// batch size and for prediction at another.
//
// Build compiles a graph into a Program: an order of operators over memory that
// is planned once. A program is run by filling its inputs in place, calling Run,
// and reading outputs and gradients. Nodes are Gorgonia's own, and operators of
// Gorgonia's can stand between ours.
//
// While a graph is being built, shapes that do not fit end the build with an
// error that names the module. Nothing here holds random state: initial values
// are a function of the seed and the parameter's name, dropout of the seed, the
// step and the module's name.
//
// Shapes are written with B batch, T tokens, D width, H heads or height, W width
// of an image, C channels or classes; "..." is any number of axes.
package nn
