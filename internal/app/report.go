package app

import "github.com/chiasm-ml/chiasm/trainer"

func (t *training) report(r *trainer.Result, result Result, evaluations map[string]*trainer.Evaluation) error {
	return nil
}
