package poc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/arxsec/arxctl/internal/poc/faults"
)

// controlFile, in the state directory, names the supervisor's socket. The socket itself lies in the stack's own directory,
// because the path of a Unix socket has room for about 100 characters and a state directory may be longer.
const controlFile = "control"

type request struct {
	Verb string `json:"verb"`
	ID   string `json:"id,omitempty"`
}

type answer struct {
	Error string   `json:"error,omitempty"`
	Lines []string `json:"lines,omitempty"`
}

// RunSupervisor brings a stack up, calls ready, and holds the stack until ctx ends or a client asks for its end. All is
// stopped when it returns; nil means that it was asked to stop.
func RunSupervisor(ctx context.Context, opts Options, stateDir string, ready func(*Stack) error) error {
	if err := os.MkdirAll(stateDir, 0o700); err != nil {
		return err
	}
	if c, err := Dial(stateDir); err == nil {
		if _, err := c.Status(ctx); err == nil {
			return fmt.Errorf("a reference stack is up already in %s; take it down first", stateDir)
		}
	}
	s, err := Up(ctx, opts)
	if err != nil {
		return err
	}
	err = s.supervise(ctx, stateDir, ready)
	return errors.Join(err, s.Down(context.Background()))
}

func (s *Stack) supervise(ctx context.Context, stateDir string, ready func(*Stack) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	path := filepath.Join(s.dir, "control.sock")
	listener, err := net.Listen("unix", path)
	if err != nil {
		return err
	}
	defer listener.Close()
	control := filepath.Join(stateDir, controlFile)
	if err := os.WriteFile(control, []byte(path), 0o600); err != nil {
		return err
	}
	defer os.Remove(control)
	if err := ready(s); err != nil {
		return err
	}
	go func() {
		<-ctx.Done()
		listener.Close()
	}()
	for {
		conn, err := listener.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		if s.converse(ctx, conn) {
			return nil
		}
	}
}

// converse answers one request and reports whether it was for the end. One at a time: they change the same stack.
func (s *Stack) converse(ctx context.Context, conn net.Conn) (end bool) {
	defer conn.Close()
	if conn.SetDeadline(time.Now().Add(time.Minute)) != nil {
		return false
	}
	var req request
	if json.NewDecoder(conn).Decode(&req) != nil {
		return false
	}
	var out answer
	var err error
	switch req.Verb {
	case "plant":
		fault, ok := faults.Find(req.ID)
		if !ok {
			err = fmt.Errorf("no fault is called %q; see: arxctl poc fault list", req.ID)
			break
		}
		err = s.Plant(ctx, fault)
	case "clear":
		err = s.Clear(ctx)
	case "status":
		out.Lines = s.Status()
	case "down":
		end = true
	default:
		err = fmt.Errorf("the supervisor does not know %q", req.Verb)
	}
	if err != nil {
		out.Error = err.Error()
	}
	if end {
		// No answer: the client waits for the stack to be gone.
		return true
	}
	_ = json.NewEncoder(conn).Encode(out) // a client that went away has nothing to be told
	return false
}

// Client speaks to the supervisor of a state directory.
type Client struct {
	stateDir string
	socket   string
}

// Dial finds the supervisor of a state directory.
func Dial(stateDir string) (*Client, error) {
	text, err := os.ReadFile(filepath.Join(stateDir, controlFile))
	if err != nil {
		return nil, fmt.Errorf("no reference stack is up in %s; start one with: arxctl poc up --detach", stateDir)
	}
	return &Client{stateDir: stateDir, socket: strings.TrimSpace(string(text))}, nil
}

// Plant plants the fault of an id.
func (c *Client) Plant(ctx context.Context, id string) error {
	_, err := c.ask(ctx, request{Verb: "plant", ID: id})
	return err
}

// Clear takes all faults away.
func (c *Client) Clear(ctx context.Context) error {
	_, err := c.ask(ctx, request{Verb: "clear"})
	return err
}

// Status returns a line for each part of the stack.
func (c *Client) Status(ctx context.Context) ([]string, error) {
	out, err := c.ask(ctx, request{Verb: "status"})
	return out.Lines, err
}

// Down ends the stack and returns when nothing of it is left.
func (c *Client) Down(ctx context.Context) error {
	conn, err := c.send(ctx, request{Verb: "down"})
	if err != nil {
		return err
	}
	conn.Close()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		// The stack's own directory is the last thing to go.
		if _, err := os.Stat(filepath.Dir(c.socket)); errors.Is(err, os.ErrNotExist) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the stack in %s is still stopping: %w", c.stateDir, ctx.Err())
		case <-tick.C:
		}
	}
}

func (c *Client) send(ctx context.Context, req request) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", c.socket)
	if err != nil {
		return nil, fmt.Errorf("the supervisor of %s does not answer (%w); start a stack with: arxctl poc up --detach", c.stateDir, err)
	}
	if err := json.NewEncoder(conn).Encode(req); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

func (c *Client) ask(ctx context.Context, req request) (answer, error) {
	conn, err := c.send(ctx, req)
	if err != nil {
		return answer{}, err
	}
	defer conn.Close()
	var out answer
	if err := json.NewDecoder(conn).Decode(&out); err != nil {
		return out, fmt.Errorf("the supervisor of %s broke off: %w", c.stateDir, err)
	}
	if out.Error != "" {
		return out, errors.New(out.Error)
	}
	return out, nil
}
