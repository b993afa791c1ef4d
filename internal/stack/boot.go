package stack

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Launcher starts fresh processes of the application through the boot door,
// each on a port of its own, and never leaves one behind. It is safe for use
// by several goroutines.
type Launcher struct {
	boot  *Boot
	mu    sync.Mutex
	ports map[string]bool // handed out by this launcher: never twice at one time
	slots chan struct{}
	// announce journals that processes are about to be started; they carry mark.
	announce func() error
	mark     string
}

// Launch is one start. Set goes over boot.env, Unset is removed from it; no
// other variable of the caller but PATH and HOME reaches the process.
type Launch struct {
	Set   map[string]string
	Unset []string
	Limit time.Duration // how long to wait for an end or an answer; boot.timeout by default
	// Ready waits beyond the first accepted connection for an answer on boot.ready.
	Ready bool
	// Occupied holds the port ourselves, so that a process that tries to listen fails.
	Occupied bool
}

// Launched is what became of a process. Exactly one of Exited, Listened and
// neither holds at the moment of judgement: neither means that it was still
// running, silent, when the limit was over. It has been stopped since.
type Launched struct {
	Addr     string
	Exited   bool
	Code     int           // exit code, -1 when a signal ended it
	Signal   string        // the signal, when one ended it
	Listened bool          // it accepted a connection, however briefly
	Ready    int           // HTTP status answered on boot.ready, 0 for none
	After    time.Duration // until it exited, or listened, or the limit was over
	Output   string        // what it wrote to stdout and stderr, at most 256 KiB
	Escaped  bool          // something still listened after the process group had been ended
}

// markVariable is set in the environment of every process that is started, so
// that those which a killed run left can be told from all others.
const markVariable = "ARXCTL_LAUNCH"

const (
	outputLimit   = 256 << 10
	stopGrace     = 2 * time.Second
	processesOnce = 4
)

// Launcher returns the launcher of the boot door, one for all checks so that no
// two starts get one port, or an error when arxctl.yaml has no such door.
func (s *Stack) Launcher() (*Launcher, error) {
	if s.Boot == nil || s.Boot.None != "" {
		return nil, errors.New("arxctl.yaml has no boot door; to see this: add boot.command and the names of its variables")
	}
	return s.launcher, nil
}

func newLauncher(b *Boot) *Launcher {
	return &Launcher{boot: b, ports: map[string]bool{}, slots: make(chan struct{}, processesOnce)}
}

// Run starts one process, watches it until it exits, listens or the limit is
// over, and ends it. At most four run at a time. An error means that it could
// not be started or watched at all.
func (l *Launcher) Run(ctx context.Context, la Launch) (Launched, error) {
	select {
	case l.slots <- struct{}{}:
		defer func() { <-l.slots }()
	case <-ctx.Done():
		return Launched{}, ctx.Err()
	}
	if l.announce != nil {
		if err := l.announce(); err != nil {
			return Launched{}, err
		}
	}
	for again := 2; ; again-- {
		out, crossed, err := l.once(ctx, la)
		// Another program took the port in the moment between our letting go of it
		// and the process taking it. Thrice is no accident: then a helper of the
		// application's own (a container's proxy) is who listens.
		if err != nil || !crossed || again == 0 {
			return out, err
		}
	}
}

func (l *Launcher) once(ctx context.Context, la Launch) (_ Launched, crossed bool, _ error) {
	addr, hold, err := l.address()
	if err != nil {
		return Launched{}, false, err
	}
	defer l.release(addr)
	if la.Occupied {
		defer hold.Close()
	} else {
		hold.Close()
	}
	if la.Limit <= 0 {
		la.Limit = l.boot.Timeout
	}
	p, err := startProcess(l.command(addr), l.boot.Dir, l.environment(addr, la))
	if err != nil {
		return Launched{}, false, fmt.Errorf("boot.command: %w; expected a program that can be started from here", err)
	}
	out := l.watch(ctx, p, la, addr)
	// Whose listener it was cannot be told once it is closed, or once the process has gone by itself:
	// that is looked at again on another port.
	crossed = out.Listened && (whose(addr, p.cmd.Process.Pid) != own || p.ended())
	end := p.stop(stopGrace)
	if out.Exited {
		out.Code, out.Signal = end.code, end.signal
	}
	out.Output = p.output.String()
	if err := ctx.Err(); err != nil {
		return out, false, err
	}
	if out.Listened {
		out.Escaped = remains(addr)
	}
	if text := strings.ToLower(out.Output); out.Exited && !la.Occupied {
		crossed = strings.Contains(text, "address already in use") || strings.Contains(text, "eaddrinuse")
	}
	return out, crossed, nil
}

