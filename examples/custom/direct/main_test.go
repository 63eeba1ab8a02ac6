package main

import (
	"context"
	"testing"
)

func TestTrain(t *testing.T) {
	accuracy, err := train(context.Background(), 30)
	if err != nil {
		t.Fatal(err)
	}
	if accuracy < 0.95 {
		t.Errorf("accuracy is %.3f, want at least 0.95", accuracy)
	}
}
