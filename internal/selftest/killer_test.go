package selftest_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"

	"github.com/arxsec/arxctl/internal/selftest"
)

// binary builds arxctl once for the tests that run it as a person does.
var binary = sync.OnceValues(func() (string, error) {
	if err := os.Mkdir(builtDir(), 0o755); err != nil {
		return "", err
	}
	path := filepath.Join(builtDir(), "arxctl")
	if out, err := exec.Command("go", "build", "-o", path, "github.com/arxsec/arxctl/cmd/arxctl").CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w: %s", err, out)
	}
	return path, nil
})

// builtDir is removed by TestMain.
func builtDir() string {
	return filepath.Join(os.TempDir(), fmt.Sprintf("arxctl-built-%d", os.Getpid()))
}

// built returns the path of arxctl.
func built(t *testing.T) string {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// killer is a stack, and a place in which arxctl is run as somebody of its own.
type killer struct {
	t                   *testing.T
	b                   *selftest.Bench
	bin, dir, out, temp string
	objects             int // in the stack before anything was run
}

func newKiller(t *testing.T) *killer {
	k := &killer{t: t, b: bench(t), bin: built(t), dir: t.TempDir()}
	k.out, k.temp = filepath.Join(k.dir, "out"), filepath.Join(k.dir, "tmp")
	for _, dir := range []string{k.out, k.temp} {
		if err := os.Mkdir(dir, 0o755); err != nil { // the server's account passes through
			t.Fatal(err)
		}
	}
	k.objects = k.made()
	return k
}

// command is arxctl with a home, a state directory and a temporary one of its own.
func (k *killer) command(args ...string) *exec.Cmd {
	cmd := exec.Command(k.bin, args...)
	cmd.Env = append(os.Environ(), "HOME="+k.dir, "XDG_STATE_HOME="+filepath.Join(k.dir, "state"), "TMPDIR="+k.temp, "NO_COLOR=1", "CI=")
	cmd.Dir = k.out
	return cmd
}

// arxctl runs it to its end.
func (k *killer) arxctl(args ...string) (output string, code int) {
	k.t.Helper()
	cmd := k.command(args...)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		k.t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// writing tells that a file is being written: its temporary one is there.
func (k *killer) writing() bool { return k.any(k.out, "arxctl-write-*") }

// journalled tells that something is about to be made, or was.
func (k *killer) journalled() bool { return k.any(k.dir, "state", "arxctl", "journal", "*") }

func (k *killer) any(pattern ...string) bool {
	found, _ := filepath.Glob(filepath.Join(pattern...))
	return len(found) > 0
}

// kill runs a command and kills it after a while or, where a moment is given, as
// soon as that has come.
func (k *killer) kill(cmd *exec.Cmd, after time.Duration, moment func() bool) (pid int, when time.Duration) {
	k.t.Helper()
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { cmd.Wait(); close(ended) }()
	timer := time.NewTimer(after)
	defer timer.Stop()
	if moment != nil {
		timer.Reset(30 * time.Second)
	}
	tick := time.NewTicker(500 * time.Microsecond)
	defer tick.Stop()
	for waiting := true; waiting; {
		select {
		case <-timer.C:
			waiting = false
		case <-ended:
			waiting = false
		case <-tick.C:
			waiting = moment == nil || !moment()
		}
	}
	cmd.Process.Kill() // one that has ended is past its last point
	<-ended
	return cmd.Process.Pid, time.Since(begun)
}

// settle fails the test for anything that the process left: at once, and after
// arxctl cleanup.
func (k *killer) settle(v *victim, pid int) {
	k.t.Helper()
	for name, whole := range v.files {
		if err := whole(filepath.Join(k.out, name)); err != nil {
			k.t.Errorf("%s: neither the old file nor the new one: %v", v.name, err)
		}
	}
	limit := time.Now().Add(20 * time.Second)
	for left := k.orphans(pid); len(left) > 0; left = k.orphans(pid) {
		if time.Now().After(limit) {
			k.t.Errorf("%s: still running after it was killed: %v", v.name, left)
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	// Budgets that the run used up would only make cleanup wait.
	opts, err := redis.ParseURL(k.b.Stack.Redis.URL())
	if err != nil {
		k.t.Fatal(err)
	}
	c := redis.NewClient(opts)
	defer c.Close()
	if err := c.FlushDB(context.Background()).Err(); err != nil {
		k.t.Fatal(err)
	}
	if out, code := k.arxctl("cleanup"); code != 0 {
		k.t.Errorf("%s: cleanup: exit code %d\n%s", v.name, code, out)
	}
	if n := k.made(); n != k.objects {
		k.t.Errorf("%s: %d objects in probe organisations after cleanup, %d before", v.name, n, k.objects)
	}
	for _, pattern := range []string{
		filepath.Join(k.out, "arxctl-*"), filepath.Join(k.out, ".*"), filepath.Join(k.temp, "*"), filepath.Join(k.dir, "state", "arxctl", "journal", "*"),
		fmt.Sprintf("/dev/shm/arxctl-*-%d-*", pid),
	} {
		if left, _ := filepath.Glob(pattern); len(left) > 0 {
			k.t.Errorf("%s: left after cleanup: %v", v.name, left)
		}
	}
}

// orphans are the processes that arxctl or one of its children started: they run
// our binary, have our home, or work in a directory named for the process.
func (k *killer) orphans(pid int) []string {
	var found []string
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range dirs {
		environ, _ := os.ReadFile(filepath.Join(dir, "environ"))
		command, _ := os.ReadFile(filepath.Join(dir, "cmdline"))
		exe, _ := os.Readlink(filepath.Join(dir, "exe"))
		if len(command) == 0 {
			continue // it has ended, and waits for its parent
		}
		if exe == k.bin || bytes.Contains(environ, []byte("HOME="+k.dir+"\x00")) || bytes.Contains(command, []byte(fmt.Sprintf("/arxctl-pg-%d-", pid))) {
			found = append(found, filepath.Base(dir)+" "+strings.ReplaceAll(string(command), "\x00", " "))
		}
	}
	return found
}

// made counts the objects that checks make, with the eyes of the superuser.
func (k *killer) made() (n int) {
	k.t.Helper()
	ctx := context.Background()
	c, err := pgx.Connect(ctx, k.b.Stack.SuperDSN())
	if err != nil {
		k.t.Fatal(err)
	}
	defer c.Close(ctx)
	if err := c.QueryRow(ctx, "SELECT count(*) FROM agents WHERE name LIKE 'probe-%'").Scan(&n); err != nil {
		k.t.Fatal(err)
	}
	return n
}
