package archtest

// A room is a package, by its path below the module.
type room struct{ path, holds string }

// A floor is the packages that may import only those of floors below.
type floor struct {
	name  string
	rooms []room
}

// house is the map, from the ground up. A new package goes on the lowest floor
// that is above all it imports.
var house = []floor{
	{"bedrock", []room{
		{"internal/nearest", "the name that a misspelt one was meant to be"},
	}},
	{"foundations", []room{
		{"rng", "random numbers as a function of where they are used"},
		{"internal/phrase", "the parts that messages have in common"},
		{"internal/parallel", "loops cut by shape over all cores"},
		{"internal/threshold", "from which probability on a label is predicted"},
		{"internal/rounding", "numbers that differ, told from those that are equal but for rounding"},
		{"internal/memory", "how much memory there is"},
		{"internal/fileid", "files compared by what they are, not by how they are spelt"},
		{"internal/failpoint", "places where a test may end the program"},
		{"internal/python", "a Python interpreter that the user has, asked to check an export"},
		{"internal/version", "the version of the running program"},
		{"internal/strictyaml/schematest", "documents held against JSON Schemas, for tests"},
		{"internal/fieldcomments/internal/sample", "structs for the tests of fieldcomments"},
		{"internal/words", "Unicode normal forms and words"},
		{"internal/difference", "in which places two values differ, for tests"},
	}},
	{"kernels and formats", []room{
		{"internal/simd", "float32 kernels on slices"},
		{"internal/property", "inputs at random, and the simplest that fails, for tests"},
		{"internal/strictyaml", "YAML into typed structs, all problems at once"},
		{"internal/fieldcomments", "comments of struct fields, out of the source"},
		{"internal/stats", "how far measured figures can be believed"},
		{"internal/reference", "the reference of the config's keys, out of its schema"},
		{"internal/scenes", "a small world for questions about pictures"},
		{"modality/image/imaging", "image files into resized pixels"},
		{"internal/ngrams", "words into bags of hashed n-grams"},
		{"modality/text/tokenizer", "sub-word vocabularies"},
		{"checkpoints", "files that survive what happens to a process"},
		{"internal/onnx", "ONNX files, written"},
		{"metrics", "figures of predictions"},
	}},
	{"ground", []room{
		{"internal/onnx/onnxtest", "ONNX files read and run, for tests"},
		{"data", "tables, targets, splits, batches, and what all preprocessors are; knows no graph and no kind of input"},
		{"op", "operators of a Gorgonia graph"},
		{"internal/compare", "which of several ways to predict is best, and whether it is worth it"},
		{"calibrate", "temperatures and weights of decisions, fitted after training"},
		{"optim", "optimizers and schedules over one flat vector"},
		{"checkpoints/checkpointstest", "file systems that fail on demand, for tests"},
	}},
	{"layers", []room{
		{"nn", "parameters, graphs, programs, layers"},
		{"internal/filesums", "files that must not change while they are read again"},
		{"internal/sample", "a small table of three modalities, for tests"},
		{"internal/cells", "ways to write a cell, and what each is read as, for a page and for tests"},
		{"internal/messy", "tables as people have them, from seeds, for tests"},
		{"modality", "what a kind of input is, as one value"},
		{"modality/modalitytest", "what every preprocessor promises, for tests"},
		{"internal/planted", "tables whose inputs interact in a known way"},
	}},
	{"attention", []room{
		{"attention", "multi-head attention and its blocks"},
		{"nn/nntest", "checks of gradients and modules, for tests"},
		{"modality/vector", "numbers that another model made, such as embeddings"},
		{"modality/image", "image files, resized"},
		{"modality/text", "texts, as sub-words or as n-grams"},
		{"modality/tabular", "numbers, dates and categories of a table"},
	}},
	{"encoders", []room{
		{"encoders", "one file a modality"},
		{"cli/internal/guess", "a first config for a table that nobody described"},
	}},
	{"fusions", []room{
		{"fusion", "one file an operator"},
		{"encoders/encoderstest", "what every encoder promises, for tests"},
	}},
	{"heads", []room{
		{"head", "one file a kind of answer: loss, what scores mean, figures"},
	}},
	{"model", []room{
		{"model", "inputs, encoders, fusion tree, output and loss, joined"},
		{"internal/cases", "one entry a fusion, for all tests that go over them, and for the pages"},
		{"fusion/fusiontest", "what every fusion promises, for tests"},
	}},
	{"training", []room{
		{"trainer", "the loop over epochs and steps, evaluation, resume"},
	}},
	{"studies", []room{
		{"internal/ablation", "what each input of a trained model is worth"},
		{"explain", "why a trained model answers a row as it does"},
	}},
	{"description", []room{
		{"config", "YAML into constructors, and the registry of what it can name"},
		{"internal/report", "one page about a run"},
		{"explain/explaintest", "what every explanation promises, for tests"},
	}},
	{"bundle", []room{
		{"bundle", "a trained model with all that a prediction needs"},
	}},
	{"inference", []room{
		{"infer", "answers to rows given as values, for many goroutines"},
		{"internal/transfer", "a model that begins from the weights of another"},
	}},
	{"services", []room{
		{"fit", "a config and a table into a trained model"},
		{"serve", "answers over HTTP"},
	}},
	{"searches", []room{
		{"internal/auto", "the model that predicts a table best within a time"},
	}},
	{"departure", []room{
		{"export", "a model for other programs: ONNX, weights, samples"},
	}},
	{"commands", []room{
		{"cli/internal/app", "what the commands do"},
	}},
	{"command line", []room{
		{"cli", "flags, signals, exit codes"},
	}},
	{"roof", []room{
		{"bench", "times beside other libraries' on the same machine"},
		{"cmd/chiasm", "the program"},
		{"examples/clipart", "drawings, titles and figures"},
		{"examples/fashion", "a table of Fashion-MNIST"},
		{"examples/first/config", "a config file into a model"},
		{"examples/first/table", "a table into a model, and a question to it"},
		{"examples/hybrid", "made-up visits to a shop: what was done, what is shown, who it is"},
		{"examples/late", "made-up scans and records, one often missing"},
		{"examples/scenes", "a table of internal/scenes"},
		{"examples/scenes/looks", "where explanations of scenes look"},
		{"internal/archtest", "this map"},
		{"internal/zero", "what everything that is exported does with zero values"},
		{"internal/promises", "bad inputs of every kind, given to the command, and what must come of each"},
	}},
}

