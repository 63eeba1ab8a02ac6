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

// policy lets the page load scripts, styles and pictures of this server, pictures
// that the reader chose (data:), and nothing else. Nothing inline is run.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
	"frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

// page serves the files.
func (s *Server) page(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Security-Policy", policy)
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Referrer-Policy", "no-referrer")
	http.FileServerFS(s.options.Page).ServeHTTP(w, r)
}
