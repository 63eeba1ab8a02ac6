//go:build slow

package serve_test

import "testing"

// The whole count: 6,400 requests.
func TestS1_Whole(t *testing.T) {
	t.Run("S1/6400 requests", func(t *testing.T) { manyClients(t, 32, 200) })
}

// 256 of each of the worst requests.
func TestB1_Whole(t *testing.T) {
	was := attackers
	attackers = 256
	defer func() { attackers = was }()
	TestB1_WorstRequestsKeepToTheBudget(t)
}
