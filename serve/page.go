package serve

import (
	"embed"
	"io/fs"
	"net/http"
)

//go:embed page
var pageFiles embed.FS

// builtinPage is the folder page: index.html is "/".
func builtinPage() fs.FS {
	page, err := fs.Sub(pageFiles, "page")
	if err != nil {
		panic(err) // of a name that is there
	}
	return page
}

// policy lets the page load nothing but what this server gives it.
const policy = "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"

// page serves the files.
func (s *Server) page(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Security-Policy", policy)
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Referrer-Policy", "no-referrer")
	http.FileServerFS(s.options.Page).ServeHTTP(w, r)
}
