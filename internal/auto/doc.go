// Package auto finds the model that predicts a table best within a time: a pool of candidates,
// cheapest first, each trained as a model alone, and of these an ensemble, chosen by greedy
// selection with replacement on the validation rows (Caruana, Niculescu-Mizil, Crew and Ksikes,
// "Ensemble selection from libraries of models", ICML 2004).
//
// A candidate is a config.Member, so that what was trained is a member of the ensemble as it
// stands. Nothing is chosen on test rows; they judge everything once, at the end.
//
// A candidate that was trained stays in its folder, whatever ends the process: another search in
// the same folder takes it from there, and goes on with one that did not end.
package auto
