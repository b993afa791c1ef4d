package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/arxsec/arxctl/internal/checks"
	"github.com/arxsec/arxctl/internal/checks/all"
	"github.com/arxsec/arxctl/internal/control"
	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/poc"
	"github.com/arxsec/arxctl/internal/poc/faults"
	"github.com/arxsec/arxctl/internal/poc/postgres"
	"github.com/arxsec/arxctl/internal/questionnaire"
	"github.com/arxsec/arxctl/internal/render"
	"github.com/arxsec/arxctl/internal/render/pretty"
	"github.com/arxsec/arxctl/internal/seal"
	"github.com/arxsec/arxctl/internal/stack"
)

type demoOptions struct {
	*streams
	dir, fault, pgBin, key string
}

func newDemo(s *streams) *cobra.Command {
	o := &demoOptions{streams: s}
	c := &cobra.Command{
		Use:   "demo",
		Short: "Boot the reference stack, run every check, render every answer, stop everything",
		Long: "Boot the reference stack, run every check, render every answer into --out, stop everything.\n" +
			"--break plants a fault first: the answer that depended on it reads No, and the exit code says so.",
		Example: "  arxctl demo --out demo\n  arxctl demo --break " + exampleFault() + "\n  arxctl poc fault list",
		Args:    exactly(0, "no arguments"),
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	c.Flags().StringVar(&o.dir, "out", "demo", "`DIR` to write into")
	c.Flags().StringVar(&o.fault, "break", "", "plant this `FAULT` first")
	c.Flags().StringVar(&o.pgBin, "pg-bin", "", "`DIR` of PostgreSQL's initdb and postgres")
	c.Flags().StringVar(&o.key, "key", "", "seal the run and each document with this private key `FILE`; see: arxctl keygen")
	return c
}

func exampleFault() string {
	for _, f := range faults.All() {
		if f.Family == "tenancy" && f.Expect == string(evidence.Fail) {
			return f.ID
		}
	}
	return "FAULT"
}

// written is one file of the demonstration.
type written struct{ questionnaire, format, name string }

var demoFiles = []written{
	{"sig-lite", "html", "sig-lite.html"}, {"sig-lite", "md", "sig-lite.md"}, {"sig-lite", "json", "sig-lite.json"},
	{"soc2", "pdf", "soc2-readiness.pdf"}, {"hipaa", "pdf", "hipaa-readiness.pdf"},
}

func (o *demoOptions) run(ctx context.Context) (err error) {
	var fault *faults.Fault
	if o.fault != "" {
		f, ok := faults.Find(o.fault)
		if !ok {
			return fail(exitUsage, "--break %s: there is no such fault; see: arxctl poc fault list", o.fault)
		}
		fault = &f
	}
	key, err := signingKey(o.streams, o.key)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(o.dir, 0o755); err != nil {
		return fail(exitInternal, "--out %s: %w", o.dir, err)
	}
	if _, err := postgres.Find(o.pgBin); err != nil {
		return err
	}
	begun := time.Now()
	st, err := poc.Up(ctx, poc.Options{PGBin: o.pgBin, Build: "arxctl " + version})
	if err != nil {
		if ctx.Err() != nil {
			return quit(exitInterrupted)
		}
		return fail(exitInternal, "the reference stack did not come up: %w", err)
	}
	defer func() {
		if derr := st.Down(context.WithoutCancel(ctx)); derr != nil {
			err = errors.Join(err, fail(exitInternal, "stopping the reference stack: %w", derr))
		}
	}()
	note(o.streams, "reference stack up after %.1f s: PostgreSQL on port %d, %s, two replicas", time.Since(begun).Seconds(), st.Postgres.Port, st.Redis.Describe())
	if fault != nil {
		if err := st.Plant(ctx, *fault); err != nil {
			return fail(exitInternal, "planting %s: %w", fault.ID, err)
		}
		note(o.streams, "planted %s: %s", fault.ID, fault.Title)
	}
	cfg, run, err := o.look(ctx, st)
	if err != nil {
		return err
	}
	return o.show(ctx, cfg, run, key)
}

// look runs every check against the stack, through an arxctl.yaml like anyone's.
func (o *demoOptions) look(ctx context.Context, st *poc.Stack) (*stack.Config, *evidence.Run, error) {
	dir, err := poc.PrivateDir()
	if err != nil {
		return nil, nil, fail(exitInternal, "%w", err)
	}
	defer os.RemoveAll(dir)
	path, err := st.WriteConfig(dir)
	if err != nil {
		return nil, nil, fail(exitInternal, "%w", err)
	}
	cfg, err := stack.Load(path)
	if err != nil {
		return nil, nil, err
	}
	list := all.Checks()
	if err := checks.Validate(list); err != nil {
		return nil, nil, fail(exitInternal, "%w", err)
	}
	journal := stack.NewJournal(os.LookupEnv)
	run := collect(ctx, o.streams, stack.Open(cfg, stack.Options{Journal: journal}), list)
	if err := journal.Discard(); err != nil {
		note(o.streams, "something was left behind: %v; see: arxctl cleanup", err)
	}
	return cfg, run, nil
}

// show writes every file and prints what a person wants to read.
func (o *demoOptions) show(ctx context.Context, cfg *stack.Config, run *evidence.Run, key *seal.PrivateKey) error {
	runPath := filepath.Join(o.dir, "run.json")
	sealed, err := storeRun(runPath, run, key)
	if err != nil {
		return err
	}
	if err := writeRun(o.streams, []output{{"junit", filepath.Join(o.dir, "junit.xml")}}, render.RunInput{Run: run, Digest: sealed.Digest, KeyID: keyID(key), Config: cfg.Path()}); err != nil {
		return err
	}
	from := content{samples: true}
	docs := map[string]*questionnaire.Document{}
	for _, f := range demoFiles {
		a, err := from.answer(f.questionnaire, "", runPath, sealed, run.Ended.Truncate(24*time.Hour), questionnaire.Private)
		if err != nil {
			return err
		}
		docs[f.questionnaire] = a.doc
		if err := a.write(o.streams, output{f.format, filepath.Join(o.dir, f.name)}, key); err != nil {
			return err
		}
	}
	opts := pretty.Options{Color: colorFor(o.out), Width: widthOf(o.out), Digest: sealed.Digest, KeyID: keyID(key)}
	if err := pretty.Write(o.out, run, opts); err != nil {
		return fail(exitInternal, "cannot write to stdout: %w", err)
	}
	o.tell(docs)
	code := runCode(cfg, run, false)
	if len(docs["sig-lite"].Contradicted()) > 0 {
		code = worst(code, exitFailed)
	}
	if ctx.Err() != nil {
		code = worst(code, exitInterrupted)
	}
	return quit(code)
}

// tell prints the answers that rest on what was just seen, and where the files are.
func (o *demoOptions) tell(docs map[string]*questionnaire.Document) {
	w := o.out
	fmt.Fprintf(w, "\n%s\n\n", questionnaire.DemonstrationText)
	sig := docs["sig-lite"]
	for _, s := range sig.Sections {
		for _, a := range s.Answers {
			if !a.Live || a.Value == "" || a.Status == control.Planned {
				continue // only what was just looked at
			}
			fmt.Fprintf(w, "%-6s %-4s %s\n", a.Question, a.Value, pretty.Plain(a.Sentence))
			if a.Status == control.Contradicted {
				for _, e := range a.Evidence {
					if e.Outcome == string(evidence.Fail) {
						fmt.Fprintf(w, "            %s\n", pretty.Plain(e.Text))
					}
				}
			}
		}
	}
	fmt.Fprintln(w)
	for _, id := range []string{"sig-lite", "soc2", "hipaa"} {
		fmt.Fprintln(w, countsLine(docs[id]))
	}
	fmt.Fprintf(w, "\nwritten to %s:", o.dir)
	for _, f := range append([]written{{name: "run.json"}, {name: "junit.xml"}}, demoFiles...) {
		fmt.Fprintf(w, " %s", f.name)
	}
	fmt.Fprintf(w, "\nbreak it: %s demo --break %s\n", os.Args[0], exampleFault())
}
