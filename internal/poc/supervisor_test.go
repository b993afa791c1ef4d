package poc_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/arxsec/arxctl/internal/poc"
)

// supervisor is one RunSupervisor in a goroutine of its own.
type supervisor struct {
	ready chan *poc.Stack
	ended chan error
}

func supervise(ctx context.Context, t *testing.T, state string) supervisor {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s := supervisor{make(chan *poc.Stack, 1), make(chan error, 1)}
	go func() {
		s.ended <- poc.RunSupervisor(ctx, poc.Options{Self: []string{exe}}, state, func(st *poc.Stack) error { s.ready <- st; return nil })
	}()
	return s
}

func (s supervisor) wait(t *testing.T, limit time.Duration) {
	t.Helper()
	select {
	case err := <-s.ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(limit):
		t.Fatalf("the supervisor did not end within %s", limit)
	}
}

func (s supervisor) up(t *testing.T) {
	t.Helper()
	select {
	case <-s.ready:
	case err := <-s.ended:
		t.Fatal(err)
	}
}

// Two that begin at the same moment: one gets the directory, and the other leaves nothing behind that nobody can stop.
func TestOneStackInAStateDirectory(t *testing.T) {
	state := t.TempDir()
	first, second := supervise(t.Context(), t, state), supervise(t.Context(), t, state)
	var refusal error
	select {
	case refusal = <-first.ended:
		first, second = second, first
	case refusal = <-second.ended:
	case <-time.After(30 * time.Second):
		t.Fatal("neither of two stacks in one state directory was refused")
	}
	if refusal == nil || !strings.Contains(refusal.Error(), "already in "+state) {
		t.Errorf("the second stack: %v", refusal)
	}
	first.up(t)
	c, err := poc.Dial(state)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Down(t.Context()); err != nil {
		t.Fatal(err)
	}
	// Down has returned, so the directory is free at once.
	ctx, cancel := context.WithCancel(t.Context())
	third := supervise(ctx, t, state)
	third.up(t)
	cancel()
	third.wait(t, 20*time.Second)
	first.wait(t, 20*time.Second)
}

func TestSilentClientKeepsNobodyWaiting(t *testing.T) {
	state := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s := supervise(ctx, t, state)
	s.up(t)
	control := filepath.Join(state, "control")
	socket, err := os.ReadFile(control)
	if err != nil {
		t.Fatal(err)
	}
	silent := func() net.Conn {
		conn, err := net.Dial("unix", string(socket))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return conn
	}
	dropped := silent()
	c, err := poc.Dial(state)
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	if _, err := c.Status(t.Context()); err != nil || time.Since(begun) > 1500*time.Millisecond {
		t.Errorf("status beside a client that says nothing: %v after %s", err, time.Since(begun))
	}
	if err := dropped.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := dropped.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("a client that says nothing is kept: %v", err)
	}
	silent()
	// What another wrote there is not ours to remove.
	if err := os.WriteFile(control, []byte("/somebody/else"), 0o600); err != nil {
		t.Fatal(err)
	}
	cancel()
	s.wait(t, 10*time.Second)
	if text, err := os.ReadFile(control); err != nil || string(text) != "/somebody/else" {
		t.Errorf("the word that another supervisor left is gone: %q (%v)", text, err)
	}
}

// A supervisor that accepts and never answers.
func TestClientStopsWaitingWhenTold(t *testing.T) {
	state := t.TempDir()
	socket := filepath.Join(state, "mute.sock")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if err := os.WriteFile(filepath.Join(state, "control"), []byte(socket), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := poc.Dial(state)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	asked := make(chan error, 1)
	go func() {
		_, err := c.Status(ctx)
		asked <- err
	}()
	conn, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	cancel()
	select {
	case err := <-asked:
		if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), state) {
			t.Errorf("got %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the client still waits for an answer after it was told to stop")
	}
}
