package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/spf13/viper"
)

// version is set by the Makefile from the repository.
var version = "dev"

// streams are where a verb reads and writes: stdout for the report that was
// asked for and nothing else, stderr for progress, notes and errors.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// execute runs one command line and returns its exit code.
func execute(ctx context.Context, args []string, in io.Reader, out, errw io.Writer) int {
	stdout := &sticky{w: out}
	s := &streams{in, stdout, errw}
	root := newRoot(s)
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(stdout)
	root.SetErr(errw)
	err := root.ExecuteContext(ctx)
	code := codeOf(err)
	if ctx.Err() != nil {
		code = worst(code, exitInterrupted)
	}
	if stdout.err != nil {
		code = worst(code, exitInternal)
		note(s, "arxctl: cannot write to stdout: %v", stdout.err)
	}
	if err != nil && err.Error() != "" {
		note(s, "arxctl: %s", strings.TrimSpace(err.Error()))
	}
	return code
}

func newRoot(s *streams) *cobra.Command {
	root := &cobra.Command{
		Use:           "arxctl",
		Short:         "Answer security questionnaires with proof",
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       version,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fail(exitUsage, "unknown verb %q; see: arxctl --help", args[0])
			}
			return nil
		},
		RunE: func(*cobra.Command, []string) error {
			fmt.Fprint(s.out, "check a stack     arxctl check -c arxctl.yaml --run run.json\n"+
				"render answers    arxctl render sig-lite --run run.json --output html:sig-lite.html\n"+
				"see a demo        arxctl demo --out demo\n")
			return nil
		},
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return fromEnvironment(cmd.Flags()) },
	}
	root.SetHelpTemplate(root.HelpTemplate() + "\n" + exitTable)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return fail(exitUsage, "%v; see: %s --help", err, c.CommandPath())
	})
	root.AddCommand(newInit(s), newDoctor(s))
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(newCheck(s), newExplain(s), newEnv(s), newRender(s), newControls(s), newDemo(s), newPOC(s), newDiff(s), newGate(s), newReproduce(s), newCleanup(s), newKeygen(s), newSeal(s), newVerify(s), newMatch(s))
	root.AddCommand(newFill(s), newImport(s), newQuestionnaire(s))
	return root
}

// fromEnvironment lets ARXCTL_<FLAG> stand for a flag that was not given.
func fromEnvironment(flags *pflag.FlagSet) error {
	v := viper.New()
	v.SetEnvPrefix("ARXCTL")
	v.SetEnvKeyReplacer(strings.NewReplacer("-", "_"))
	v.AutomaticEnv()
	var failed error
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Changed || f.Name == "help" || f.Name == "version" || failed != nil {
			return
		}
		if value := v.GetString(f.Name); value != "" {
			if err := flags.Set(f.Name, value); err != nil {
				failed = fail(exitUsage, "ARXCTL_%s: %v", strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_")), err)
			}
		}
	})
	return failed
}

// exactly wants n positional arguments, called what the message calls them.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != n {
			return fail(exitUsage, "expected %s, got %d argument(s); see: %s --help", what, len(args), c.CommandPath())
		}
		return nil
	}
}

// terminal reports whether w is a terminal that a person looks at: live output
// and colour go there and nowhere else.
func terminal(w io.Writer) bool {
	f, ok := fileOf(w)
	if !ok || os.Getenv("CI") != "" || os.Getenv("TERM") == "dumb" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && isTerminal(f)
}
