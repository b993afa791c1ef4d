package main

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/arxsec/arxctl/internal/stack"
)

func newEnv(s *streams) *cobra.Command {
	var config string
	c := &cobra.Command{
		Use:   "env",
		Short: "Print shell exports that the Reproduce lines of checks use",
		Long: "Print export lines for: eval \"$(arxctl env)\". They hold secrets in clear, since the commands that use them need\n" +
			"them; they are meant for your own shell and nothing else.",
		Example: "  eval \"$(arxctl env -c arxctl.yaml)\"",
		Args:    exactly(0, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			cfg, err := stack.Load(config)
			if err != nil {
				return err
			}
			vars, err := environment(cfg)
			if err != nil {
				return err
			}
			for _, k := range slices.Sorted(maps.Keys(vars)) {
				fmt.Fprintf(s.out, "export %s=%s\n", k, shellQuote(vars[k]))
			}
			return nil
		},
	}
	c.Flags().StringVarP(&config, "config", "c", "arxctl.yaml", "the stack's `FILE`")
	return c
}

// environment returns what a Reproduce line may name.
func environment(cfg *stack.Config) (map[string]string, error) {
	path, err := filepath.Abs(cfg.Path())
	if err != nil {
		return nil, err
	}
	vars := map[string]string{"ARXCTL_CONFIG": path}
	put := func(k, v string) {
		if v != "" {
			vars[k] = v
		}
	}
	if d := cfg.DB; d != nil {
		put("ARXCTL_READER_DSN", d.Reader.Reveal())
		put("ARXCTL_ADMIN_DSN", d.Admin.Reveal())
		for _, name := range []string{"a", "b"} {
			a, err := d.Actor(name)
			if err != nil {
				return nil, err
			}
			upper := strings.ToUpper(name)
			put("ARXCTL_TENANT_"+upper, a.ID)
			put("ARXCTL_AS_"+upper, a.Describe())
			put("ARXCTL_APP_DSN_"+upper, a.DSN.Reveal())
			if name == "a" {
				put("ARXCTL_APP_DSN", a.DSN.Reveal())
			}
		}
	}
	if a := cfg.API; a != nil {
		for i, r := range a.Replicas {
			put(fmt.Sprintf("ARXCTL_REPLICA_%d", i+1), r)
		}
		for _, name := range []string{"a", "b"} {
			put("ARXCTL_TOKEN_"+strings.ToUpper(name), firstToken(a.Orgs[name]))
		}
		for _, name := range slices.Sorted(maps.Keys(a.Orgs)) {
			if strings.HasPrefix(name, "low") {
				put("ARXCTL_ORG_LOW_TOKEN", firstToken(a.Orgs[name]))
				break
			}
		}
		if a.Limit != nil {
			put("ARXCTL_LIMIT_PATH", a.Limit.Path)
		}
	}
	return vars, nil
}

func firstToken(o stack.Org) string {
	for _, role := range slices.Sorted(maps.Keys(o.Tokens)) {
		return o.Tokens[role].Reveal()
	}
	return ""
}

// shellQuote quotes for any POSIX shell.
func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
