package serve

import (
	"bufio"
	"context"
	"errors"
	"net"
	"strings"
	"testing"
)

// pipes makes connections of a's, with their other ends.
func pipes(t *testing.T, a *conns, n int) (all []*conn, others []net.Conn) {
	t.Helper()
	for range n {
		c, other := net.Pipe()
		t.Cleanup(func() { c.Close(); other.Close() })
		all, others = append(all, a.add(c)), append(others, other)
	}
	return all, others
}

// For one connection more than there may be, the one is closed that has waited for its
// client the longest; none that is being answered.
func TestB9_ConnectionsShutEachOtherOut(t *testing.T) {
	shed := 0
	a := newConns(3, 1<<20, func() { shed++ })
	all, _ := pipes(t, a, 3)
	all[0].is(asks) // it waits for its body, and since later than the others
	all[1].is(asks)
	all[1].is(works)
	more, _ := pipes(t, a, 2)
	for i, gone := range []bool{true, false, true} {
		if all[i].gone != gone {
			t.Errorf("connection %d is closed: %v", i, all[i].gone)
		}
	}
	if n, _ := a.counts(); n != 3 || shed != 2 {
		t.Errorf("%d connections, %d closed for others", n, shed)
	}
	for _, k := range more {
		k.is(works)
	}
	if last, _ := pipes(t, a, 1); last[0] != nil {
		t.Error("a connection was closed that is being answered")
	}
	all[1].is(answers) // and is not read
	if last, _ := pipes(t, a, 1); last[0] == nil || !all[1].gone {
		t.Error("an answer that is not read keeps others out")
	}
	for _, k := range more {
		k.Close()
		k.Close()
	}
	if n, _ := a.counts(); n != 1 {
		t.Errorf("%d connections are left", n)
	}
}

// For more of a header than there is room for, the connection is closed that has the
// most of one.
func TestB9_HeadersAreCharged(t *testing.T) {
	a := newConns(100, 2*10*lineBytes, func() {})
	all, others := pipes(t, a, 3)
	send := func(i int, lines string) error {
		go others[i].Write([]byte(lines))
		_, err := all[i].Read(make([]byte, 4096))
		return err
	}
	if err := send(0, strings.Repeat("\n", 6)); err != nil {
		t.Fatal(err)
	}
	if err := send(1, strings.Repeat("\n", 2)); err != nil {
		t.Fatal(err)
	}
	if err := send(2, strings.Repeat("\n", 5)); err != nil || !all[0].gone || all[1].gone {
		t.Errorf("%v, closed: %v, %v", err, all[0].gone, all[1].gone)
	}
	if err := send(2, strings.Repeat("\n", 9)); !errors.Is(err, errNoRoom) || !all[2].gone || all[1].gone {
		t.Errorf("%v, closed: %v, %v", err, all[1].gone, all[2].gone)
	}
	all[1].is(asks) // what comes now is of a body
	if err := send(1, strings.Repeat("\n", 1000)); err != nil {
		t.Error(err)
	}
	all[1].idle()
	if a.used != 0 {
		t.Errorf("%d bytes are left", a.used)
	}
}

// In a listener, nobody is kept out by connections that say nothing.
func TestB9_IdleConnections(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	a := newConns(2, 1<<20, func() {})
	accepted := make(chan net.Conn)
	go func() {
		for {
			c, err := bounded{l, a}.Accept()
			if err != nil {
				return
			}
			accepted <- c
		}
	}()
	var first, last net.Conn
	for i := range 5 {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if last = <-accepted; i == 0 {
			first = c
		}
	}
	if n, err := first.Read(make([]byte, 1)); err == nil {
		t.Errorf("the first is open: %d bytes", n)
	}
	a.mu.Lock()
	for a.waiting.Len() > 0 {
		a.waiting.Front().Value.(*conn).stops()
	}
	a.mu.Unlock()
	c, err := net.Dial("tcp", l.Addr().String()) // while all are being answered
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if line, _ := bufio.NewReader(c).ReadString('\n'); !strings.Contains(line, "503") {
		t.Errorf("it is told %q", line)
	}
	if last.(*conn).gone {
		t.Error("a connection was closed that is being answered")
	}
	if connOf(context.Background()) != nil {
		t.Error("a request of another listener has a connection")
	}
}
