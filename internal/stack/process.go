package stack

import (
	"bytes"
	"errors"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// process is a child in a process group of its own, with its output captured
// up to a limit. It dies with this program where the system can do that.
type process struct {
	cmd    *exec.Cmd
	done   chan struct{} // closed when the first process of the group was reaped
	err    error         // how it ended; read after done
	output *bounded
}

type ending struct {
	code   int
	signal string
}

func startProcess(argv []string, dir string, env []string) (*process, error) {
	p := &process{done: make(chan struct{}), output: &bounded{}}
	p.cmd = exec.Command(argv[0], argv[1:]...)
	p.cmd.Dir, p.cmd.Env = dir, env
	p.cmd.Stdout, p.cmd.Stderr = p.output, p.output
	p.cmd.WaitDelay = 500 * time.Millisecond // a grandchild may hold the pipe open
	p.cmd.SysProcAttr = groupOfItsOwn()
	started := make(chan error)
	go func() {
		// The kernel ends the child when the thread that started it ends
		// (PR_SET_PDEATHSIG, prctl(2)), so that thread stays until then.
		runtime.LockOSThread()
		err := p.cmd.Start()
		started <- err
		if err == nil {
			p.err = p.cmd.Wait()
			close(p.done)
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

// left reports whether others of the group outlived its first process.
func (p *process) left() bool { return syscall.Kill(-p.cmd.Process.Pid, 0) == nil }

// stop ends the whole group, first politely (a container's client passes the
// signal on), and returns once it is reaped.
func (p *process) stop(grace time.Duration) ending {
	group := -p.cmd.Process.Pid
	select {
	case <-p.done:
	default:
		syscall.Kill(group, syscall.SIGTERM)
		timer := time.NewTimer(grace)
		select {
		case <-p.done:
		case <-timer.C:
		}
		timer.Stop()
	}
	syscall.Kill(group, syscall.SIGKILL) // what the first process left in its group, or itself; gone is fine
	<-p.done
	var exit *exec.ExitError
	if errors.As(p.err, &exit) {
		if ws, ok := exit.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
			return ending{code: -1, signal: ws.Signal().String()}
		}
		return ending{code: exit.ExitCode()}
	}
	return ending{code: p.cmd.ProcessState.ExitCode()}
}

// bounded keeps the first bytes written to it and drops the rest.
type bounded struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (w *bounded) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if room := outputLimit - w.b.Len(); room > 0 {
		w.b.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

func (w *bounded) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.String()
}

// ended reports whether the process has gone by itself.
func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}
