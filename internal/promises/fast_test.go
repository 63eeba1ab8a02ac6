//go:build !slow

package promises_test

// With -tags slow there are as many as the list says.
const (
	manyCategories, manyClasses = 50_000, 500
	everySetting                = false
	everySample                 = false
	messyTables                 = 8
	hostileEvery                = 8
	shapesEvery                 = 250
)
