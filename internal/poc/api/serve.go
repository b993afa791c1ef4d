package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	goredis "github.com/redis/go-redis/v9"
)

// ListeningPrefix begins the one line that a replica writes to its output once it listens; the address follows.
const ListeningPrefix = "listening on "

// Main reads the configuration, serves until ctx ends, and returns why it stopped; nil after a clean stop.
func Main(ctx context.Context, env func(string) string, out io.Writer) error {
	cfg, err := ConfigFromEnv(env)
	if err != nil {
		return cfg.switches.refuse(err, cfg, env, out)
	}
	return Serve(ctx, cfg, out)
}

// Serve runs one replica until ctx ends. Neither database nor Redis has to be there when it starts: /health tells.
func Serve(ctx context.Context, cfg Config, out io.Writer) error {
	s, err := newServer(cfg)
	if err != nil {
		return err
	}
	defer s.close()
	listener, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return fmt.Errorf("%s: %w", EnvListen, err)
	}
	fmt.Fprintf(out, "%s%s\n", ListeningPrefix, listener.Addr())
	web := &http.Server{
		Handler: s, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second,
		WriteTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
	}
	ended := make(chan error, 1)
	go func() { ended <- web.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if err := web.Shutdown(grace); err != nil {
		return errors.Join(err, web.Close())
	}
	return nil
}

// server holds what the handlers use. The hooks are the places at which faults.go can be told to go wrong.
type server struct {
	cfg       Config
	pool      *pgxpool.Pool
	reporting *pgxpool.Pool
	redis     *goredis.Client
	known     principals
	routes    []route
	hooks     hooks
}

func newServer(cfg Config) (*server, error) {
	pool, err := openPool(cfg.DatabaseURL)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", EnvDatabase, err)
	}
	opts, err := goredis.ParseURL(cfg.RedisURL)
	if err != nil {
		pool.Close()
		return nil, fmt.Errorf("%s: %w", EnvRedis, err)
	}
	// A limiter that waits is worse than one that refuses: no retries, and a short wait for an answer.
	opts.MaxRetries, opts.DialerRetries, opts.PoolSize = -1, 1, 32
	opts.DialTimeout, opts.ReadTimeout, opts.WriteTimeout = time.Second, 2*time.Second, 2*time.Second
	opts.DisableIdentity = true
	s := &server{cfg: cfg, pool: pool, redis: goredis.NewClient(opts)}
	s.known.byToken = map[[32]byte]remembered{}
	s.routes = s.table()
	s.hooks = hooks{
		bucket: s.take, path: asGiven, bucketKey: orgKey, limited: always, budget: planBudget, retryAfter: honestRetry,
		tenant: ownTenant, record: s.record, item: s.readItem, list: s.readList, write: s.inTenant,
	}
	if cfg.reporting != "" {
		if s.reporting, err = openPool(cfg.reporting); err != nil {
			s.close()
			return nil, fmt.Errorf("%s: %w", EnvReporting, err)
		}
	}
	s.hooks = cfg.switches.hooks(s, s.hooks)
	return s, nil
}

func openPool(url string) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, errors.New("not a PostgreSQL connection URL")
	}
	cfg.MaxConns = 12
	cfg.ConnConfig.ConnectTimeout = 3 * time.Second
	// No named statements: a database that is put back under a running replica must not meet plans of the old one.
	cfg.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeExec
	cfg.ConnConfig.RuntimeParams["application_name"] = "arx-api"
	cfg.ConnConfig.RuntimeParams["statement_timeout"] = "10s"
	return pgxpool.NewWithConfig(context.Background(), cfg)
}

func (s *server) close() {
	s.pool.Close()
	if s.reporting != nil {
		s.reporting.Close()
	}
	_ = s.redis.Close() // nothing is buffered in a Redis client
}
