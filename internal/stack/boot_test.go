package stack_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/arxsec/arxctl/internal/stack"
)

func launcher(t *testing.T, script string) *stack.Launcher {
	t.Helper()
	l, err := stack.Open(&stack.Config{Boot: &stack.Boot{Command: []string{"/bin/sh", "-c", script}, Listen: "LISTEN", Timeout: 10 * time.Second,
		Env: map[string]stack.Secret{"PORT": stack.NewSecret("{port}"), "GIVEN": stack.NewSecret("yes"), "TAKEN": stack.NewSecret("no")}}}, stack.Options{}).Launcher()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestAProcessSeesOnlyWhatItIsGiven(t *testing.T) {
	t.Setenv("ARXCTL_CALLERS_SECRET", "do not pass on")
	out, err := launcher(t, "env; exit 7").Run(t.Context(), stack.Launch{Set: map[string]string{"EXTRA": "1"}, Unset: []string{"TAKEN"}})
	if err != nil {
		t.Fatal(err)
	}
	if !out.Exited || out.Code != 7 || out.Listened {
		t.Errorf("%+v", out)
	}
	_, port, _ := net.SplitHostPort(out.Addr)
	for _, want := range []string{"GIVEN=yes", "EXTRA=1", "PORT=" + port, "LISTEN=" + out.Addr} {
		if !strings.Contains(out.Output, want) {
			t.Errorf("the process has no %s", want)
		}
	}
	for _, not := range []string{"CALLERS_SECRET", "TAKEN="} {
		if strings.Contains(out.Output, not) {
			t.Errorf("the process has %s", not)
		}
	}
}

// whole-group termination: neither a grandchild nor a deaf process outlives its start.
func TestNothingIsLeftBehind(t *testing.T) {
	for name, script := range map[string]string{
		"deaf to SIGTERM":      `trap '' TERM; echo $$ > %s; while :; do sleep 0.05; done`,
		"leaves a grandchild":  `sleep 300 & echo $! > %s; exit 3`,
		"waits for grandchild": `sleep 300 & echo $! > %s; wait`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "pid")
			out, err := launcher(t, strings.ReplaceAll(script, "%s", file)).Run(t.Context(), stack.Launch{Limit: 300 * time.Millisecond})
			if err != nil || out.Listened {
				t.Fatalf("%+v %v", out, err)
			}
			gone(t, file)
		})
	}
}

func TestAnInterruptEndsTheProcess(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pid")
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for { // as soon as it runs
			if b, _ := os.ReadFile(file); len(b) > 0 {
				cancel()
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
	if _, err := launcher(t, "echo $$ > "+file+"; sleep 300").Run(ctx, stack.Launch{}); err == nil {
		t.Error("an interrupted start is no answer")
	}
	gone(t, file)
}

// gone waits until the process of a pid file is no more (a zombie of another parent counts as gone).
func gone(t *testing.T, file string) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pid := 0
	for _, c := range strings.TrimSpace(string(b)) {
		pid = pid*10 + int(c-'0')
	}
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		stat, err := os.ReadFile("/proc/" + strings.TrimSpace(string(b)) + "/stat")
		if syscall.Kill(pid, 0) != nil || err == nil && strings.Contains(string(stat), ") Z ") {
			return
		}
	}
	t.Errorf("process %d is still there", pid)
}

func TestAFloodOfOutputIsBounded(t *testing.T) {
	out, err := launcher(t, "head -c 3000000 /dev/zero | tr '\\0' x; exit 1").Run(t.Context(), stack.Launch{})
	if err != nil || !out.Exited || out.Code != 1 || len(out.Output) > 300<<10 {
		t.Errorf("exited %v, code %d, %d bytes, %v", out.Exited, out.Code, len(out.Output), err)
	}
}

func TestASignalIsNamed(t *testing.T) {
	out, err := launcher(t, "kill -SEGV $$").Run(t.Context(), stack.Launch{})
	if err != nil || !out.Exited || out.Signal == "" || out.Code != -1 {
		t.Errorf("%+v %v", out, err)
	}
}

func TestAnotherProgramsPortIsNotTakenForTheProcess(t *testing.T) {
	l := launcher(t, "sleep 0.2; exit 1")
	for range 8 { // each start has a port of its own
		out, err := l.Run(t.Context(), stack.Launch{})
		if err != nil || out.Listened || !out.Exited {
			t.Fatalf("%+v %v", out, err)
		}
	}
}

// Programs look for a free port by listening on it for a moment: one that does so
// between our choice of a port and the start of the process is not the process, nor
// is one that goes on listening.
func TestWhoOnlyTriesThePortIsNotTakenForTheProcess(t *testing.T) {
	for i := range 8 {
		stays, done := i%2 == 1, make(chan bool) // a program that listens on the port and goes on is another too
		file := filepath.Join(t.TempDir(), "addr")
		tried := make(chan error, 1)
		go func() {
			addr := ""
			for t.Context().Err() == nil && !strings.HasSuffix(addr, "\n") {
				b, _ := os.ReadFile(file)
				addr = string(b)
			}
			l, err := net.Listen("tcp", strings.TrimSpace(addr))
			if err == nil {
				if _, err = l.Accept(); stays {
					<-done
				}
				l.Close()
			}
			tried <- err
		}()
		// It stays until it is ended, so that its own end tells nothing; the second start is left alone.
		out, err := launcher(t, `[ -e `+file+` ] && exit 1; echo $LISTEN > `+file+`; sleep 300`).Run(t.Context(), stack.Launch{})
		close(done)
		if tries := <-tried; tries != nil {
			t.Fatal(tries)
		}
		if err != nil || out.Listened || !out.Exited || out.Escaped {
			t.Fatalf("%+v %v", out, err)
		}
	}
}

func TestALeaseIsExclusiveAndSpreads(t *testing.T) {
	st := stack.Open(&stack.Config{}, stack.Options{})
	first, release, err := st.Lease(t.Context(), []string{"x", "y"})
	if err != nil || first != "x" {
		t.Fatal(first, err)
	}
	second, _, err := st.Lease(t.Context(), []string{"x", "y"})
	if err != nil || second != "y" {
		t.Fatal(second, err)
	}
	got := make(chan string)
	go func() {
		name, _, _ := st.Lease(t.Context(), []string{"x", "y"})
		got <- name
	}()
	release()
	release() // twice is once
	if name := <-got; name != "x" {
		t.Errorf("got %s", name)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := st.Lease(ctx, []string{"x"}); err == nil {
		t.Error("waiting ends with the context")
	}
}
