package serve

import (
	"bytes"
	"container/list"
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"
)

// Conns are the connections of a listener: so many at most, and so many bytes for the
// headers of their requests. For one more connection, the one is closed that has waited
// for its client the longest: an idle one, one whose request comes slowly, or whose
// answer is not read. For more of a header, the one with the most of it. So clients that
// hold what there is shut each other out; none is closed while it is being answered.
type conns struct {
	most int
	room int64  // of headers
	shed func() // told of each that was closed for another

	mu      sync.Mutex
	n       int
	used    int64
	waiting *list.List // *conn, in the order in which they began to wait
}

// What a connection takes (stacks, buffers of net/http), and a header: its bytes, and
// for each line, which may be as short as five bytes, what a map takes for it.
const (
	connBytes = 32 << 10
	lineBytes = 192
	// mostConns there are, if Options does not say.
	mostConns = 1 << 14
)

// newConns gives half of the bytes to headers, and if Options does not say how many
// connections there may be, as many as the other half holds.
func newConns(most int, bytes int64, shed func()) *conns {
	if most == 0 {
		most = int(min(mostConns, bytes/2/connBytes))
	}
	return &conns{most: most, room: bytes / 2, shed: shed, waiting: list.New()}
}

// A conn is one of them.
type conn struct {
	net.Conn
	all *conns

	// Of all.mu.
	charged int64
	header  bool          // what comes is of a header
	place   *list.Element // among those that wait; nil: it does not
	gone    bool
}

// add is a connection's conn; nil if there is no room.
func (a *conns) add(c net.Conn) *conn {
	a.mu.Lock()
	defer a.mu.Unlock()
	for a.n >= a.most {
		oldest := a.waiting.Front()
		if oldest == nil {
			return nil
		}
		a.close(oldest.Value.(*conn))
	}
	k := &conn{Conn: c, all: a, header: true}
	a.n++
	k.place = a.waiting.PushBack(k)
	return k
}

// charge takes bytes for a header, and reports whether the connection stays. a.mu is
// held.
func (a *conns) charge(k *conn, bytes int64) bool {
	a.used += bytes
	k.charged += bytes
	for a.used > a.room && !k.gone {
		largest := k
		for e := a.waiting.Front(); e != nil; e = e.Next() {
			if c := e.Value.(*conn); c.charged > largest.charged {
				largest = c
			}
		}
		a.close(largest)
	}
	return !k.gone
}

// close closes a connection for another. a.mu is held.
func (a *conns) close(k *conn) {
	a.remove(k)
	k.Conn.Close()
	a.shed()
}

// remove forgets a connection. a.mu is held.
func (a *conns) remove(k *conn) {
	if k.gone {
		return
	}
	k.gone = true
	a.n--
	a.used -= k.charged
	k.stops()
}

// waits puts the connection last among those that wait for their client. all.mu is held.
func (k *conn) waits() {
	if k.stops(); !k.gone {
		k.place = k.all.waiting.PushBack(k)
	}
}

// stops takes it out of these. all.mu is held.
func (k *conn) stops() {
	if k.place != nil {
		k.all.waiting.Remove(k.place)
		k.place = nil
	}
}

// idle says that a request is answered, and another may come.
func (k *conn) idle() {
	k.all.mu.Lock()
	defer k.all.mu.Unlock()
	if k.gone {
		return
	}
	k.header = true
	k.all.used -= k.charged
	k.charged = 0
	k.waits()
}

// Parts of a request. A conn of nil is of another listener.
const (
	asks    = iota // its header is there
	works          // it is there as a whole
	answers        // its answer is sent
)

// is says which part of a request the connection has come to.
func (k *conn) is(part int) {
	if k == nil {
		return
	}
	k.all.mu.Lock()
	defer k.all.mu.Unlock()
	k.header = false
	if part == works {
		k.stops()
	} else {
		k.waits()
	}
}

var errNoRoom = errors.New("serve: there is no room for the header of a request")

// Read charges what comes of a header.
func (k *conn) Read(p []byte) (int, error) {
	n, err := k.Conn.Read(p)
	if n > 0 && !k.takes(p[:n]) {
		return 0, errNoRoom
	}
	return n, err
}

func (k *conn) takes(p []byte) bool {
	k.all.mu.Lock()
	defer k.all.mu.Unlock()
	if !k.header || k.gone {
		return true
	}
	return k.all.charge(k, int64(len(p))+lineBytes*int64(bytes.Count(p, []byte("\n"))))
}

// Close closes the connection.
func (k *conn) Close() error {
	k.all.mu.Lock()
	k.all.remove(k)
	k.all.mu.Unlock()
	return k.Conn.Close()
}

// CloseWrite lets net/http end an answer before the request was read.
func (k *conn) CloseWrite() error {
	if c, ok := k.Conn.(interface{ CloseWrite() error }); ok {
		return c.CloseWrite()
	}
	return nil
}

// A bounded listener has conns.
type bounded struct {
	net.Listener
	conns *conns
}

func (b bounded) Accept() (net.Conn, error) {
	for {
		c, err := b.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if k := b.conns.add(c); k != nil {
			return k, nil
		}
		c.SetWriteDeadline(time.Now().Add(headerTimeout)) // a new connection takes so much at once
		c.Write([]byte("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"))
		c.Close()
	}
}

type connKey struct{}

// connOf is the connection of a request; nil if it is of another listener.
func connOf(ctx context.Context) *conn {
	k, _ := ctx.Value(connKey{}).(*conn)
	return k
}

// follow lets a server tell of its connections.
func follow(h *http.Server) {
	h.ConnContext = func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, connKey{}, c) }
	h.ConnState = func(c net.Conn, state http.ConnState) {
		if k, ok := c.(*conn); ok && state == http.StateIdle {
			k.idle()
		}
	}
}

// counts are the connections there are, and the bytes that they take.
func (a *conns) counts() (n int, bytes int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.n, a.used + int64(a.n)*connBytes
}
