package config

import (
	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/encoders"
	"github.com/chiasm-ml/chiasm/fusion"
	"github.com/chiasm-ml/chiasm/internal/strictyaml"
	"github.com/chiasm-ml/chiasm/trainer/optim"
)

// Builtin is a new Registry of all that Chiasm brings.
func Builtin() *Registry {
	r := &Registry{
		inputs:  &strictyaml.Table{What: "type of input"},
		outputs: &strictyaml.Table{What: "type of output"},
		encoders: map[string]*table[encoderMaker]{
			Image:   newTable[encoderMaker]("image encoder", "cnn"),
			Text:    newTable[encoderMaker]("text encoder", "transformer"),
			Tabular: newTable[encoderMaker]("tabular encoder", "mlp"),
		},
		fusions:    newTable[fusionMaker]("fusion", "", "of"),
		optimizers: newTable[optimizerMaker]("optimizer", "adamw"),
		schedules:  newTable[scheduleMaker]("schedule", "cosine"),
		ngrams:     map[string]bool{},
		tried:      map[string]int{},
		added:      map[string]addedInput{},
		kinds:      data.BuiltinKinds(),
	}
	must(
		r.inputs.Add(strictyaml.VariantOf[ImageInput](Image, "a column of image files")),
		r.inputs.Add(strictyaml.VariantOf[TextInput](Text, "a column of texts")),
		r.inputs.Add(strictyaml.VariantOf[TabularInput](Tabular, "columns of numbers and of categories")),

		r.outputs.Add(strictyaml.VariantOf[BinaryOutput]("binary", "one of two labels")),
		r.outputs.Add(strictyaml.VariantOf[MulticlassOutput]("multiclass", "one of several labels")),
		r.outputs.Add(strictyaml.VariantOf[MultilabelOutput]("multilabel", "any number of labels")),
		r.outputs.Add(strictyaml.VariantOf[RegressionOutput]("regression", "a number")),

		AddEncoder(r, Image, "cnn", "stages of convolution, normalisation, activation and pooling", encoders.NewCNN),
		AddEncoder(r, Text, "transformer", "self attention over sub-words", encoders.NewTransformer),
		AddEncoder(r, Text, "ngrams", "words as the mean of hashed character n-grams; for short texts and small data", encoders.NewNGrams, ReadsNGrams),
		AddEncoder(r, Tabular, "mlp", "numbers and embedded categories through a multi-layer perceptron", encoders.NewMLP),
		AddEncoder(r, Tabular, "transformer", "self attention between columns, one token a column", encoders.NewTabularTransformer),

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

		AddOptimizer(r, "adamw", "Adam with decoupled weight decay", optim.NewAdamW),
		AddOptimizer(r, "sgd", "stochastic gradient descent with momentum", optim.NewSGD),

		AddSchedule(r, "constant", "the same rate throughout", optim.NewConstant),
		AddSchedule(r, "cosine", "falls along half a cosine", optim.NewCosine),
		AddSchedule(r, "linear", "falls evenly", optim.NewLinear),
		AddSchedule(r, "step", "falls by a factor at even distances", optim.NewStep),
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
