// Package propose looks at a database, and at base URLs, without changing anything,
// and proposes an arxctl.yaml: each guess with its reason beside it, and what
// could not be guessed as a placeholder that says what to write.
package propose

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/stack"
	"github.com/arxsec/arxctl/internal/stack/catalog"
	"github.com/arxsec/arxctl/internal/stack/roles"
)

// Login is a DSN, and the reference by which the proposed file names it.
type Login struct {
	DSN stack.Secret
	Ref string // as ${env:ARXCTL_APP_DSN}
}

// Options are what a person gave.
type Options struct {
	Path        string // of the file to be, for messages
	SeedName    string // of seed.sql beside it
	DB          *Login // nil without a database
	Reader      *Login // nil when not given
	Replicas    []string
	Environment stack.Environment // "" when it is to be guessed
	// Checks are those whose read-only look names the audit tables and tenant tables.
	Checks []*checks.Check
}

// Proposal is what is proposed. Nothing was written anywhere.
type Proposal struct {
	YAML []byte
	Seed []byte // a draft of seed.sql; nil when none is needed
	// Exports are variables that the file refers to and that the person must export, with what each holds.
	Exports []string
	// Lines are to be pasted into psql before a check can run.
	Lines []roles.Lines
	// Missing says what could not be seen and must be filled in.
	Missing []string
}

// guesses is what was found out so far.
type guesses struct {
	o    Options
	conn *pgx.Conn   // o.DB
	eyes *pgx.Conn   // who sees most rows: the reader, else conn
	seat stack.Actor // who the application is: the login, or the role that a superuser takes to look
	cat  *catalog.Catalog

	login     *roles.Role
	app       *roles.Application // when the login is not the application itself
	seesAll   bool               // the eyes see every row of every tenant table
	eyesName  string
	eyesActor stack.Actor
	empty     bool // no tenant table holds any row

	tables  []*catalog.Relation // with row security policies, partitions left out
	column  string              // what tenant columns are called
	places  []place             // where tenants' ids stand
	tenants *catalog.Relation   // the table of tenants itself
	session session             // how a tenant reaches the database
	audits  map[string]string   // audit tables with why, as the checks find them
	seed    bool                // seed.sql is part of the proposal
	appRef  string
	appWhy  string
	answers map[string]string // what each base URL answered
	secrets map[string]string // values of references that the file makes beside DSNs, by variable
	env     stack.Environment
	envWhy  string
}

// Propose looks and proposes. An error says that the database could not be
// looked at.
func Propose(ctx context.Context, o Options) (*Proposal, error) {
	if err := replicas(o); err != nil {
		return nil, err
	}
	p := &Proposal{}
	g := &guesses{o: o, env: o.Environment, secrets: map[string]string{}, answers: map[string]string{}}
	if o.DB != nil {
		if err := g.look(ctx); err != nil {
			return nil, fmt.Errorf("%w%s", ErrUnseen, evidence.Advise(err.Error()))
		}
		defer g.close(ctx)
	}
	g.chooseEnvironment()
	if o.DB != nil {
		if err := g.logins(ctx, p); err != nil {
			return nil, err
		}
		if err := g.sow(ctx, p); err != nil {
			return nil, err
		}
		g.rehearse(ctx)
		g.complain(p)
	}
	p.YAML = g.write(ctx)
	_, err := g.load(p.YAML) // the promise that the proposed file loads, with every variable exported
	return p, err
}

// replicas refuses base URLs that no arxctl.yaml may hold.
func replicas(o Options) error {
	if len(o.Replicas) == 0 {
		return nil
	}
	text := "version: 1\napi:\n  replicas:\n"
	for _, r := range o.Replicas {
		text += "    - " + quote(r) + "\n"
	}
	if _, err := stack.Parse("--api", []byte(text), func(string) (string, bool) { return "", false }); err != nil {
		return err
	}
	return nil
}

func (g *guesses) close(ctx context.Context) {
	end := context.WithoutCancel(ctx)
	if g.eyes != nil && g.eyes != g.conn {
		g.eyes.Close(end)
	}
	if g.conn != nil {
		g.conn.Close(end)
	}
}

