// Package serve answers over HTTP with a trained model: JSON and multipart in,
// JSON out, with a page for people at "/".
//
// Rows of requests that arrive together are computed together. Every limit
// (size, time, requests under way) has an answer of its own, given at once.
// Nothing in a request is opened as a path or a URL: an image is bytes.
//
// docs/serve.md has the interface; the server describes it at /openapi.json.
package serve