// A wall stands between rooms although one is below the other.
type wall struct {
	room  string
	never []string // and what is inside them
	why   string
}

var walls = []wall{
	{"internal/simd", []string{"data", "modality", "trainer", "checkpoints"}, "kernels know slices only"},
	{"op", []string{"data", "modality", "trainer", "checkpoints"}, "operators know arrays only"},
	{"nn", []string{"data", "modality", "trainer", "checkpoints"}, "layers know no tables, files or optimizers"},
	{"attention", []string{"data", "modality", "trainer", "checkpoints"}, "it is made of layers only"},
	{"encoders", []string{"trainer", "checkpoints", "modality/image/imaging", "modality/text/tokenizer", "internal/ngrams"}, "encoders are given nodes of a graph, and features' shapes"},
	{"fusion", []string{"data", "modality", "trainer", "checkpoints"}, "fusions know encodings only"},
	{"model", []string{"trainer", "checkpoints"}, "a model knows no files and no optimizer"},
	{"trainer", []string{"encoders", "fusion", "attention", "op"}, "a trainer trains any model, and names no part of one"},
	{"optim", []string{"data", "modality", "checkpoints"}, "optimizers know one flat vector"},
	{"checkpoints", []string{"data", "modality", "internal/simd"}, "checkpoints know names, shapes and bytes"},
	{"data", []string{"checkpoints", "trainer", "internal/simd"}, "data stands beside the stairs"},
	{"internal/report", []string{"nn", "op", "model", "fusion", "encoders", "checkpoints"}, "a report is written of plain figures"},
	{"infer", []string{"trainer", "checkpoints"}, "a service links no training loop"},
	{"serve", []string{"trainer", "checkpoints", "model", "nn", "bundle"}, "what answers is infer"},
	{"cli", []string{"bundle", "checkpoints", "data", "model"}, "flags have no logic behind them but cli/internal/app"},
}

// loans are what tests import from their own floor or from above: operators
// are tested in graphs, examples begin with a config, and what is fitted is held to
// the operators that use it.
var loans = map[string][]string{
	"data":               {"modality/image", "modality/tabular", "modality/text"},
	"internal/ablation":  {"config"},
	"bundle":             {"export", "fit", "infer"},
	"explain":            {"config"},
	"fusion":             {"config"},
	"op":                 {"nn"},
	"cli/internal/guess": {"config"},
	"calibrate":          {"op"},
	"modality":           {"modality/tabular"},
	"model":              {"config"},
	"trainer":            {"config"},
	"internal/reference": {"config"},
	"internal/planted":   {"config", "trainer"},
}

