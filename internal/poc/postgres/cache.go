package postgres

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// CacheVariable names the directory in which prepared data directories are kept.
const CacheVariable = "ARXCTL_CACHE"

// settings are for data that nobody keeps: nothing is synced, nothing is vacuumed, little is logged.
const settings = `listen_addresses = '127.0.0.1'
max_connections = 200
shared_buffers = 64MB
max_locks_per_transaction = 512
huge_pages = off
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
min_wal_size = 2MB
max_wal_size = 256MB
checkpoint_timeout = 1d
autovacuum = off
jit = off
log_min_messages = fatal
log_timezone = 'UTC'
timezone = 'UTC'
lc_messages = 'C'
password_encryption = 'scram-sha-256'
`

// hba lets the superuser in through the socket, whose directory is closed to others, and everyone else by password.
const hba = `local all ` + Superuser + ` trust
local all all scram-sha-256
host all ` + Superuser + ` all reject
host all all 127.0.0.1/32 scram-sha-256
`

func initdbArgs() []string {
	return []string{
		"-U", Superuser, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions", "--wal-segsize=1",
	}
}

// fill brings the data directory into being: a copy of the cached one, or a new one that is then cached. The lock lets
// one process prepare while others that want the same wait; a cache that cannot be written is done without.
func (c *Cluster) fill(ctx context.Context, opts Options) error {
	key, err := c.cacheKey(opts)
	if err != nil {
		return err
	}
	cached := filepath.Join(cacheDir(), "pg-"+key)
	if c.copyFrom(cached) == nil {
		return nil
	}
	unlock, err := lock(ctx, cached+".lock")
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return c.create(ctx, opts)
	}
	if c.copyFrom(cached) == nil {
		unlock()
		return nil
	}
	if err := c.create(ctx, opts); err != nil {
		unlock()
		return err
	}
	body, err := readPack(c.Data)
	// The server starts while the cache is written; Stop waits. A cache that cannot be written costs the next run time
	// and nothing else.
	c.keeping.Go(func() {
		defer unlock()
		if err == nil && writePack(body, cached) == nil {
			prune(filepath.Dir(cached))
		}
	})
	return nil
}

// keepFor is how long a cached data directory is kept after it was made. Keys change with servers, migrations and months.
const keepFor = 45 * 24 * time.Hour

// prune removes old cached data directories. One that stays is harmless, hence no error.
func prune(dir string) {
	files, err := filepath.Glob(filepath.Join(dir, "pg-*"))
	if err != nil {
		return
	}
	for _, file := range files {
		if info, err := os.Stat(file); err == nil && time.Since(info.ModTime()) > keepFor {
			_ = os.Remove(file)
		}
	}
}

func (c *Cluster) copyFrom(cached string) error {
	err := unpack(cached, c.Data)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return errors.Join(err, os.RemoveAll(c.Data))
	}
	return err
}

// create runs initdb, has the cluster prepared, and leaves it cleanly shut down.
func (c *Cluster) create(ctx context.Context, opts Options) error {
	cmd := exec.CommandContext(ctx, filepath.Join(c.bin, "initdb"), append(initdbArgs(), "-D", c.Data)...)
	attr, err := unprivileged()
	if err != nil {
		return err
	}
	cmd.SysProcAttr, cmd.Dir, cmd.Env = attr, c.root, serverEnv()
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, strings.TrimSpace(string(out)))
	}
	for name, text := range map[string]string{"postgresql.conf": settings, "pg_hba.conf": hba} {
		if err := os.WriteFile(filepath.Join(c.Data, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	if err := c.launch(ctx); err != nil {
		return err
	}
	// template0 exists to restore dumps with another encoding; without it each copy is a database smaller.
	err = c.Exec(ctx, "postgres", "UPDATE pg_database SET datistemplate = false WHERE datname = 'template0'", "DROP DATABASE template0")
	if err == nil && opts.Prepare != nil {
		err = opts.Prepare(ctx, c)
	}
	// SIGINT is the fast shutdown: it writes a checkpoint, so that the copy starts without recovery.
	return errors.Join(err, c.halt(syscall.SIGINT))
}

func (c *Cluster) cacheKey(opts Options) (string, error) {
	// Size and time of the binary tell one version from another without running it.
	server, err := os.Stat(filepath.Join(c.bin, "postgres"))
	if err != nil {
		return "", err
	}
	version := fmt.Sprintf("%d %d", server.Size(), server.ModTime().UnixNano())
	h := sha256.New()
	for _, part := range []string{"3", c.bin, version, settings, hba, strings.Join(initdbArgs(), " "), opts.Key} {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(h.Sum(nil))[:24], nil
}

// cacheDir is ARXCTL_CACHE, else the user's cache directory, else the system's temporary one.
func cacheDir() string {
	if dir := os.Getenv(CacheVariable); dir != "" {
		return dir
	}
	if dir, err := os.UserCacheDir(); err == nil {
		dir = filepath.Join(dir, "arxctl")
		if os.MkdirAll(dir, 0o700) == nil {
			return dir
		}
	}
	return filepath.Join(os.TempDir(), "arxctl-cache-"+strconv.Itoa(os.Getuid()))
}

// Major returns the server's major version, such as 15; 0 when the data directory does not say.
func (c *Cluster) Major() int {
	text, err := os.ReadFile(filepath.Join(c.Data, "PG_VERSION"))
	if err != nil {
		return 0
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0
	}
	return major
}
