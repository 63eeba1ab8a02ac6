// Package nn holds the building blocks of a network: named parameters, graphs that borrow them,
// programs that run, and layers.
//
// A module is a struct of parameters and nested modules. Its constructor receives a Scope, the
// module's position in the model, and creates its parameters there, so they have dotted names and
// initial values before any graph exists. Its Forward adds nodes to a Graph, which borrows the
// parameters; the same model is built several times over one set of weights, for training at one
// batch size and for prediction at another.
//
// Build compiles a graph into a Program: a sequence of operators over memory that is planned once.
// To use a program, fill its inputs in place, call Run, and read outputs and gradients. Nodes are
// Gorgonia's own, and Gorgonia's operators can be mixed with those of this module.
//
// While a graph is built, mismatched shapes end the build with an error that names the module.
// Nothing here holds random state: initial values are a function of the seed and the parameter's
// name; dropout is a function of the seed, the step and the module's name.
//
// Shape letters: B batch, T tokens, D width, H heads or height, W width of an image, C channels or
// classes; "..." is any number of axes.
package nn