// watch polls the port while the process runs: one that listens even briefly
// is seen, unless it is for less than the time between two looks.
func (l *Launcher) watch(ctx context.Context, p *process, la Launch, addr string) Launched {
	out := Launched{Addr: addr}
	started, gone := time.Now(), p.done
	limit := time.NewTimer(la.Limit)
	defer limit.Stop()
	for {
		pause := time.Millisecond
		if time.Since(started) > time.Second {
			pause = 5 * time.Millisecond
		}
		if !la.Occupied && dialled(addr) {
			out.Listened = true
			if out.After == 0 {
				out.After = time.Since(started)
			}
			if !la.Ready || l.boot.Ready == "" {
				return out
			}
			if out.Ready = answered(ctx, addr, l.boot.Ready); out.Ready != 0 {
				return out
			}
		}
		select {
		case <-gone:
			gone = nil
			if p.left() {
				continue // a wrapper that went and left the application in its group
			}
			out.Exited = !out.Listened
			if out.After == 0 {
				out.After = time.Since(started)
			}
			return out
		case <-limit.C:
			if out.After == 0 {
				out.After = time.Since(started)
			}
			return out
		case <-ctx.Done():
			return out
		case <-time.After(pause):
		}
	}
}

// address reserves a loopback port below the ephemeral ranges of Linux and
// macOS, so that no other program's outgoing connection or port 0 takes it.
func (l *Launcher) address() (string, net.Listener, error) {
	var last error
	for range 50 {
		addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(18000+rand.IntN(14000)))
		l.mu.Lock()
		taken := l.ports[addr]
		l.ports[addr] = true
		l.mu.Unlock()
		if taken {
			continue
		}
		hold, err := net.Listen("tcp", addr)
		if err == nil {
			return addr, hold, nil
		}
		last = err
		l.release(addr)
	}
	return "", nil, fmt.Errorf("no free loopback port for a process of the application: %w", last)
}

func (l *Launcher) release(addr string) {
	l.mu.Lock()
	delete(l.ports, addr)
	l.mu.Unlock()
}

func (l *Launcher) command(addr string) []string {
	argv := make([]string, len(l.boot.Command))
	for i, a := range l.boot.Command {
		argv[i] = placed(a, addr)
	}
	return argv
}

// environment is minimal: a key that the caller happens to hold must not make
// a process boot that would otherwise refuse.
func (l *Launcher) environment(addr string, la Launch) []string {
	env := map[string]string{}
	for _, name := range []string{"PATH", "HOME"} {
		if v, ok := os.LookupEnv(name); ok {
			env[name] = v
		}
	}
	env[l.boot.Listen] = addr
	for k, v := range l.boot.Env {
		env[k] = placed(v.Reveal(), addr)
	}
	for k, v := range la.Set {
		env[k] = v
	}
	for _, k := range la.Unset {
		delete(env, k)
	}
	if l.mark != "" {
		env[markVariable] = l.mark
	}
	list := make([]string, 0, len(env))
	for k, v := range env {
		list = append(list, k+"="+v)
	}
	return list
}

// placed fills the address into a value of boot.env or an argument.
func placed(text, addr string) string {
	_, port, _ := net.SplitHostPort(addr)
	return strings.NewReplacer("{listen}", addr, "{port}", port).Replace(text)
}
