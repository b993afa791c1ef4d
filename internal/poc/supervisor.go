package poc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
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

// patience is how long a client may take to say what it wants, and to take its answer in.
const patience = 2 * time.Second

// RunSupervisor brings a stack up, calls ready, and holds the stack until ctx ends or a client asks for its end. All is
// stopped when it returns; nil means that it was asked to stop. A state directory has one supervisor: another is refused
// from before the first begins to bring its stack up until nothing of that stack runs.
func RunSupervisor(ctx context.Context, opts Options, stateDir string, ready func(*Stack) error) error {
	release, err := occupy(stateDir)
	if err != nil {
		return err
	}
	defer release()
	s, err := Up(ctx, opts)
	if err != nil {
		return err
	}
	err = errors.Join(s.supervise(ctx, stateDir, ready), s.stop())
	// Before the stack's directory goes: a client that saw it go may bring the next stack up at once.
	release()
	return errors.Join(err, os.RemoveAll(s.dir))
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
	defer func() {
		if text, err := os.ReadFile(control); err == nil && string(text) == path {
			os.Remove(control)
		}
	}()
	if err := ready(s); err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { listener.Close() })()
	var talks sync.WaitGroup
	defer talks.Wait()
	defer cancel() // ends the conversations that are waited for
	for {
		conn, err := listener.Accept()
		if ctx.Err() != nil {
			if err == nil {
				conn.Close()
			}
			return nil
		}
		if err != nil {
			return err
		}
		// Each by itself, so that a client that says nothing keeps nobody waiting. The stack's methods take turns.
		talks.Go(func() {
			if s.converse(ctx, conn) {
				cancel()
			}
		})
	}
}

// converse answers one request and reports whether it was for the end.
func (s *Stack) converse(ctx context.Context, conn net.Conn) (end bool) {
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if conn.SetReadDeadline(time.Now().Add(patience)) != nil {
		return false
	}
	var req request
	if json.NewDecoder(io.LimitReader(conn, 1<<16)).Decode(&req) != nil {
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
	if conn.SetWriteDeadline(time.Now().Add(patience)) != nil {
		return false
	}
	_ = json.NewEncoder(conn).Encode(out) // a client that went away has nothing to be told
	return false
}
