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
)

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
	_, hangUp, err := c.send(ctx, request{Verb: "down"})
	if err != nil {
		return err
	}
	hangUp()
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

// send asks and returns the conversation, which ends with ctx, and what ends it before that.
func (c *Client) send(ctx context.Context, req request) (net.Conn, func(), error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", c.socket)
	if err != nil {
		return nil, nil, fmt.Errorf("the supervisor of %s does not answer (%w); start a stack with: arxctl poc up --detach", c.stateDir, err)
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	hangUp := func() {
		stop()
		conn.Close()
	}
	if err := json.NewEncoder(conn).Encode(req); err != nil {
		hangUp()
		return nil, nil, c.broken(ctx, err)
	}
	return conn, hangUp, nil
}

func (c *Client) ask(ctx context.Context, req request) (answer, error) {
	conn, hangUp, err := c.send(ctx, req)
	if err != nil {
		return answer{}, err
	}
	defer hangUp()
	var out answer
	if err := json.NewDecoder(conn).Decode(&out); err != nil {
		return out, c.broken(ctx, err)
	}
	if out.Error != "" {
		return out, errors.New(out.Error)
	}
	return out, nil
}

// broken says why a conversation has no end: we stopped waiting, or the supervisor went.
func (c *Client) broken(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("the supervisor of %s has not answered yet: %w", c.stateDir, ctx.Err())
	}
	return fmt.Errorf("the supervisor of %s broke off: %w", c.stateDir, err)
}
