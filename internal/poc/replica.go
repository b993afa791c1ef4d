package poc

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/arxsec/arxctl/internal/poc/api"
	"github.com/arxsec/arxctl/internal/poc/child"
	"github.com/arxsec/arxctl/internal/poc/postgres"
)

// ServeMain runs this process as one replica, as its environment says, until SIGTERM, SIGINT or the end of ctx. The
// error is for the caller to print and to exit with 1.
func ServeMain(ctx context.Context) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	return api.Main(ctx, os.Getenv, os.Stdout)
}

// replica is one process of the API.
type replica struct {
	name    string
	addr    string // host:port; kept over restarts
	logPath string
	process *child.Process
}

// start launches the replica and waits until it listens. The address is kept once it has one.
func (r *replica) start(ctx context.Context, self []string, env []string) error {
	var err error
	for range 5 {
		addr := r.addr
		if addr == "" {
			port, perr := postgres.FreePort()
			if perr != nil {
				return perr
			}
			addr = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
		}
		if err = r.launch(ctx, self, append(env, api.EnvListen+"="+addr, api.EnvInstance+"="+r.name)); err == nil {
			if r.addr == "" {
				r.addr = addr
			}
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return err
}

func (r *replica) launch(ctx context.Context, self, env []string) error {
	log, err := os.OpenFile(r.logPath, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	out, in, err := os.Pipe()
	if err != nil {
		return err
	}
	defer out.Close()
	cmd := exec.Command(self[0], self[1:]...)
	cmd.Stdout, cmd.Stderr, cmd.Env = in, log, env
	process, err := child.Start(cmd, syscall.SIGKILL)
	in.Close()
	if err != nil {
		return err
	}
	r.process = process
	said := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(out).ReadString('\n') // a process that ends says nothing: that case is told below
		said <- line
	}()
	limit := time.NewTimer(20 * time.Second)
	defer limit.Stop()
	select {
	case line := <-said:
		if strings.HasPrefix(line, api.ListeningPrefix) {
			return nil
		}
		<-process.Done()
		text, _ := os.ReadFile(r.logPath)
		return fmt.Errorf("%s did not start (%v): %s", r.name, process.Err(), strings.TrimSpace(string(text)))
	case <-limit.C:
		return errors.Join(fmt.Errorf("%s did not listen within 20 seconds", r.name), r.stop())
	case <-ctx.Done():
		return errors.Join(ctx.Err(), r.stop())
	}
}

// pid is the process id, 0 while the replica is stopped.
func (r *replica) pid() int {
	if r.process == nil {
		return 0
	}
	return r.process.Pid()
}

// stop kills the replica: it holds nothing that a slower end would save.
func (r *replica) stop() error {
	if r.process == nil {
		return nil
	}
	process := r.process
	r.process = nil
	return process.Stop(context.Background(), syscall.SIGKILL, 10*time.Second)
}

func (s *Stack) newReplica(i int) *replica {
	name := "replica-" + strconv.Itoa(i)
	return &replica{name: name, logPath: filepath.Join(s.dir, name+".log")}
}

// replicaEnv is the whole environment of a replica but for its name and address. GOGC keeps the runtime from collecting
// garbage before the heap holds 16 MiB (package runtime, "Environment Variables"): starting took a quarter longer with it.
func (s *Stack) replicaEnv() []string {
	env := []string{
		"ARXSEC_SERVE=1", // tells a test binary to be a replica
		api.EnvEnvironment + "=production",
		api.EnvKey + "=" + s.key,
		api.EnvDatabase + "=" + s.DSN("arx_app"),
		api.EnvRedis + "=" + s.Redis.URL(),
		api.EnvFaultsFile + "=" + s.faultsFile(),
		"GOMAXPROCS=2",
		"GOGC=400",
	}
	if len(s.planted) > 0 {
		env = append(env, api.EnvReporting+"="+s.DSN("arx_admin"))
	}
	for _, f := range s.planted {
		for name, value := range f.Env {
			env = append(env, name+"="+value)
		}
	}
	return env
}

func (s *Stack) faultsFile() string { return filepath.Join(s.dir, "switches") }
