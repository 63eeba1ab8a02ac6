package data

import (
	"context"
	"fmt"
	"sync"
	"testing"
)

// Of several errors that of the lowest index is returned, whichever comes first.
func TestEachFirstError(t *testing.T) {
	for round := range 200 {
		var both sync.WaitGroup // neither ends before both have begun
		both.Add(2)
		first := make(chan struct{})
		err := each(context.Background(), 2, 2, func(i int) error {
			both.Done()
			both.Wait()
			if i == round%2 {
				defer close(first)
			} else {
				<-first
			}
			return fmt.Errorf("error %d", i)
		})
		if err == nil || err.Error() != "error 0" {
			t.Fatalf("%d is first: %v", round%2, err)
		}
	}
}
