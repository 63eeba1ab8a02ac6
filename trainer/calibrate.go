package trainer

import (
	"context"
	"fmt"

	"github.com/chiasm-ml/chiasm/calibrate"
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/metrics"
	"github.com/chiasm-ml/chiasm/model"
	"github.com/chiasm-ml/chiasm/nn"
)

// Calibrated is what Calibrate fitted.
type Calibrated struct {
	Rows int `json:"rows"` // that it was fitted to
	// Used says that something of it is used, and Unused of each fit that is not,
	// why: what it stands for is then left as if nothing had been fitted.
	Used   bool     `json:"used"`
	Unused []string `json:"unused,omitempty"`
	// Temperature by which the model's logits are divided; absent if not asked for.
	Temperature metrics.Number       `json:"temperature,omitzero"`
	Modalities  []CalibratedModality `json:"modalities,omitempty"`
}

// CalibratedModality is what was fitted for one modality's decisions.
type CalibratedModality struct {
	Name        string         `json:"name"`
	Rows        int            `json:"rows"`                 // that have it
	Temperature metrics.Number `json:"temperature,omitzero"` // absent if not asked for
	Weight      metrics.Number `json:"weight,omitzero"`      // absent if not asked for
}

// checkCalibration reports a model that has to be calibrated and cannot.
func checkCalibration(m *model.Model, s *data.Splits) error {
	if m.Calibration() != nil && len(s.Validation) == 0 {
		return &SetupError{"temperatures and weights are fitted on validation rows, and there are none; split some off, or leave out calibrate and weights: fitted"}
	}
	return nil
}

// Calibrate fits what model.Calibration lists to rows that the model was not
// trained on, in float64: first the temperatures of modalities, then their
// weights, then the temperature of all. A fit that lies at its bound, or is no
// better by cross-validation over the rows, is not used, and the next is made
// without it. It is nil where nothing is to be fitted.
// Called again it gives the same.
func Calibrate(ctx context.Context, m *model.Model, d *data.Dataset, rows []int, o EvalOptions) (*Calibrated, error) {
	c := m.Calibration()
	if c == nil {
		return nil, nil
	}
	if len(rows) == 0 {
		return nil, checkCalibration(m, &data.Splits{})
	}
	c.Reset()
	before, err := meanLoss(ctx, m, d, rows, o)
	if err != nil {
		return nil, err
	}
	out, err := fit(ctx, m, d, rows, o, c)
	if err != nil || !out.Used {
		return out, err
	}
	// Each was worth it alone; what they are worth together is another matter,
	// above all where a fit between them was not used.
	after, err := meanLoss(ctx, m, d, rows, o)
	if err != nil {
		return nil, err
	}
	if !(after <= before) {
		c.Reset()
		out.reset(c, fmt.Sprintf("together the fits raise the loss of these rows from %.4g to %.4g", before, after))
	}
	return out, nil
}

// meanLoss is the loss of rows as evaluation reports it.
func meanLoss(ctx context.Context, m *model.Model, d *data.Dataset, rows []int, o EvalOptions) (float64, error) {
	e, err := Evaluate(ctx, m, d, rows, o)
	if err != nil {
		return 0, err
	}
	loss, _ := e.Values.Get("loss")
	return loss, nil
}

// reset notes that nothing is used after all.
func (c *Calibrated) reset(of *model.Calibration, why string) {
	c.Used, c.Unused = false, append(c.Unused, "all: "+why)
	if of.Temperature != nil {
		c.Temperature = 1
	}
	for i := range c.Modalities {
		if of.Temperatures != nil {
			c.Modalities[i].Temperature = 1
		}
		if of.Weights != nil {
			c.Modalities[i].Weight = metrics.Number(of.Weights[i])
		}
	}
}

