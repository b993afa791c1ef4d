// Package poc is the reference stack: PostgreSQL, Redis and two replicas of an API, all throwaway, all on loopback.
package poc

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/arxsec/arxctl/internal/poc/faults"
	"github.com/arxsec/arxctl/internal/poc/postgres"
	"github.com/arxsec/arxctl/internal/poc/redis"
)

// Options say how to bring the stack up. The zero value does, for arxctl itself.
type Options struct {
	// PGBin is the directory of initdb and postgres; empty means postgres.Find.
	PGBin string
	// Redis chooses the Redis server.
	Redis redis.Options
	// Self is the command that runs one replica from its environment; empty means this executable with "poc serve". A
	// test binary gives itself and calls ServeMain from TestMain when ARXSEC_SERVE is 1.
	Self []string
	// Build is what arxctl.yaml says of the build under examination.
	Build string
}

// Stack is a running reference stack. Its methods may be called from several goroutines.
type Stack struct {
	Postgres *postgres.Cluster
	Redis    *redis.Server

	opts     Options
	dir      string
	key      string
	known    provision
	mu       sync.Mutex
	replicas []*replica
	planted  []faults.Fault
}

// Up brings the stack up and returns when both replicas answer. Cancelling ctx afterwards does not stop it: Down does,
// and so does the end of this process.
func Up(ctx context.Context, opts Options) (*Stack, error) {
	if len(opts.Self) == 0 {
		exe, err := os.Executable()
		if err != nil {
			return nil, err
		}
		opts.Self = []string{exe, "poc", "serve"}
	}
	key, err := cacheKey()
	if err != nil {
		return nil, err
	}
	s := &Stack{opts: opts, key: secret()}
	if s.dir, err = newDir("poc"); err != nil {
		return nil, err
	}
	var both errgroup.Group
	both.Go(func() (err error) {
		s.Postgres, err = postgres.Start(ctx, postgres.Options{Bin: opts.PGBin, Prepare: prepare, Key: key})
		return err
	})
	both.Go(func() (err error) {
		s.Redis, err = redis.Start(ctx, opts.Redis)
		return err
	})
	err = both.Wait()
	if err == nil {
		s.known, err = readProvision(s.Postgres)
	}
	if err == nil {
		s.replicas = []*replica{s.newReplica(1), s.newReplica(2)}
		err = s.startReplicas(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.Down(context.Background()))
	}
	return s, nil
}

func (s *Stack) startReplicas(ctx context.Context) error {
	var all errgroup.Group
	env := s.replicaEnv()
	for _, r := range s.replicas {
		all.Go(func() error { return r.start(ctx, s.opts.Self, append([]string(nil), env...)) })
	}
	return all.Wait()
}

func (s *Stack) stopReplicas() error {
	var errs []error
	for _, r := range s.replicas {
		errs = append(errs, r.stop())
	}
	return errors.Join(errs...)
}

// Down stops everything and removes what it left.
func (s *Stack) Down(context.Context) error { return errors.Join(s.stop(), os.RemoveAll(s.dir)) }

// stop is Down but for the stack's own directory, which goes last: its end is what a client of the supervisor waits for.
func (s *Stack) stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	parts := []func() error{s.stopReplicas}
	if s.Redis != nil {
		parts = append(parts, s.Redis.Kill)
	}
	if s.Postgres != nil {
		parts = append(parts, s.Postgres.Stop)
	}
	errs := make([]error, len(parts))
	var all sync.WaitGroup
	for i, part := range parts {
		all.Go(func() { errs[i] = part() })
	}
	all.Wait()
	return errors.Join(errs...)
}

// URLs returns the replicas' addresses.
func (s *Stack) URLs() []string {
	var urls []string
	for _, r := range s.replicas {
		urls = append(urls, "http://"+r.addr)
	}
	return urls
}

// DSN returns the connection string of arx_app, arx_reader or arx_admin for the stack's database.
func (s *Stack) DSN(role string) string {
	return s.Postgres.DSN(role, s.known.Passwords[role], database)
}

// SuperDSN returns the superuser's connection string for the stack's database.
func (s *Stack) SuperDSN() string { return s.Postgres.SuperDSN(database) }

// Orgs returns every organisation; Org the one of a name.
func (s *Stack) Orgs() []Org { return s.known.Orgs }

// Org returns the organisation of a name such as a, b, low-1, mid-1, high-1 or bystander-1.
func (s *Stack) Org(name string) (Org, error) {
	for _, o := range s.known.Orgs {
		if o.Name == name {
			return o, nil
		}
	}
	return Org{}, fmt.Errorf("the reference stack has no organisation %q", name)
}

// Status is what poc status prints, a line for each part.
func (s *Stack) Status() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	redisState := ""
	if !s.Redis.Alive() {
		redisState = " (stopped)"
	}
	lines := []string{
		fmt.Sprintf("postgres  127.0.0.1:%d  pid %d", s.Postgres.Port, s.Postgres.Pid()),
		fmt.Sprintf("redis     %s  %s%s", s.Redis.Addr, s.Redis.Describe(), redisState),
	}
	for _, r := range s.replicas {
		lines = append(lines, fmt.Sprintf("%s http://%s  pid %d", r.name, r.addr, r.pid()))
	}
	ids := []string{}
	for _, f := range s.planted {
		ids = append(ids, f.ID)
	}
	if len(ids) == 0 {
		ids = []string{"none"}
	}
	return append(lines, "faults    "+strings.Join(ids, ", "))
}