// look connects and finds out who is who, what the policies ask for, and which
// tenants there are.
func (g *guesses) look(ctx context.Context) (err error) {
	defer func() {
		if err != nil {
			g.close(ctx)
		}
	}()
	if g.conn, err = stack.Connect(ctx, g.o.DB.DSN); err != nil {
		return fmt.Errorf("--dsn: %w", err)
	}
	g.eyes, g.eyesName = g.conn, "the given login"
	if g.o.Reader != nil {
		if g.eyes, err = stack.Connect(ctx, g.o.Reader.DSN); err != nil {
			return fmt.Errorf("--reader: %w", err)
		}
		g.eyesName = "the reader"
	}
	for _, step := range []func(context.Context) error{g.who, g.where, g.visible, g.howMany, g.how} {
		if err := step(ctx); err != nil {
			return fmt.Errorf("looking at the database: %w", err)
		}
	}
	return nil
}

// who reads the catalogue as the application: as the given login, or, where that
// is above row security, as the role that the grants are made for.
func (g *guesses) who(ctx context.Context) error {
	g.seat = stack.Actor{Name: "application", DSN: g.o.DB.DSN}
	err := stack.Read(ctx, g.conn, g.seat, func(tx pgx.Tx) (err error) {
		if g.login, err = roles.Login(ctx, tx); err != nil {
			return err
		}
		if g.cat, err = catalog.Read(ctx, tx); err != nil {
			return err
		}
		if g.tables = g.cat.Guarded(); len(g.tables) == 0 {
			g.tables = plainTables(g.cat)
		}
		if g.login.Super || g.login.Bypass {
			g.app, err = roles.FindApplication(ctx, tx, g.tables)
		}
		return err
	})
	if err != nil || g.app == nil || !g.login.Member && !g.login.Super {
		return err
	}
	g.seat.Role = g.app.Role
	err = stack.Read(ctx, g.conn, g.seat, func(tx pgx.Tx) (err error) {
		g.cat, err = catalog.Read(ctx, tx)
		return err
	})
	if stack.SQLState(err) == "42501" { // it bypasses row security and may not take the role: its own catalogue must do
		g.seat.Role, err = "", nil
	}
	if t := g.cat.Guarded(); len(t) > 0 {
		g.tables = t
	} else {
		g.tables = plainTables(g.cat)
	}
	return err
}

func plainTables(cat *catalog.Catalog) []*catalog.Relation {
	var out []*catalog.Relation
	for _, r := range cat.Relations {
		if r.Is(catalog.Table, catalog.Partitioned) && !r.IsPartition {
			out = append(out, r)
		}
	}
	return out
}

// chooseEnvironment takes what the person said. Only a database that is seen to
// hold nothing is written into, and rolled back, without a word of theirs.
func (g *guesses) chooseEnvironment() {
	switch {
	case g.env != "":
		g.envWhy = "as --environment said"
	case g.o.DB != nil && g.empty:
		g.env, g.envWhy = stack.Shared, "no tenant table holds a row, so that writes which are rolled back touch nobody's; a check may try them"
	default:
		g.env, g.envWhy = stack.Production, "nobody said otherwise: a check only reads. Write shared where it may also try writes that are always rolled back"
	}
}

// ErrUnseen is wrapped by an error that says why the database could not be looked at.
var ErrUnseen = errors.New("could not look: ")

// ErrDefect is wrapped by an error that is this program's own fault.
var ErrDefect = errors.New("the proposed file does not load; this is a defect of arxctl")

func (g *guesses) load(text []byte) (*stack.Config, error) {
	cfg, err := stack.Parse(g.o.Path, text, func(name string) (string, bool) {
		ref := "${env:" + name + "}"
		if v, ok := g.secrets[name]; ok {
			return v, true
		}
		switch {
		case g.o.Reader != nil && ref == g.o.Reader.Ref:
			return g.o.Reader.DSN.Reveal(), true
		case g.o.DB != nil:
			return g.o.DB.DSN.Reveal(), true
		}
		return "", false
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDefect, err)
	}
	return cfg, nil
}
