package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/arxsec/arxctl/internal/poc"
)

type pocOptions struct {
	*streams
	dir, pgBin string
	detach     bool
}

func newPOC(s *streams) *cobra.Command {
	o := &pocOptions{streams: s}
	c := &cobra.Command{Use: "poc", Short: "Run the reference stack: PostgreSQL, Redis and two replicas of an API, all throwaway", Args: exactly(0, "a verb: up, down, status or fault"),
		RunE: func(*cobra.Command, []string) error {
			return fail(exitUsage, "expected a verb; see: arxctl poc --help")
		}}
	c.PersistentFlags().StringVar(&o.dir, "dir", ".", "`DIR` of arxctl.yaml and of the stack's state")
	up := &cobra.Command{
		Use:   "up",
		Short: "Bring the reference stack up and write its arxctl.yaml",
		Long:  "Bring the reference stack up and write arxctl.yaml (0600, secrets by reference) into --dir. It runs until Ctrl-C,\nor, with --detach, until: arxctl poc down.",
		Args:  exactly(0, "no arguments"),
		RunE:  func(cmd *cobra.Command, _ []string) error { return o.up(cmd.Context()) },
	}
	up.Flags().BoolVar(&o.detach, "detach", false, "return when everything is ready")
	up.Flags().StringVar(&o.pgBin, "pg-bin", "", "`DIR` of PostgreSQL's initdb and postgres")
	down := &cobra.Command{Use: "down", Short: "Stop the reference stack and remove what it left", Args: exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := poc.Dial(o.state())
			if err != nil {
				return err
			}
			return client.Down(cmd.Context())
		}}
	status := &cobra.Command{Use: "status", Short: "Say what runs where, and which faults are planted", Args: exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := poc.Dial(o.state())
			if err != nil {
				return err
			}
			lines, err := client.Status(cmd.Context())
			for _, l := range lines {
				fmt.Fprintln(o.out, l)
			}
			return err
		}}
	c.AddCommand(up, down, status, newFault(o))
	return c
}

// state is where the supervisor leaves word of its socket.
func (o *pocOptions) state() string { return filepath.Join(o.dir, ".arxctl") }

func (o *pocOptions) up(ctx context.Context) error {
	if o.detach {
		return o.background(ctx)
	}
	ignoreHangup()
	opts := poc.Options{PGBin: o.pgBin, Build: "arxctl " + version}
	return poc.RunSupervisor(ctx, opts, o.state(), func(st *poc.Stack) error {
		path, err := st.WriteConfig(o.dir)
		if err != nil {
			return err
		}
		for _, l := range st.Status() {
			note(o.streams, "%s", l)
		}
		// The one line on stdout is what --detach waits for.
		_, err = fmt.Fprintln(o.out, path)
		return err
	})
}

// background starts this program again in a session of its own, waits for the
// line that says it is ready, and leaves it.
func (o *pocOptions) background(ctx context.Context) error {
	exe, err := os.Executable()
	if err != nil {
		return fail(exitInternal, "cannot find this program: %w", err)
	}
	if err := os.MkdirAll(o.state(), 0o700); err != nil {
		return fail(exitUsage, "--dir %s: %w", o.dir, err)
	}
	logPath := filepath.Join(o.state(), "supervisor.log")
	log, err := os.OpenFile(logPath, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fail(exitUsage, "--dir %s: %w", o.dir, err)
	}
	defer log.Close()
	out, in, err := os.Pipe()
	if err != nil {
		return fail(exitInternal, "%w", err)
	}
	defer out.Close()
	args := []string{"poc", "up", "--dir", o.dir}
	if o.pgBin != "" {
		args = append(args, "--pg-bin", o.pgBin)
	}
	cmd := exec.Command(exe, args...)
	cmd.Stdout, cmd.Stderr = in, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err = cmd.Start()
	in.Close()
	if err != nil {
		return fail(exitInternal, "cannot start the supervisor: %w", err)
	}
	ready := make(chan string, 1)
	go func() {
		b, _ := readLine(out)
		ready <- b
	}()
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case line := <-ready:
		if line == "" {
			<-ended
			text, _ := os.ReadFile(logPath)
			return fail(exitUsage, "the reference stack did not come up: %s", strings.TrimPrefix(strings.TrimSpace(string(text)), "arxctl: "))
		}
		fmt.Fprintln(o.out, line)
		return nil
	case <-ctx.Done():
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
		}
		return quit(exitInterrupted)
	}
}

// readLine reads up to the first line break and no further.
func readLine(r io.Reader) (string, error) {
	var line []byte
	b := make([]byte, 1)
	for {
		n, err := r.Read(b)
		if n == 1 && b[0] == '\n' {
			return string(line), nil
		}
		line = append(line, b[:n]...)
		if err != nil {
			return "", errors.Join(err, errors.New("no line"))
		}
	}
}
