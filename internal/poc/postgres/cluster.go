package postgres

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/poc/child"
)

// Superuser is the role that owns a cluster. It has no password and reaches the cluster through its socket only.
const Superuser = "postgres"

// Options say which server to run and what to have ready in it. The zero value is an empty cluster.
type Options struct {
	// Bin is the directory of initdb and postgres; empty means Find.
	Bin string
	// Prepare fills a new cluster once; what it leaves is kept in the cache under Key and copied by later starts.
	Prepare func(context.Context, *Cluster) error
	// Key names what Prepare leaves; it must change whenever that would.
	Key string
}

// Cluster is a running throwaway server.
type Cluster struct {
	// Socket is the directory of the Unix socket; Port serves both it and loopback TCP.
	Socket string
	Port   int
	// Data is the data directory; files that Prepare left beside the server's own are found there.
	Data string

	root    string
	bin     string
	process *child.Process
	keeping sync.WaitGroup // the writing of the cache
}

// Start returns a running cluster, copied from the cache when it holds one. Cancelling ctx later does not stop it: Stop
// does, and so does the end of this process.
func Start(ctx context.Context, opts Options) (*Cluster, error) {
	bin, err := Find(opts.Bin)
	if err != nil {
		return nil, err
	}
	Sweep()
	root, err := newRoot()
	if err != nil {
		return nil, err
	}
	c := &Cluster{bin: bin, root: root, Data: filepath.Join(root, "data"), Socket: filepath.Join(root, "s")}
	if err := c.boot(ctx, opts); err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	return c, nil
}

func (c *Cluster) boot(ctx context.Context, opts Options) error {
	if err := ownedDir(c.Socket); err != nil {
		return err
	}
	if err := c.fill(ctx, opts); err != nil {
		return err
	}
	if c.process != nil {
		return nil
	}
	return c.launch(ctx)
}

// launch starts the postmaster on a free port and waits until it takes connections. Another process may take the port
// between our look and the server's bind, hence the attempts.
func (c *Cluster) launch(ctx context.Context) error {
	var err error
	for range 5 {
		if c.Port, err = FreePort(); err != nil {
			return err
		}
		if err = c.launchOnce(ctx); err == nil || ctx.Err() != nil {
			return err
		}
	}
	return err
}

func (c *Cluster) launchOnce(ctx context.Context) error {
	logPath := filepath.Join(c.root, "log")
	log, err := os.OpenFile(logPath, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(filepath.Join(c.bin, "postgres"), "-D", c.Data, "-k", c.Socket, "-p", strconv.Itoa(c.Port))
	cmd.Stdout, cmd.Stderr, cmd.Dir, cmd.Env = log, log, c.root, serverEnv()
	attr, err := unprivileged()
	if err != nil {
		return err
	}
	cmd.SysProcAttr = attr
	if c.process, err = child.Start(cmd, syscall.SIGQUIT); err != nil {
		return err
	}
	return c.awaitReady(ctx, logPath)
}

func (c *Cluster) awaitReady(ctx context.Context, logPath string) error {
	deadline := time.NewTimer(60 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		// Line 8 of postmaster.pid is the postmaster's own word on its state, as pg_ctl reads it.
		if pid, err := os.ReadFile(filepath.Join(c.Data, "postmaster.pid")); err == nil {
			lines := strings.Split(string(pid), "\n")
			if len(lines) > 7 && strings.TrimSpace(lines[7]) == "ready" && lines[0] == strconv.Itoa(c.process.Pid()) {
				return nil
			}
		}
		select {
		case <-c.process.Done():
			said, _ := os.ReadFile(logPath)
			return fmt.Errorf("postgres ended while starting (%v): %s", c.process.Err(), strings.TrimSpace(string(said)))
		case <-ctx.Done():
			return ctx.Err()
		case <-deadline.C:
			return errors.New("postgres was not ready within 60 seconds")
		case <-tick.C:
		}
	}
}

// Stop ends the server and removes its files. SIGQUIT is the immediate shutdown, which is right for data that nobody
// keeps (PostgreSQL manual, "Shutting Down the Server"); SIGKILL would leak shared memory and is never sent.
func (c *Cluster) Stop() error {
	err := errors.Join(c.halt(syscall.SIGQUIT), os.RemoveAll(c.root))
	c.keeping.Wait()
	return err
}

func (c *Cluster) halt(sig syscall.Signal) error {
	if c.process == nil {
		return nil
	}
	process := c.process
	c.process = nil
	if err := process.Stop(context.Background(), sig, 30*time.Second); err != nil {
		return fmt.Errorf("stop postgres: %w", err)
	}
	return nil
}

// Pid returns the postmaster's process id, 0 when it is stopped.
func (c *Cluster) Pid() int {
	if c.process == nil {
		return 0
	}
	return c.process.Pid()
}

// SuperDSN returns the superuser's connection string for a database, through the socket.
func (c *Cluster) SuperDSN(database string) string {
	return fmt.Sprintf("host=%s port=%d user=%s dbname=%s sslmode=disable", value(c.Socket), c.Port, Superuser, value(database))
}

// value quotes a connection string's value (PostgreSQL manual, "Keyword/Value Connection Strings").
func value(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
}

// DSN returns the connection string of a role that logs in with a password over loopback TCP.
func (c *Cluster) DSN(role, password, database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(role, password),
		Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(c.Port)), Path: "/" + database, RawQuery: "sslmode=disable",
	}
	return u.String()
}

// CreateDatabase makes a database; template "" is the server's own empty one, owner "" the superuser.
func (c *Cluster) CreateDatabase(ctx context.Context, name, template, owner string) error {
	if template == "" {
		template = "template1"
	}
	if owner == "" {
		owner = Superuser
	}
	// FILE_COPY writes no WAL for the copy, which is quicker where nothing is synced; servers before 15 know no other.
	strategy := ""
	if c.Major() >= 15 {
		strategy = " STRATEGY file_copy"
	}
	return c.Exec(ctx, "postgres", "CREATE DATABASE "+quote(name)+" TEMPLATE "+quote(template)+" OWNER "+quote(owner)+strategy)
}

// DropDatabase removes a database and ends the connections to it.
func (c *Cluster) DropDatabase(ctx context.Context, name string) error {
	return c.Exec(ctx, "postgres", "DROP DATABASE IF EXISTS "+quote(name)+" WITH (FORCE)")
}

// Exec runs statements one after another as the superuser in a database, each in a transaction of its own, and stops at
// the first that fails.
func (c *Cluster) Exec(ctx context.Context, database string, statements ...string) error {
	conn, err := pgx.Connect(ctx, c.SuperDSN(database))
	if err != nil {
		return fmt.Errorf("connect to database %s as superuser: %w", database, err)
	}
	defer conn.Close(context.Background())
	for _, sql := range statements {
		if _, err := conn.PgConn().Exec(ctx, sql).ReadAll(); err != nil {
			return fmt.Errorf("in database %s: %w (statement: %.200s)", database, err, sql)
		}
	}
	return nil
}

func quote(identifier string) string { return pgx.Identifier{identifier}.Sanitize() }

// FreePort returns a loopback port that was free a moment ago. It lies below the range from which systems draw the
// ports of outgoing connections, so that no client takes it while its server restarts.
func FreePort() (int, error) {
	for range 200 {
		port := 15000 + rand.IntN(17000)
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			continue
		}
		return port, l.Close()
	}
	return 0, errors.New("found no free loopback port between 15000 and 31999")
}
