package serve

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"

	"github.com/chiasm-ml/chiasm/data"
	"github.com/chiasm-ml/chiasm/infer"
)

// modelAnswer is what /v1/model answers.
type modelAnswer struct {
	infer.Description
	Explain bool        `json:"explain"` // whether there is /v1/explain
	Limits  limitAnswer `json:"limits"`
}

type limitAnswer struct {
	BodyBytes   int64   `json:"body_bytes"`
	Rows        int     `json:"rows"`
	ExplainRows int     `json:"explain_rows"`
	Seconds     float64 `json:"seconds"`
}

func (s *Server) modelOf(g *generation) modelAnswer {
	return modelAnswer{g.description, g.explains(), limitAnswer{s.options.MaxBody, s.options.MaxRows, maxExplained, s.options.Timeout.Seconds()}}
}

// object is one of JSON.
type object = map[string]any

// document makes the answers that follow from the model alone.
func (s *Server) document(g *generation) error {
	g.documents = map[string][]byte{}
	for path, v := range map[string]any{"/v1/model": s.modelOf(g), "/openapi.json": s.openAPI(g)} {
		b, err := json.Marshal(v)
		if err != nil {
			return err
		}
		g.documents[path] = append(b, '\n')
	}
	return nil
}

// documented answers with what was made when the model was loaded.
func (s *Server) documented(w http.ResponseWriter, r *http.Request) error {
	return send(w, s.present().documents[r.URL.Path])
}

// openAPI describes the interface with this model's columns and labels.
func (s *Server) openAPI(g *generation) object {
	paths := object{
		"/v1/predict":   object{"post": s.operation("Predict rows", rowsBody("Row", onErrorSchema), "Predictions", "400", "408", "413", "415", "422", "429", "503")},
		"/v1/model":     object{"get": s.operation("What the model is given and answers", nil, "")},
		"/healthz":      object{"get": s.operation("Whether the process answers", nil, "")},
		"/readyz":       object{"get": s.operation("Whether new requests are welcome", nil, "", "503")},
		"/metrics":      object{"get": textOperation("Figures in Prometheus's text format")},
		"/openapi.json": object{"get": s.operation("This document", nil, "")},
	}
	if g.explains() {
		explain := s.operation("Explain rows", rowsBody("Row"), "Explanations", "400", "408", "413", "415", "422", "429", "503")
		if g.description.Outputs != nil {
			explain["parameters"] = []object{outputParameter(g.description)}
		}
		paths["/v1/explain"] = object{"post": explain}
	}
	return object{
		"openapi": "3.1.0",
		"info":    object{"title": g.description.Name, "version": g.description.Version, "description": "Predictions of " + predicted(g.description)},
		"paths":   paths,
		"components": object{"schemas": object{
			"Row": rowSchema(g.description), "Predictions": predictionsSchema(g.description), "Error": errorSchema,
			"Explanations": objectOf(object{"explanations": object{"type": "array", "items": object{}}}, "explanations"),
		}},
	}
}

func ref(name string) object { return object{"$ref": "#/components/schemas/" + name} }

func jsonContent(schema object) object { return object{jsonType: object{"schema": schema}} }

// objectOf is the schema of an object with certain keys and no others.
func objectOf(properties object, required ...string) object {
	o := object{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		o["required"] = required
	}
	return o
}

// onErrorSchema is of what may be asked for beside the rows.
var onErrorSchema = object{"on_error": object{"type": "string", "enum": onErrorPolicies, "default": onErrorFail,
	"description": "what to do about a row that cannot be used: fail answers none; skip answers null for it, and says why in errors; mask takes the value as missing, where it may be, and says so in errors"}}

func rowsBody(row string, more ...object) object {
	properties := object{"rows": object{"type": "array", "minItems": 1, "items": ref(row)}}
	for _, o := range more {
		maps.Copy(properties, o)
	}
	content := jsonContent(objectOf(properties, "rows"))
	content["multipart/form-data"] = object{"schema": ref(row)}
	return object{"required": true, "content": content}
}

// operation is one method of a path; refusals are the statuses of its errors.
func (s *Server) operation(summary string, body object, answer string, refusals ...string) object {
	schema := object{"type": "object"}
	if answer != "" {
		schema = ref(answer)
	}
	responses := object{"200": object{"description": "OK", "content": jsonContent(schema)}}
	for _, status := range refusals {
		responses[status] = object{"description": reasons[status], "content": jsonContent(ref("Error"))}
	}
	o := object{"summary": summary, "responses": responses}
	if body != nil {
		o["requestBody"] = body
	}
	return o
}

func textOperation(summary string) object {
	return object{"summary": summary, "responses": object{"200": object{
		"description": "OK", "content": object{"text/plain": object{"schema": object{"type": "string"}}},
	}}}
}

var reasons = map[string]string{
	"400": "The request is not of the form described here",
	"408": "The body did not arrive in time",
	"413": "More bytes or rows than are taken at a time",
	"415": "A Content-Type that is not read",
	"422": "A value that the model cannot use",
	"429": "Too many requests are being answered; see Retry-After",
	"503": "No answer in time, or the server is stopping; see Retry-After",
}

var errorSchema = objectOf(object{"error": objectOf(object{
	"row":     object{"type": []string{"integer", "null"}, "description": "its place among the rows, from 0"},
	"field":   object{"type": []string{"string", "null"}},
	"message": object{"type": "string"},
}, "row", "field", "message")}, "error")

