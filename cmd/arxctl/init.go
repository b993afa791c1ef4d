package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/arxsec/arxctl/internal/checks/all"
	"github.com/arxsec/arxctl/internal/propose"
	"github.com/arxsec/arxctl/internal/seal"
	"github.com/arxsec/arxctl/internal/stack"
	"github.com/arxsec/arxctl/internal/stack/roles"
)

type initOptions struct {
	*streams
	dsn, reader, path, environment string
	api                            []string
	force                          bool
}

func newInit(s *streams) *cobra.Command {
	o := &initOptions{streams: s}
	c := &cobra.Command{
		Use:   "init",
		Short: "Propose an arxctl.yaml from a database and base URLs",
		Long: "Look at a database and at base URLs, reading only, and propose an arxctl.yaml: each guess with its reason beside it,\n" +
			"what could not be guessed as a placeholder that says what to write. For a database without rows it drafts seed.sql\n" +
			"as well. The file refers to DSNs by variable and never holds one; ARXCTL_DSN stands for --dsn and stays off the\n" +
			"command line. Exit 3 says that something must be done or filled in before arxctl check can see.",
		Example: "  ARXCTL_DSN=postgres://web@db/app arxctl init --api https://app.example.com\n  arxctl init --dsn '${env:APP_DSN}' --reader '${env:READER_DSN}' --environment shared",
		Args:    exactly(0, "no arguments"),
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	f := c.Flags()
	f.StringVar(&o.dsn, "dsn", "", "the application's `DSN`, or a reference to it as ${env:NAME}")
	f.StringVar(&o.reader, "reader", "", "the `DSN` of a login that sees every row, or a reference to it")
	f.StringArrayVar(&o.api, "api", nil, "the base `URL` of a replica; may be given several times")
	f.StringVar(&o.environment, "environment", "", "production, shared or disposable, as the file shall say")
	f.StringVarP(&o.path, "output", "o", "arxctl.yaml", "`FILE` to write; - for stdout")
	f.BoolVar(&o.force, "force", false, "overwrite what is there")
	return c
}

func (o *initOptions) run(ctx context.Context) error {
	if o.dsn == "" && len(o.api) == 0 {
		return fail(exitUsage, "expected --dsn, --api or both; see: arxctl init --help")
	}
	env := stack.Environment(o.environment)
	switch env {
	case "", stack.Production, stack.Shared, stack.Disposable:
	default:
		return fail(exitUsage, "--environment %s: expected production, shared or disposable", o.environment)
	}
	opts := propose.Options{Path: o.path, Environment: env, Replicas: o.api, Checks: all.Checks()}
	seed := ""
	if o.path == "-" {
		opts.Path = "arxctl.yaml"
	} else {
		seed = filepath.Join(filepath.Dir(o.path), "seed.sql")
		opts.SeedName = "seed.sql"
		if err := o.untouched(o.path, seed); err != nil {
			return err
		}
	}
	var err error
	if opts.DB, err = o.login("--dsn", o.dsn, "ARXCTL_DSN", roles.AppVariable); err != nil {
		return err
	}
	if opts.Reader, err = o.login("--reader", o.reader, "ARXCTL_READER", roles.ReaderVariable); err != nil {
		return err
	}
	p, err := propose.Propose(ctx, opts)
	switch {
	case errors.Is(err, propose.ErrDefect):
		return fail(exitInternal, "%w", err)
	case errors.Is(err, propose.ErrUnseen):
		return fail(exitBlind, "%w", err)
	case err != nil:
		return err
	}
	if err := o.write(p, seed); err != nil {
		return err
	}
	return o.tell(p)
}

// untouched refuses to write over what is there.
func (o *initOptions) untouched(paths ...string) error {
	if err := targets(nil, paths...); err != nil {
		return err
	}
	for _, p := range paths {
		if _, err := os.Lstat(p); err == nil && !o.force {
			return fail(exitUsage, "%s: is there already, and stays as it is; give --force to overwrite it, or another path with -o", p)
		}
	}
	return nil
}

// login resolves a DSN and chooses the reference by which the file names it: the
// one that was given, the variable that it came from, or one to be exported.
func (o *initOptions) login(flag, text, from, otherwise string) (*propose.Login, error) {
	if text == "" {
		return nil, nil
	}
	dsn, err := stack.Resolve(text, filepath.Dir(o.path), os.LookupEnv)
	if err != nil {
		return nil, fail(exitUsage, "%s: %w", flag, err)
	}
	switch {
	case strings.HasPrefix(text, "${") && strings.Count(text, "${") == 1 && strings.HasSuffix(text, "}"):
		return &propose.Login{DSN: dsn, Ref: text}, nil
	case os.Getenv(from) == text:
		return &propose.Login{DSN: dsn, Ref: "${env:" + from + "}"}, nil
	}
	return &propose.Login{DSN: dsn, Ref: "${env:" + otherwise + "}"}, nil
}

func (o *initOptions) write(p *propose.Proposal, seed string) error {
	if o.path == "-" {
		o.out.Write(p.YAML) // a failure is kept by the stream, and ends the verb with 7
		return nil
	}
	if p.Seed != nil {
		if err := seal.WriteFile(seed, p.Seed, 0o644); err != nil {
			return fail(exitInternal, "%w", err)
		}
		note(o.streams, "wrote %s: rows for two tenants, as the application inserts them; nothing was inserted", seed)
	}
	if err := seal.WriteFile(o.path, p.YAML, 0o644); err != nil {
		return fail(exitInternal, "%w", err)
	}
	note(o.streams, "wrote %s", o.path)
	return nil
}

// tell says what is left to do, in the order in which to do it.
func (o *initOptions) tell(p *propose.Proposal) error {
	for _, l := range p.Lines {
		note(o.streams, "\nPaste into psql, as a superuser (%s):", l.For)
		for _, line := range l.SQL {
			note(o.streams, "%s", line)
		}
		for _, line := range l.Then {
			note(o.streams, "then %s", line)
		}
	}
	for _, e := range p.Exports {
		ref, what, _ := strings.Cut(e, ": ")
		if name, ok := strings.CutPrefix(ref, "${env:"); ok {
			if name = strings.TrimSuffix(name, "}"); os.Getenv(name) == "" {
				note(o.streams, "\nexport %s=...   # %s", name, what)
			}
		}
	}
	for _, m := range p.Missing {
		note(o.streams, "\nto fill in: %s", m)
	}
	note(o.streams, "\nnext: arxctl check -c %s", o.path)
	if len(p.Lines) > 0 || len(p.Missing) > 0 {
		return quit(exitBlind)
	}
	return nil
}
