// Package redis runs the throwaway Redis of the reference stack: redis-server where it is installed, else miniredis
// inside this process.
package redis

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/alicebob/miniredis/v2"

	"github.com/arxsec/arxctl/internal/poc/child"
	"github.com/arxsec/arxctl/internal/poc/postgres"
)

// Server is a running Redis on loopback that keeps nothing on disk.
type Server struct {
	// Addr is host:port; it stays the same over Kill and Revive.
	Addr string

	path    string
	process *child.Process
	mini    *miniredis.Miniredis
}

// Options choose the server. Path names a redis-server; empty means the one on PATH. Embedded asks for miniredis.
type Options struct {
	Path     string
	Embedded bool
}

// Start returns a server that answers.
func Start(ctx context.Context, opts Options) (*Server, error) {
	s := &Server{}
	if !opts.Embedded {
		name := opts.Path
		if name == "" {
			name = "redis-server"
		}
		path, err := exec.LookPath(name)
		if err != nil && opts.Path != "" {
			return nil, fmt.Errorf("redis-server at %q: %w", opts.Path, err)
		}
		if err == nil {
			s.path = path
		}
	}
	var err error
	for range 5 {
		var port int
		if port, err = postgres.FreePort(); err != nil {
			return nil, err
		}
		s.Addr = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
		if err = s.Revive(ctx); err == nil || ctx.Err() != nil {
			break
		}
	}
	if err != nil {
		return nil, errors.Join(err, s.Kill())
	}
	return s, nil
}

// Describe says which server runs, for the status line.
func (s *Server) Describe() string {
	if s.path == "" {
		return "miniredis in this process (redis-server is not installed)"
	}
	return "redis-server " + s.path
}

// URL returns the address in the form clients take.
func (s *Server) URL() string { return "redis://" + s.Addr + "/0" }

// Alive reports whether the server runs.
func (s *Server) Alive() bool { return s.process != nil || s.mini != nil }

// Kill ends the server: connections break and new ones are refused. What it held is gone.
func (s *Server) Kill() error {
	if s.mini != nil {
		s.mini.Close()
		s.mini = nil
	}
	if s.process == nil {
		return nil
	}
	process := s.process
	s.process = nil
	return process.Stop(context.Background(), syscall.SIGKILL, 10*time.Second)
}

// Revive starts the server, empty, at the address that it had.
func (s *Server) Revive(ctx context.Context) error {
	if s.Alive() {
		return nil
	}
	if s.path == "" {
		mini := miniredis.NewMiniRedis()
		if err := mini.StartAddr(s.Addr); err != nil {
			return fmt.Errorf("start miniredis on %s: %w", s.Addr, err)
		}
		s.mini = mini
		return nil
	}
	_, port, err := net.SplitHostPort(s.Addr)
	if err != nil {
		return err
	}
	cmd := exec.Command(s.path, "--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no",
		"--daemonize", "no", "--maxmemory", "64mb", "--maxmemory-policy", "noeviction", "--loglevel", "warning")
	cmd.Dir = os.TempDir()
	if s.process, err = child.Start(cmd, syscall.SIGKILL); err != nil {
		return err
	}
	if err := s.awaitPong(ctx); err != nil {
		return errors.Join(err, s.Kill())
	}
	return nil
}

// awaitPong speaks to the port by hand: a client library's own retry would cost more than the whole start.
func (s *Server) awaitPong(ctx context.Context) error {
	deadline := time.NewTimer(20 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !s.pong() {
		select {
		case <-s.process.Done():
			return fmt.Errorf("%s ended while starting on %s: %v", s.path, s.Addr, s.process.Err())
		case <-ctx.Done():
			return ctx.Err()
		case <-deadline.C:
			return fmt.Errorf("%s did not answer on %s within 20 seconds", s.path, s.Addr)
		case <-tick.C:
		}
	}
	return nil
}

// pong asks for the server's own process id, because another process may have taken the port first.
func (s *Server) pong() bool {
	conn, err := net.DialTimeout("tcp", s.Addr, 200*time.Millisecond)
	if err != nil {
		return false
	}
	defer conn.Close()
	if conn.SetDeadline(time.Now().Add(time.Second)) != nil {
		return false
	}
	if _, err := conn.Write([]byte("INFO server\r\n")); err != nil {
		return false
	}
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		if pid, ok := strings.CutPrefix(lines.Text(), "process_id:"); ok {
			return strings.TrimSpace(pid) == strconv.Itoa(s.process.Pid())
		}
	}
	return false
}
