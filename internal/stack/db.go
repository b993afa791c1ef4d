package stack

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// Setting is one run-time parameter of a session, as set_config takes it.
type Setting struct{ Name, Value string }

// Actor is who a session acts as: a login, and what is set inside each of its
// transactions. The zero Set, Role and SQL is a session without tenant.
type Actor struct {
	Name string // a, b, or what the check calls it
	ID   string // tenant id as rows carry it
	DSN  Secret
	Role string
	Set  []Setting
	SQL  []string
}

// With returns a copy of the actor with these settings over its own.
func (a Actor) With(set ...Setting) Actor {
	merged := slices.Clone(a.Set)
	for _, s := range set {
		i := slices.IndexFunc(merged, func(x Setting) bool { return x.Name == s.Name })
		if i >= 0 {
			merged[i] = s
		} else {
			merged = append(merged, s)
		}
	}
	a.Set = merged
	return a
}

// Actor returns the named tenant of db.tenants as a session acts as it: its
// login (else db.app), role, settings and statements with {name} replaced.
func (d *DB) Actor(name string) (Actor, error) {
	t, ok := d.Tenants[name]
	if !ok {
		return Actor{}, fmt.Errorf("db.tenants: there is no tenant %q", name)
	}
	a := Actor{Name: name, ID: t.ID, DSN: d.App}
	if t.DSN.IsSet() {
		a.DSN = t.DSN
	}
	pairs := []string{"{id}", t.ID}
	for _, k := range slices.Sorted(maps.Keys(t.Vars)) {
		pairs = append(pairs, "{"+k+"}", t.Vars[k])
	}
	fill := strings.NewReplacer(pairs...).Replace // in one pass: a value is never filled in again
	a.Role = fill(d.Tenant.Role)
	if t.Role != "" {
		a.Role = t.Role
	}
	set := maps.Clone(d.Tenant.Set)
	if set == nil {
		set = map[string]string{}
	}
	maps.Copy(set, t.Set)
	for _, k := range slices.Sorted(maps.Keys(set)) {
		a.Set = append(a.Set, Setting{k, fill(set[k])})
	}
	for _, s := range d.Tenant.SQL {
		a.SQL = append(a.SQL, fill(s))
	}
	return a, nil
}

// Limits that every transaction of a check runs under, so that a probe can
// neither hold a lock nor outlive its check.
const (
	statementTimeout = 5 * time.Second
	lockTimeout      = 500 * time.Millisecond
	idleTimeout      = 10 * time.Second
)

// Connect opens one connection with this DSN. Statements are never cached: a
// probe changes roles and temporary objects under the connection's feet. The
// error never contains the password.
func Connect(ctx context.Context, dsn Secret) (*pgx.Conn, error) {
	if strings.TrimSpace(dsn.Reveal()) == "" {
		// pgx would take an empty DSN for whatever PGHOST and its like name.
		return nil, errors.New("the DSN is empty: expected postgres://user:password@host:port/database")
	}
	cfg, err := pgx.ParseConfig(dsn.Reveal())
	if err != nil {
		return nil, fmt.Errorf("the DSN %s cannot be parsed: expected postgres://user:password@host:port/database", dsn.Ref())
	}
	cfg.DefaultQueryExecMode = pgx.QueryExecModeExec
	cfg.StatementCacheCapacity, cfg.DescriptionCacheCapacity = 0, 0
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = 5 * time.Second
	}
	if cfg.RuntimeParams["application_name"] == "" {
		cfg.RuntimeParams["application_name"] = "arxctl"
	}
	c, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return nil, connectError(cfg, err)
	}
	return c, nil
}

// RolledBack runs fn in a transaction as the actor, under the limits, and
// always rolls it back. The connection must be the actor's own login.
func RolledBack(ctx context.Context, c *pgx.Conn, a Actor, fn func(pgx.Tx) error) error {
	return inTx(ctx, c, a, pgx.TxOptions{}, false, fn)
}

// Read is RolledBack for a transaction that may only read.
func Read(ctx context.Context, c *pgx.Conn, a Actor, fn func(pgx.Tx) error) error {
	return inTx(ctx, c, a, pgx.TxOptions{AccessMode: pgx.ReadOnly}, false, fn)
}

// CommitRead commits a transaction that may only read, since what is left
// behind on a pooled connection can only be seen after a commit.
func CommitRead(ctx context.Context, c *pgx.Conn, a Actor, fn func(pgx.Tx) error) error {
	return inTx(ctx, c, a, pgx.TxOptions{AccessMode: pgx.ReadOnly}, true, fn)
}

