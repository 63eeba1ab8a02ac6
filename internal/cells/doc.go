// Package cells lists the ways to write a cell, and what each is read as: for the
// page docs/cells.md, and for the test that asks every reader (CSV, JSONL, the
// server, the exported samples) the same.
package cells
