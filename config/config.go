package config

import (
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/internal/strictyaml"
	"github.com/chiasm-ml/chiasm/trainer"
)

// Config is a whole configuration, every default filled in. Make it with Load
// or Parse.
type Config struct {
	// Name of the run; its folder is runs/<name>.
	Name string `yaml:"name" validate:"required,max=100"`
	// Seed of all that is random: the same file and seed give the same model.
	Seed uint64 `yaml:"seed" default:"1"`
	// Table, images, and which rows are for what.
	Data Data `yaml:"data"`
	// Inputs of the model by name, any number of each type.
	Inputs []Input `yaml:"inputs" validate:"min=1"`
	// How the inputs are joined: a tree of fusions. Needed for two inputs or more.
	Fusion *Fusion `yaml:"fusion"`
	// Models that are trained each alone, by name, instead of one that has a fusion: what is predicted is the mean of their predictions, of probabilities or of numbers, over those that have any of their inputs in the row.
	Members []Member `yaml:"members,omitempty"`
	// What the model predicts.
	Output Output `yaml:"output,omitempty"`
	// What the model predicts, instead of output, where that is several things at once: by name, each with the keys of an output. Rows may lack some of the answers, an empty cell: an output does not learn of those. Figures are named by the output, such as validation.price.mae; the loss is the sum of the outputs' losses by their weights.
	Outputs []NamedOutput `yaml:"outputs,omitempty"`
	// How the model is trained.
	Training Training `yaml:"training"`

	registry *Registry
	report   *strictyaml.Report // where the file says what
	dir      string             // of the file, which paths are relative to
	members  []*Config          // what each of Members is alone
}

// Data says where the rows are.
type Data struct {
	// Path of the table, relative to the config file: .csv, .tsv, .jsonl or .json, each also with .gz or .zst behind it; - for standard input.
	Path string `yaml:"path" validate:"required"`
	// How the table is written.
	data.Dialect `yaml:",inline"`
	// Folder of the files that cells name: images, arrays, anything that an input reads. It is relative to the config file, and nothing outside it is opened. By default that of the table.
	Files string `yaml:"files,omitempty"`
	// The same as files, under the name that it has where these are images.
	Images string `yaml:"images,omitempty"`
	// Which rows train the model, which choose among its epochs, and which judge it.
	Split Split `yaml:"split"`
	// What a row that lacks every input means: error, or prior (counted and not trained on; what is predicted of it is how frequent each label is among the training rows, or their mean).
	MissingAll string `yaml:"missing_all" default:"error" validate:"oneof=error prior"`
	// How many rows training may leave out because they cannot be used for what stands in them: cut short or too long, a cell that is no number, an image that cannot be read, no answer. Each is in data_report.json with its reason; one more ends the training with the row's error.
	MaxBadRows int `yaml:"max_bad_rows" default:"0" validate:"gte=0"`
	// How much memory decoded rows may take, and as much again what frozen encoders make of them; what exceeds it is computed again each time.
	Cache Bytes `yaml:"cache" default:"1GiB"`
}

// Validate refuses two names for one folder.
func (d Data) Validate() error {
	if d.Files != "" && d.Images != "" {
		return &data.ConfigError{Field: "images", Message: "is another name for data.files, which is given too; give one of them"}
	}
	return nil
}

// folder is that of the files, under the one name or the other.
func (d *Data) folder() *string {
	if d.Images != "" {
		return &d.Images
	}
	return &d.Files
}

// AllowsLacking says whether rows may lack every input.
func (d Data) AllowsLacking() bool { return d.MissingAll == "prior" }

// Split is a data.SplitConfig whose fractions may be left out.
type Split struct {
	data.SplitConfig `yaml:",inline"`
	// Seed of the cut by fractions, so that models of several seeds can be trained and judged on the same rows; by default that of the whole config.
	Seed *uint64 `yaml:"seed,omitempty"`
}

// Validate is that of the split with its default fractions.
func (s Split) Validate() error {
	if s.Column != "" && s.Seed != nil {
		return &data.ConfigError{Field: "split.seed", Message: "the split is in a column, so a seed has no meaning"}
	}
	return s.WithDefaults().Validate()
}

// Rows cuts the rows of a table.
func (s Split) Rows(t *data.Table) (*data.Splits, error) {
	seed := uint64(0)
	if s.Seed != nil {
		seed = *s.Seed
	}
	return s.SplitConfig.Split(t, seed)
}

