//go:build slow

package promises_test

const (
	manyCategories, manyClasses = 1_000_000, 10_000
	everySetting                = true
	everySample                 = true
	messyTables                 = 300
	hostileEvery                = 1
	shapesEvery                 = 12
)