func inTx(ctx context.Context, c *pgx.Conn, a Actor, opt pgx.TxOptions, commit bool, fn func(pgx.Tx) error) (err error) {
	// One snapshot for the whole transaction: what is compared must not have changed between two statements because
	// somebody else is at work (PostgreSQL documentation, Transaction Isolation).
	opt.IsoLevel = pgx.RepeatableRead
	tx, err := c.BeginTx(ctx, opt)
	if err != nil {
		return err
	}
	defer func() {
		// A cancelled check must still let go of its locks.
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		if commit && err == nil {
			err = tx.Commit(end)
			return
		}
		if rerr := tx.Rollback(end); rerr != nil && !errors.Is(rerr, pgx.ErrTxClosed) && err == nil {
			err = rerr
		}
	}()
	if _, err = tx.Exec(ctx, fmt.Sprintf("SET LOCAL statement_timeout=%d; SET LOCAL lock_timeout=%d; SET LOCAL idle_in_transaction_session_timeout=%d",
		statementTimeout.Milliseconds(), lockTimeout.Milliseconds(), idleTimeout.Milliseconds()), pgx.QueryExecModeSimpleProtocol); err != nil {
		return err
	}
	if err = a.Become(ctx, tx); err != nil {
		return err
	}
	return fn(tx)
}

// Become sets the actor's role, settings and statements in the transaction.
func (a Actor) Become(ctx context.Context, tx pgx.Tx) error {
	if a.Role != "" {
		if _, err := tx.Exec(ctx, "SET LOCAL ROLE "+pgx.Identifier{a.Role}.Sanitize()); err != nil {
			return fmt.Errorf("becoming tenant %s: SET LOCAL ROLE %s: %w", a.Name, a.Role, err)
		}
	}
	for _, s := range a.Set {
		if _, err := tx.Exec(ctx, "SELECT set_config($1, $2, true)", s.Name, s.Value); err != nil {
			return fmt.Errorf("becoming tenant %s: setting %s: %w", a.Name, s.Name, err)
		}
	}
	for _, q := range a.SQL {
		if _, err := tx.Exec(ctx, q, pgx.QueryExecModeSimpleProtocol); err != nil {
			return fmt.Errorf("becoming tenant %s: db.tenant.sql: %w", a.Name, err)
		}
	}
	return nil
}

// Describe returns the SQL that a person pastes to become the actor.
func (a Actor) Describe() string {
	var b strings.Builder
	if a.Role != "" {
		fmt.Fprintf(&b, "SET LOCAL ROLE %s; ", pgx.Identifier{a.Role}.Sanitize())
	}
	for _, s := range a.Set {
		fmt.Fprintf(&b, "SET LOCAL %s = %s; ", quoteSetting(s.Name), quoteLiteral(s.Value))
	}
	for _, q := range a.SQL {
		b.WriteString(strings.TrimRight(strings.TrimSpace(q), ";") + "; ")
	}
	return b.String()
}

func quoteLiteral(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func quoteSetting(name string) string {
	parts := strings.Split(name, ".")
	for i, p := range parts {
		parts[i] = pgx.Identifier{p}.Sanitize()
	}
	return strings.Join(parts, ".")
}

// connectError says what to do next, without the DSN.
func connectError(cfg *pgx.ConnConfig, err error) error {
	at := fmt.Sprintf("%s@%s:%d/%s", cfg.User, cfg.Host, cfg.Port, cfg.Database)
	switch code := SQLState(err); {
	case code == "28P01" || code == "28000":
		return fmt.Errorf("%s: the server refused the login (%s): check user and password in the DSN", at, code)
	case code == "3D000":
		return fmt.Errorf("%s: there is no such database (3D000): check the name in the DSN", at)
	case code != "":
		return fmt.Errorf("%s: the server refused the connection (%s)", at, code)
	}
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var bad x509.CertificateInvalidError
	if errors.As(err, &unknown) || errors.As(err, &name) || errors.As(err, &bad) {
		return fmt.Errorf("%s: the server's certificate was refused: check sslmode and sslrootcert in the DSN", at)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%s: no answer in time: is the server reachable from here, and has it connections left?", at)
	}
	return fmt.Errorf("%s: no connection: is the server running, and reachable from here?", at)
}