// fit fits all that c lists, one after the other.
func fit(ctx context.Context, m *model.Model, d *data.Dataset, rows []int, o EvalOptions, c *model.Calibration) (*Calibrated, error) {
	out := &Calibrated{}
	if c.Names != nil {
		if err := calibrateModalities(ctx, m, d, rows, o, c, out); err != nil {
			return nil, err
		}
	}
	if c.Temperature == nil {
		return out, nil
	}
	var logits []float32
	var truth calibrate.Answers
	size := m.Size()
	err := forward(ctx, m, d, rows, o, false, func(p *nn.Program, b *data.Batch, _ []float32) error {
		l := p.Output("logits")
		for i, w := range b.Weight {
			if w != 0 { // of a row that lacks every input nothing is computed
				logits = append(logits, l[i*size:(i+1)*size]...)
				if b.Target.Int != nil {
					truth.Labels = append(truth.Labels, b.Target.Int[i])
				} else {
					truth.Marks = append(truth.Marks, b.Target.F32[i*size:(i+1)*size]...)
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	t := out.temperature("temperature", logits, size, truth)
	c.Temperature[0], out.Temperature, out.Rows = t, metrics.Number(t), len(logits)/size
	return out, nil
}

// temperature fits one, and is 1 where it should not be used.
func (c *Calibrated) temperature(name string, logits []float32, size int, truth calibrate.Answers) float32 {
	if !c.take(name, calibrate.TemperatureFails(logits, size, truth)) {
		return 1
	}
	return float32(calibrate.Temperature(logits, size, truth))
}

// take notes whether a fit is used.
func (c *Calibrated) take(name, why string) bool {
	if why != "" {
		c.Unused = append(c.Unused, name+": "+why)
		return false
	}
	c.Used = true
	return true
}

func calibrateModalities(ctx context.Context, m *model.Model, d *data.Dataset, rows []int, o EvalOptions, c *model.Calibration, out *Calibrated) error {
	size := m.Size()
	ms, truth, err := decisions(ctx, m, d, rows, o, len(c.Names))
	if err != nil {
		return err
	}
	out.Rows = len(ms[0].Present)
	for i, name := range c.Names {
		fitted := CalibratedModality{Name: name}
		logits, own := having(ms[i], truth, size)
		fitted.Rows = len(logits) / size
		if c.Temperatures != nil {
			t := out.temperature("temperature of "+name, logits, size, own)
			c.Temperatures[i][0], fitted.Temperature = t, metrics.Number(t)
			for j := range ms[i].Logits {
				ms[i].Logits[j] /= t
			}
		}
		out.Modalities = append(out.Modalities, fitted)
	}
	if c.Weights == nil {
		return nil
	}
	pool, tempered := calibrate.Pool{Kind: c.Pool, Prior: c.Prior}, c.Temperature != nil
	if out.take("weights", calibrate.WeightsFail(pool, ms, size, truth, tempered)) {
		for i, w := range calibrate.Weights(pool, ms, size, truth, tempered) {
			c.Weights[i] = float32(w)
		}
	}
	for i, w := range c.Weights {
		out.Modalities[i].Weight = metrics.Number(w)
	}
	return nil
}

// having are the decisions and answers of the rows that have a modality.
func having(d calibrate.Decisions, truth calibrate.Answers, size int) (logits []float32, a calibrate.Answers) {
	for row, present := range d.Present {
		switch {
		case !present:
			continue
		case truth.Labels != nil:
			a.Labels = append(a.Labels, truth.Labels[row])
		default:
			a.Marks = append(a.Marks, truth.Marks[row*size:(row+1)*size]...)
		}
		logits = append(logits, d.Logits[row*size:(row+1)*size]...)
	}
	return logits, a
}

// decisions runs rows and gathers what each of n modalities decided.
func decisions(ctx context.Context, m *model.Model, d *data.Dataset, rows []int, o EvalOptions, n int) ([]calibrate.Decisions, calibrate.Answers, error) {
	ms := make([]calibrate.Decisions, n)
	var truth calibrate.Answers
	if o.BatchSize == 0 {
		o.BatchSize = evalBatch
	}
	loader, err := data.NewLoader(d, rows, data.LoaderOptions{BatchSize: o.BatchSize, Workers: o.Workers})
	if err != nil {
		return nil, truth, err
	}
	programs := map[int]*nn.Program{}
	for b, err := range loader.Epoch(ctx, 0, 0) {
		if err != nil {
			return nil, truth, err
		}
		p := programs[b.Size()]
		if p == nil {
			if p, err = m.DecisionProgram(b.Size()); err != nil {
				return nil, truth, err
			}
			programs[b.Size()] = p
		}
		m.Fill(p, b)
		if err := p.Run(0); err != nil {
			return nil, truth, err
		}
		for i := range ms {
			ms[i].Logits = append(ms[i].Logits, p.Output(fmt.Sprintf("decision.%d", i))...)
			for _, v := range p.Output(fmt.Sprintf("present.%d", i)) {
				ms[i].Present = append(ms[i].Present, v != 0)
			}
		}
		truth.Labels = append(truth.Labels, b.Target.Int...)
		truth.Marks = append(truth.Marks, b.Target.F32...)
	}
	return ms, truth, nil
}
