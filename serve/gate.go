package serve

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
)

// A gate keeps out requests that a web page makes a browser send, and those of who
// does not know the token. A browser on this machine, or in its network, reaches the
// server for every page that it shows: by a name of the page's own that leads here
// (DNS rebinding), which Host tells, or across origins, which Origin and
// Sec-Fetch-Site tell. Programs send neither of these two, and pass.
type gate struct {
	names   []string // of this server, in lower case, beside those that follow from its address
	origins []string // of pages elsewhere that may use it
	any     bool     // pages of any origin
	token   *token   // nil: none is asked for
}

func newGate(o Options) (*gate, error) {
	g := &gate{}
	for _, name := range o.Hosts {
		host := hostName(name)
		if host == "" || strings.ContainsAny(name, "/@ *") {
			return nil, &OptionError{"--host", fmt.Sprintf("%q, expected a name as models.example.org", name)}
		}
		g.names = append(g.names, host)
	}
	for _, origin := range o.AllowOrigins {
		u, err := url.Parse(origin)
		switch {
		case origin == "*":
			g.any = true
		case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || strings.TrimSuffix(origin, "/") != u.Scheme+"://"+u.Host:
			return nil, &OptionError{"--allow-origin", fmt.Sprintf("%q, expected an origin as https://app.example.org, or *", origin)}
		default:
			g.origins = append(g.origins, strings.ToLower(u.Scheme+"://"+u.Host))
		}
	}
	if o.TokenFile != "" {
		g.token = &token{file: o.TokenFile}
		if err := g.token.read(); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// open are the paths that tell nothing but that there is a server: those who ask
// for them, as balancers do, know an address and no name or token.
var open = []string{"/healthz", "/readyz"}

// single are the headers that the server decides by. Of two, each of those that a request
// comes through may believe another one.
var single = []string{"Authorization", "Content-Encoding", "Content-Type", "Origin", "Sec-Fetch-Dest", "Sec-Fetch-Mode", "Sec-Fetch-Site"}

// check is the refusal of a request, and for the metrics, why; nil if it may pass.
// page says that the path is of the page, which holds nothing of the model.
func (g *gate) check(r *http.Request, page bool) (*refusal, string) {
	for _, name := range single {
		if len(r.Header[name]) > 1 {
			return refused(http.StatusBadRequest, "the header %s occurs twice", name), "header"
		}
	}
	if !slices.Contains(open, r.URL.Path) && !g.knows(r) {
		return refused(http.StatusMisdirectedRequest,
			"this server is not called %s; start it with --host %s if it is", quoted(r.Host), clip(hostName(r.Host))), "host"
	}
	if !g.welcome(r, page) {
		return refused(http.StatusForbidden,
			"a page of %s may not use this server; start it with --allow-origin if it may", clip(originOf(r))), "origin"
	}
	if g.token != nil && !page && !slices.Contains(open, r.URL.Path) && !isPreflight(r) && !g.token.is(r.Header.Get("Authorization")) {
		return refused(http.StatusUnauthorized, "the server asks for its token: Authorization: Bearer …"), "token"
	}
	return nil, ""
}

// knows reports whether Host is a name of this server: one of its options, or what
// follows from the address at which the connection came in. One on the loopback has
// the names of the loopback. Another has any address, since what is behind a port that
// was forwarded does not know its own, and nobody can make an address lead elsewhere;
// and the machine's name.
func (g *gate) knows(r *http.Request) bool {
	host := hostName(r.Host)
	local, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	if host == "" || !ok || slices.Contains(g.names, host) { // no browser leaves Host out
		return true
	}
	if host == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(host)
	if local.IP.IsLoopback() {
		return err == nil && address.Unmap().IsLoopback()
	}
	machine, _ := os.Hostname()
	return err == nil || machine != "" && host == strings.ToLower(machine)
}

// hostName is a Host without its port, in lower case.
func hostName(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.TrimSuffix(strings.ToLower(strings.Trim(host, "[]")), ".")
}

// welcome reports whether a request is of no page, of the server's own, of one that is
// allowed, or opens the page by a link.
func (g *gate) welcome(r *http.Request, page bool) bool {
	origin := r.Header.Get("Origin")
	if origin != "" && g.allows(origin) {
		return true
	}
	site := r.Header.Get("Sec-Fetch-Site")
	if site != "" && site != "same-origin" && site != "none" {
		return page && origin == "" && r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document"
	}
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host)
}

func (g *gate) allows(origin string) bool {
	return g.any || slices.Contains(g.origins, strings.ToLower(origin))
}

func originOf(r *http.Request) string {
	if o := r.Header.Get("Origin"); o != "" {
		return o
	}
	return "another origin"
}

// share tells a browser which page may read the answer. It answers the question
// that a browser asks before it sends a request across origins, and reports whether
// it was one.
func (g *gate) share(w http.ResponseWriter, r *http.Request) (answered bool) {
	if len(g.origins) == 0 && !g.any {
		return false
	}
	h := w.Header()
	h.Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	if origin == "" || !g.allows(origin) {
		return false
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Expose-Headers", "Retry-After")
	if !isPreflight(r) {
		return false
	}
	h.Set("Access-Control-Allow-Methods", "GET, HEAD, POST")
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Encoding, Content-Type")
	h.Set("Access-Control-Max-Age", "600")
	if r.Header.Get("Access-Control-Request-Private-Network") == "true" {
		h.Set("Access-Control-Allow-Private-Network", "true")
	}
	w.WriteHeader(http.StatusNoContent)
	return true
}

func isPreflight(r *http.Request) bool {
	return r.Method == http.MethodOptions && r.Header.Get("Origin") != "" && r.Header.Get("Access-Control-Request-Method") != ""
}