// rowSchema is a row of the model's columns.
func rowSchema(d infer.Description) object {
	properties, required := object{}, []string{}
	for _, in := range d.Inputs {
		for _, c := range in.Columns {
			if c.Required {
				required = append(required, c.Name)
			}
			properties[c.Name] = columnSchema(c)
		}
	}
	return objectOf(properties, required...)
}

func columnSchema(c infer.Column) object {
	types := map[data.As][]string{
		infer.ImageColumn: {"string"}, infer.FileColumn: {"string"}, infer.TextColumn: {"string"},
		infer.NumberColumn: {"number", "string"}, infer.DateColumn: {"string"}, infer.NumbersColumn: {"array", "string"},
	}[c.Type]
	if types == nil {
		types = []string{"string", "number", "boolean"}
	}
	if !c.Required {
		types = append(types, "null")
	}
	o := object{"type": types}
	switch c.Type {
	case infer.ImageColumn:
		o["description"] = "an image file (PNG, JPEG, WebP, GIF, BMP, TIFF) in base64, or a data URL of it; in a form, the file"
		o["contentEncoding"] = "base64"
	case infer.FileColumn:
		o["description"], o["contentEncoding"] = "a file in base64; in a form, the file", "base64"
	case infer.NumbersColumn:
		numbersSchema(o, c)
	case infer.DateColumn:
		dateSchema(o, c)
	case infer.CategoryColumn:
		o["examples"] = c.Categories[:min(len(c.Categories), 3)]
	case infer.ValueColumn:
		o["description"] = "what this is, its input alone knows"
	}
	if c.About != "" {
		o["description"] = c.About
	}
	return o
}

// numbersSchema says how many numbers there are.
func numbersSchema(o object, c infer.Column) {
	o["items"] = object{"type": "number"}
	o["description"] = "a list of numbers, or a text of it: JSON's, or with spaces between them"
	if c.Length > 0 {
		if o["maxItems"] = c.Length; !c.Shorter {
			o["minItems"] = c.Length
		}
	}
}

// dateSchema says how a date is written. JSON Schema has names for the ways of RFC 3339.
func dateSchema(o object, c infer.Column) {
	o["description"], o["examples"] = "a date written as "+c.DateFormat, []string{c.Example}
	switch c.DateFormat {
	case "%Y-%m-%d":
		o["format"] = "date"
	case "%Y-%m-%dT%H:%M:%S%z":
		o["format"] = "date-time"
	case "%Y%m%d": // which may be a number too
		o["type"] = append([]string{"number"}, o["type"].([]string)...)
	}
}

func predictionsSchema(d infer.Description) object {
	prediction := object{
		"present": object{"type": "array", "items": object{"type": "string"}, "description": "the inputs that the row had"},
		"unused":  unusedSchema,
	}
	required := []string{"present"}
	if d.Outputs == nil {
		properties, own := answerSchema(d.Output)
		maps.Copy(prediction, properties)
		required = append(own[:1:1], append(required, own[1:]...)...)
	} else {
		outputs, names := object{}, []string{}
		for _, o := range d.Outputs {
			properties, own := answerSchema(o)
			answer := objectOf(properties, own...)
			answer["description"] = o.Type + " of the column " + o.Column
			outputs[o.Name], names = answer, append(names, o.Name)
		}
		prediction["outputs"] = objectOf(outputs, names...)
		required = append(required, "outputs")
	}
	answer := objectOf(prediction, required...)
	answer["type"] = []string{"object", "null"}
	answer["description"] = "null for a row that on_error: skip left out"
	return objectOf(object{
		"predictions": object{"type": "array", "items": answer},
		"errors": object{"type": "array", "description": "where on_error is skip or mask", "items": objectOf(object{
			"row":     object{"type": "integer", "description": "its place among the rows, from 0"},
			"field":   object{"type": []string{"string", "null"}},
			"message": object{"type": "string"},
			"masked":  object{"type": "boolean", "description": "the row is answered, as if it lacked this value"},
		}, "row", "field", "message")},
	}, "predictions")
}

// answerSchema is what is said of a row for one output, and what of it is always there.
func answerSchema(o infer.Output) (properties object, required []string) {
	properties, required = object{"prediction": object{"type": "string"}}, []string{"prediction"}
	if len(o.Labels) == 0 {
		properties["prediction"] = object{"type": []string{"number", "null"}}
		return properties, required
	}
	probabilities := object{}
	for _, l := range o.Labels {
		probabilities[l] = object{"type": []string{"number", "null"}, "minimum": 0, "maximum": 1}
	}
	properties["probabilities"] = objectOf(probabilities, o.Labels...)
	return properties, append(required, "probabilities")
}

// outputParameter lets a client say which of several outputs is explained.
func outputParameter(d infer.Description) object {
	var names []string
	for _, o := range d.Outputs {
		names = append(names, o.Name)
	}
	return object{
		"name": "output", "in": "query", "required": false, "description": "the output to explain; by default the first",
		"schema": object{"type": "string", "enum": names, "default": names[0]},
	}
}

// predicted are the columns that are predicted, for people.
func predicted(d infer.Description) string {
	var all []string
	for _, o := range d.Answers() {
		all = append(all, o.Column)
	}
	return strings.Join(all, ", ")
}