// Fusion joins inputs, and what fusions inside it have joined.
type Fusion struct {
	// Type of fusion.
	Type string `yaml:"type"`
	// Config is what its constructor takes.
	Config any `yaml:",inline" variant:"fusion"`
	// How it is trained, where not as all the rest.
	Group `yaml:",inline"`
	// Names of inputs, or fusions of their own; all inputs if left out.
	Of []Operand `yaml:"of"`
}

// Operand is an input or a fusion inside a fusion.
type Operand struct {
	Input  string  `yaml:",scalar"` // name of an input
	Fusion *Fusion `yaml:",inline"` // instead of Input
}

// Training says how the model is trained.
type Training struct {
	trainer.Config `yaml:",inline"`
	// When to end training before its last epoch.
	EarlyStopping *EarlyStopping `yaml:"early_stopping"`
	// Whether the model keeps a hash of each row that it was trained on (8 bytes a row), so that evaluate and explain can say how many of their rows these are.
	Fingerprint bool `yaml:"fingerprint" default:"true"`
	// Column of what each row counts in the training loss, numbers of 0 or more: the losses of an update's rows, times their weights (and those of class_weights), are divided by the sum of these weights. It is read of training rows only and is no input. Figures, the losses of evaluation among them, count every row alike.
	SampleWeight string `yaml:"sample_weight,omitempty"`
	// How inputs that are joined by their features are kept from leaving the learning to one of them: none; auxiliary adds the loss of each input alone, by a linear head on its encoder's pooled vector, over the rows that have it; pareto does the same, and where the gradients of an encoder by its own loss and by the joint loss conflict, it is trained by the combination that goes against neither (MMPareto); average is auxiliary, and predictions are the mean of the joint decision and of those of the inputs alone. The report and result.json tell what each input knows alone. But for average, predictions and exports do without the heads.
	Balance string `yaml:"balance" default:"none" validate:"oneof=none auxiliary pareto average"`
	// What the loss of each input alone counts beside the joint loss, with balance.
	BalanceWeight float64 `yaml:"balance_weight" default:"1" validate:"gt=0"`
	// What the model begins from, instead of chance: another model, or weights from elsewhere.
	InitFrom *InitFrom `yaml:"init_from,omitempty"`
	// What updates the weights from their gradients.
	Optimizer Optimizer `yaml:"optimizer"`
	// How the learning rate changes over the steps.
	Schedule Schedule `yaml:"schedule"`
}

// InitFrom says what a model begins from.
type InitFrom struct {
	// A run folder, a model, a checkpoint, a safetensors file, or a model.safetensors.index.json, relative to the config file.
	Path string `yaml:"path" validate:"required"`
	// Parts of the model that begin from there, such as encoders.photo; all if left out.
	Only []string `yaml:"only,omitempty" validate:"unique,dive,required"`
	// What parameters or modules of this model are called there, where that differs, as in encoders.photo: backbone.
	Map map[string]string `yaml:"map,omitempty"`
	// Whether a parameter that is not there, or has another shape, is an error; otherwise it begins by chance, which is said.
	Strict bool `yaml:"strict,omitempty"`
	// Inputs whose statistics and vocabularies are learnt anew from this table. Those of all others are kept, if a model of this program has them and reads the same columns with the same options.
	Refit []string `yaml:"refit,omitempty" validate:"unique,dive,required"`
	// Whether labels that this table lacks are forgotten; otherwise they stay, and can still be predicted.
	Relabel bool `yaml:"relabel,omitempty"`
}

// EarlyStopping ends training when the monitored figure no longer improves.
type EarlyStopping struct {
	// Figure that is monitored, as in training.monitor, which it sets.
	Monitor               string `yaml:"monitor,omitempty"`
	trainer.EarlyStopping `yaml:",inline"`
}

// Optimizer is an optimizer with its options.
type Optimizer struct {
	// Type of optimizer.
	Type string `yaml:"type"`
	// Config is what its constructor takes.
	Config any `yaml:",inline" variant:"optimizer"`
}

// Schedule is a schedule of learning rates with its options.
type Schedule struct {
	// Type of schedule.
	Type string `yaml:"type"`
	// Config is what its constructor takes.
	Config any `yaml:",inline" variant:"schedule"`
}

// Encoder is an encoder with its options.
type Encoder struct {
	// Type of encoder.
	Type string `yaml:"type"`
	// Config is what its constructor takes.
	Config any `yaml:",inline"`
	// How it is trained, where not as all the rest.
	Group `yaml:",inline"`
}
