package config

import (
	"errors"
	"reflect"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/internal/strictyaml"
	"github.com/chiasm-ml/chiasm/modality/image"
	"github.com/chiasm-ml/chiasm/modality/tabular"
	"github.com/chiasm-ml/chiasm/modality/text"
	"github.com/chiasm-ml/chiasm/modality/vector"
	"github.com/chiasm-ml/chiasm/optim"
)

// Builtin is a new Registry of all that Chiasm brings.
func Builtin() *Registry {
	r := modules()
	must(
		AddOptimizer(r, "adamw", adamw, optim.NewAdamW),
		AddOptimizer(r, "sgd", sgd, optim.NewSGD),

		AddSchedule(r, "constant", constant, optim.NewConstant),
		AddSchedule(r, "cosine", cosine, optim.NewCosine),
		AddSchedule(r, "linear", linear, optim.NewLinear),
		AddSchedule(r, "step", step, optim.NewStep),
	)
	return r
}

// Inference is a new Registry for programs that use models and train none: it
// reads the same configs as Builtin, and no optimizer is linked for it.
func Inference() *Registry {
	r := modules()
	r.inference = true
	must(
		readOptimizer[optim.AdamWConfig](r, "adamw", adamw),
		readOptimizer[optim.SGDConfig](r, "sgd", sgd),

		readSchedule[optim.ConstantConfig](r, "constant", constant),
		readSchedule[optim.CosineConfig](r, "cosine", cosine),
		readSchedule[optim.LinearConfig](r, "linear", linear),
		readSchedule[optim.StepConfig](r, "step", step),
	)
	return r
}

// What optimizers and schedules are.
const (
	adamw = "Adam with decoupled weight decay"
	sgd   = "stochastic gradient descent with momentum"

	constant = "the same rate throughout"
	cosine   = "falls along half a cosine"
	linear   = "falls evenly"
	step     = "falls by a factor at even distances"
)

var errInference = errors.New("a config that was read by config.Inference() cannot train; use config.Builtin()")

// readOptimizer registers the options of an optimizer, and no way to make it.
func readOptimizer[C any](r *Registry, name, summary string) error {
	return r.optimizers.add(name, summary, reflect.TypeFor[C](), func(any) optimizerMaker {
		return func(int, []optim.Group) (optim.Optimizer, error) { return nil, errInference }
	})
}

func readSchedule[C any](r *Registry, name, summary string) error {
	return r.schedules.add(name, summary, reflect.TypeFor[C](), func(any) scheduleMaker {
		return func(float64, int) (*optim.Schedule, error) { return nil, errInference }
	})
}

// modules are what a model is made of.
func modules() *Registry {
	r := &Registry{
		inputs:  &strictyaml.Table{What: "type of input"},
		outputs: &strictyaml.Table{What: "type of output", Reserved: groupKeys},
		encoders: map[string]*table[encoderMaker]{
			Image:   newTable[encoderMaker]("image encoder", "cnn", groupKeys...),
			Text:    newTable[encoderMaker]("text encoder", "transformer", groupKeys...),
			Tabular: newTable[encoderMaker]("tabular encoder", "mlp", groupKeys...),
		},
		fusions:    newTable[fusionMaker]("fusion", "", append([]string{"of"}, groupKeys...)...),
		optimizers: newTable[optimizerMaker]("optimizer", "adamw"),
		schedules:  newTable[scheduleMaker]("schedule", "cosine"),
		ngrams:     map[string]bool{},
		tried:      map[string]int{},
		added:      map[string]addedInput{},
		kinds: data.Kinds{
			"image":   func() data.Preprocessor { return &image.Preprocessor{} },
			"tokens":  func() data.Preprocessor { return &text.Tokens{} },
			"ngrams":  func() data.Preprocessor { return &text.NGrams{} },
			"tabular": func() data.Preprocessor { return &tabular.Preprocessor{} },
		},
	}
	must(
		r.inputs.Add(strictyaml.VariantOf[ImageInput](Image, "a column of image files")),
		r.inputs.Add(strictyaml.VariantOf[TextInput](Text, "a column of texts")),
		r.inputs.Add(strictyaml.VariantOf[TabularInput](Tabular, "columns of numbers and of categories")),

		r.outputs.Add(strictyaml.VariantOf[BinaryOutput]("binary", "one of two labels")),
		r.outputs.Add(strictyaml.VariantOf[MulticlassOutput]("multiclass", "one of several labels")),
		r.outputs.Add(strictyaml.VariantOf[MultilabelOutput]("multilabel", "any number of labels")),
		r.outputs.Add(strictyaml.VariantOf[RegressionOutput]("regression", "a number")),

		addModality(r, vector.Type(), reflect.TypeFor[VectorInput]()),

		AddEncoder(r, Image, "cnn", "stages of convolution, normalisation, activation and pooling", encoders.NewCNN),
		AddEncoder(r, Text, "transformer", "self attention over sub-words", encoders.NewTransformer),
		AddEncoder(r, Text, "ngrams", "words as the mean of hashed character n-grams; for short texts and small data", encoders.NewNGrams, ReadsNGrams),
		AddEncoder(r, Tabular, "mlp", "numbers and embedded categories through a multi-layer perceptron", encoders.NewMLP),
		AddEncoder(r, Tabular, "tabm", "an ensemble of perceptrons that share most weights (TabM)", encoders.NewTabM),
		AddEncoder(r, Tabular, "transformer", "self attention between columns, one token a column", encoders.NewTabularTransformer),
		AddEncoder(r, "vector", "linear", "one linear layer", encoders.NewVectorLinear),
		AddEncoder(r, "vector", "mlp", "a multi-layer perceptron", encoders.NewVectorMLP),

		AddFusion(r, "concat", "feature concatenation: pooled vectors side by side, and hidden layers", fusion.NewConcat, Tried(2)),
		AddFusion(r, "sum", "the mean of projected features", fusion.NewSum),
		AddFusion(r, "max", "the strongest sign of each feature", fusion.NewMax),
		AddFusion(r, "gated", "features weighed one by one, by gates that see all modalities", fusion.NewGated, Tried(3)),
		AddFusion(r, "attention_pool", "modalities weighed whole, by how telling they are", fusion.NewAttentionPool),
		AddFusion(r, "bilinear", "products of features across modalities, at a low rank", fusion.NewBilinear),
		AddFusion(r, "tensor", "all products of features across modalities, and hidden layers; for few small inputs", fusion.NewTensor),
		AddFusion(r, "mixture", "late fusion: every modality decides, a gate weighs the decisions", fusion.NewMixture),
		AddFusion(r, "score_average", "late fusion: every modality decides, probabilities are averaged", fusion.NewScoreAverage, Tried(1)),
		AddFusion(r, "cross_attention", "tokens of each modality attend to those of the others", fusion.NewCrossAttention, Tried(4)),
		AddFusion(r, "early", "early fusion: one transformer over the tokens of all modalities", fusion.NewEarly),
		AddFusion(r, "film", "feature injection: one modality scales and shifts the features of another", fusion.NewFiLM),
		AddFusion(r, "bottleneck", "modalities exchange what fits into a few shared tokens", fusion.NewBottleneck),
		AddFusion(r, "perceiver", "a few learned latents attend to the tokens of all modalities", fusion.NewPerceiver),
	)
	return r
}

// must panics on an error that only a mistake in this package can cause.
func must(errs ...error) {
	for _, err := range errs {
		if err != nil {
			panic(err)
		}
	}
}