// helpers are for tests alone: no package but another helper imports them, and
// tests do wherever they stand.
var helpers = []string{
	"checkpoints/checkpointstest", "encoders/encoderstest", "fusion/fusiontest", "explain/explaintest", "internal/onnx/onnxtest", "internal/messy", "internal/cases", "internal/sample", "internal/cells", "modality/modalitytest", "nn/nntest",
	"internal/fieldcomments/internal/sample", "internal/strictyaml/schematest", "internal/difference", "internal/property",
}

// A ban is an import that no package has but those named.
type ban struct {
	path    string // and, where it ends in a slash, what is inside it
	but     []string
	tests   bool // tests may
	instead string
}

// nameRooms may name kinds of inputs: the registry; what writes a first config, which
// chooses their options; and an example.
var nameRooms = []string{"config", "cli/internal/guess", "examples/first/table"}

const noRoom = "what a kind of input is stays in its room of modality/; ask for one of the interfaces of package data"

var bans = []ban{
	{path: module + "/modality/image", but: nameRooms, tests: true, instead: noRoom},
	{path: module + "/modality/tabular", but: nameRooms, tests: true, instead: noRoom},
	{path: module + "/modality/text", but: nameRooms, tests: true, instead: noRoom},
	{path: module + "/modality/vector", but: nameRooms, tests: true, instead: noRoom},
	{path: "encoding/gob", instead: "it can make a reader allocate without bound, and loses names; use package checkpoints"},
	{path: "plugin", instead: "loading a file runs no code; a plug-in is a value in a registry"},
	{path: "archive/", instead: "nothing is unpacked"},
	{path: "os/exec", but: []string{"bench", "internal/python"}, tests: true, instead: "no other program is started, but a Python that the user has, to check an export, by those who ask for it"},
	{path: "math/rand", instead: "it has state; use rng"},
	{path: "math/rand/v2", tests: true, instead: "it has state; use rng"},
	{path: "net/", but: []string{"serve", "tracking"}, tests: true, instead: "the network is not touched"},
	{path: "unsafe", but: []string{"nn"}, tests: true, instead: "nn asks for the size of a number; nothing else needs it"},
	{path: "C", instead: "there is no cgo: the program is one static file for any machine"},
}

// libraries are what the packages import from other modules.
var libraries = map[string][]string{
	"gorgonia.org/gorgonia":               {"internal/simd", "op", "nn", "nn/nntest", "attention", "encoders", "encoders/encoderstest", "fusion", "fusion/fusiontest", "head", "model", "explain", "export", "bench"},
	"gorgonia.org/tensor":                 {"internal/simd", "op", "nn", "bench"},
	"github.com/chewxy/hm":                {"op"}, // types of Gorgonia's operators
	"gonum.org/v1/gonum/blas":             {"internal/simd", "op"},
	"golang.org/x/sys/cpu":                {"internal/simd"},
	"golang.org/x/image":                  {"modality/image/imaging"},
	"golang.org/x/sync/semaphore":         {"serve"},
	"golang.org/x/text/encoding":          {"data"},
	"golang.org/x/text/transform":         {"data"},
	"golang.org/x/text/unicode/norm":      {"data", "internal/words"},
	"github.com/klauspost/compress/zstd":  {"data"},
	"github.com/prometheus/client_golang": {"serve"},
	"golang.org/x/term":                   {"cli/internal/app"},
	"go.yaml.in/yaml/v4":                  {"internal/strictyaml", "fit"},
	"github.com/creasty/defaults":         {"internal/strictyaml", "config", "optim"},
	"github.com/go-playground/validator":  {"internal/strictyaml"},
	"github.com/jedib0t/go-pretty":        {"cli/internal/app"},
	"github.com/schollz/progressbar":      {"cli/internal/app"},
	"github.com/spf13/cobra":              {"cli"},
	"github.com/spf13/pflag":              {"cli"},
	"github.com/google/renameio":          {"bench", "examples/fashion", "internal/scenes"},
	"golang.org/x/sys/unix":               {}, // of tests
}

// withoutExample are packages that show nothing by an Example: programs, and
// what needs a *testing.T, whose documentation shows the call.
var withoutExample = []string{
	"bench",
	"cmd/chiasm", "examples/clipart", "examples/fashion", "examples/first/config", "examples/first/table", "examples/hybrid", "examples/late", "examples/scenes", "examples/scenes/looks",
	"encoders/encoderstest", "explain/explaintest", "fusion/fusiontest", "internal/onnx/onnxtest", "nn/nntest", "internal/fieldcomments/internal/sample", "internal/archtest", "internal/promises", "internal/property", "internal/zero",
}
