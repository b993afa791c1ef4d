package stack

import (
	"context"
	"net"
	"net/http"
	"time"
)

// owner is who holds a listening port, seen from a process that was started.
type owner int

const (
	own     owner = iota // the process, one of its group, or one whose holder cannot be read
	another              // a program that has nothing to do with it
	nobody               // no longer anyone: another program may have tried the port and let go of it
)

func dialled(addr string) bool {
	c, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return false
	}
	// A dial to a free port of this machine can meet itself (TCP simultaneous
	// open); that is nobody listening.
	self := c.LocalAddr().String() == c.RemoteAddr().String()
	c.Close()
	return !self
}

// remains reports whether someone listens on addr and goes on listening: who
// only tries whether the port is free is gone within moments.
func remains(addr string) bool {
	for range 50 {
		if !dialled(addr) {
			return false
		}
		time.Sleep(2 * time.Millisecond)
	}
	return true
}

// answered returns the HTTP status of the ready path, 0 while there is none.
// Any status counts: a scratch process may well say that its database is away.
func answered(ctx context.Context, addr, path string) int {
	client := http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+path, nil)
	if err != nil {
		return 0
	}
	res, err := client.Do(req)
	if err != nil {
		return 0
	}
	res.Body.Close()
	return res.StatusCode
}
