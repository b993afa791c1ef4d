package selftest_test

import (
	"bytes"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/arxsec/arxctl/internal/poc/faults"
	renderall "github.com/arxsec/arxctl/internal/render/all"
)

// teller runs arxctl and keeps all that it says, beside the files that it writes.
type teller struct {
	*killer
	env  []string
	said int
}

// with is one command line of arxctl that knows the planted variables.
func (s *teller) with(args ...string) *exec.Cmd {
	cmd := s.command(args...)
	cmd.Env = append(cmd.Env, s.env...)
	return cmd
}

// say runs one command line and returns its exit code.
func (s *teller) say(args ...string) int {
	s.t.Helper()
	return s.keep(s.with(args...), func() error { return nil })
}

// quit interrupts one with SIGQUIT, on which the Go runtime prints every stack,
// in the middle of the run: as soon as it says in the journal what it will make.
func (s *teller) quit(args ...string) {
	s.t.Helper()
	cmd := s.with(args...)
	cmd.Env = append(cmd.Env, "GOTRACEBACK=all")
	s.keep(cmd, func() error {
		for limit := time.Now().Add(30 * time.Second); !s.journalled() && time.Now().Before(limit); {
			time.Sleep(time.Millisecond)
		}
		return cmd.Process.Signal(syscall.SIGQUIT)
	})
	b, err := os.ReadFile(filepath.Join(s.out, fmt.Sprintf("said-%d.err", s.said)))
	if err != nil || !bytes.Contains(b, []byte("goroutine ")) {
		s.t.Errorf("SIGQUIT printed no stacks: %v %.300s", err, b)
	}
}

func (s *teller) keep(cmd *exec.Cmd, meanwhile func() error) int {
	s.t.Helper()
	s.said++
	var out, errw bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errw
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	if err := meanwhile(); err != nil {
		s.t.Fatal(err)
	}
	cmd.Wait() // the exit code tells
	for end, b := range map[string][]byte{"out": out.Bytes(), "err": errw.Bytes()} {
		if err := os.WriteFile(filepath.Join(s.out, fmt.Sprintf("said-%d.%s", s.said, end)), b, 0o600); err != nil {
			s.t.Fatal(err)
		}
	}
	return cmd.ProcessState.ExitCode()
}

// TestSecretsNeverLeave plants canaries in every door, header, DSN, environment
// variable and row, and in the passphrase, and looks for them in all that was
// written: on stdout and stderr, in files of every format, in the journal, in
// crashes. arxctl env, whose purpose is to hand secrets to a shell, is left out.
func TestSecretsNeverLeave(t *testing.T) {
	if testing.Short() {
		t.Skip("SHORT: the stage secrets of make soak is this test")
	}
	k := newKiller(t)
	config := k.b.Config().Path()
	c := secretsOf(t, config)
	s := &teller{killer: k}
	s.env = []string{"CANARY_HEADER=" + c.perch("api.headers"), "CANARY_BOOT=" + c.hatch("boot.env"), "UNRELATED=" + c.hatch("an unrelated variable"),
		"ARXCTL_KEY_PASSPHRASE=" + c.hatch("the key's passphrase")}
	plantRows(t, k.b.Stack, c)
	edited := s.variant(config, "canary.yaml", "  auth:", "  headers: {X-Gateway-Key: \"${env:CANARY_HEADER}\"}\n  auth:", "\n  env:\n", "\n  env:\n    ARX_EXTRA: \"${env:CANARY_BOOT}\"\n")

	key := filepath.Join(k.dir, "signer")
	if code := s.say("keygen", "--out", key); code != 0 {
		t.Fatalf("keygen: exit code %d", code)
	}
	for _, line := range strings.Split(string(mustRead(t, key+".key")), "\n") {
		if len(line) > 30 && !strings.HasPrefix(line, "-----") {
			c["the private key"] = line
		}
	}
	run := filepath.Join(k.out, "run.json")
	args := []string{"check", "-c", edited, "--run", run, "--key", key + ".key", "--output", "pretty"}
	for _, f := range renderall.RunFormats() {
		args = append(args, "--output", f.Name+":"+filepath.Join(k.out, "machine."+f.Name))
	}
	if code := s.say(args...); code != 0 && code != 3 { // a busy machine may see less of a rate limit; that is not what is looked for
		t.Errorf("check: exit code %d\n%s", code, mustRead(t, filepath.Join(k.out, fmt.Sprintf("said-%d.err", s.said))))
	}
	for id, formats := range map[string][]string{"sig-lite": {"md", "html", "json"}, "soc2": {"pdf"}} {
		for _, f := range formats {
			s.say("render", id, "--run", run, "--samples", "--key", key+".key", "--output", f+":"+filepath.Join(k.out, id+"."+f))
		}
	}
	s.say("verify", run, filepath.Join(k.out, "soc2.pdf"), "--key", key+".pub")
	s.say("diff", run, run)
	s.say("doctor", "-c", edited)
	s.say("cleanup", "--dry-run")
	if err := k.b.Stack.Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	plantRows(t, k.b.Stack, c)

	s.failures(c, config, key)
	s.faulted(c, edited)
	s.crashes(edited, run)

	look := newSearch(c)
	look.under(t, k.out)
	look.under(t, filepath.Join(k.dir, "state"))
	look.under(t, k.temp)
	t.Logf("%d canaries in none of %d files, %d bytes with what was unpacked", len(c), look.files, look.bytes)
	if look.files < 40 || look.bytes < 1<<20 {
		t.Errorf("only %d files and %d bytes were looked at", look.files, look.bytes)
	}
}

// crashes ends runs in the middle: one prints every stack, one leaves its journal.
func (s *teller) crashes(config, run string) {
	s.t.Helper()
	s.quit("check", "-c", config)
	// What that one left is cleared, so that the journal that is looked into is of the one that is killed.
	if code := s.say("cleanup"); code != 0 {
		s.t.Errorf("cleanup after SIGQUIT: exit code %d", code)
	}
	s.kill(s.with("check", "-c", config, "--only", "ratelimit.effects,bootkey.refusal", "--run", run), 0, s.journalled)
	if !s.journalled() {
		s.t.Error("no journal was left to look into")
	}
}

// variant writes a configuration beside another, with texts replaced in pairs.
func (s *teller) variant(config, name string, pairs ...string) string {
	s.t.Helper()
	text := string(mustRead(s.t, config))
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			s.t.Fatalf("%s holds no %q", config, pairs[i])
		}
		text = strings.Replace(text, pairs[i], pairs[i+1], 1)
	}
	path := filepath.Join(filepath.Dir(config), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// failures has arxctl speak of secrets that do not fit: a refused login, a server
// that is not there, a DSN that is none, a token that nobody knows, a passphrase.
func (s *teller) failures(c canaries, config, key string) {
	s.t.Helper()
	good, err := url.Parse(string(mustRead(s.t, filepath.Join(filepath.Dir(config), "secrets", "app.dsn"))))
	if err != nil {
		s.t.Fatal(err)
	}
	dsn := func(name, host string) string {
		u := *good
		u.User, u.Host = url.UserPassword(good.User.Username(), c.hatch(name)), host
		return u.String()
	}
	failing := []string{
		dsn("a wrong password", good.Host),
		"host=127.0.0.1 port=nine password='" + c.perch("the password of no DSN") + "'",
		dsn("the password of no server", "127.0.0.1:9"),
		dsn("the password of no host", "arxctl.invalid:5432"),
		"postgres://arx_app:" + c.perch("the password of no URL") + "%zz@" + good.Host + "/x",
		"postgres://arx_app:" + c.perch("a password without an at") + ":" + good.Host,
	}
	for i, value := range failing {
		s.env = append(s.env, "CANARY_DSN="+value)
		edited := s.variant(config, "failing.yaml", "app: ${file:secrets/app.dsn}", `app: "${env:CANARY_DSN}"`)
		if code := s.say("check", "-c", edited, "--only", "tenancy.role,tenancy.http", "--output", "pretty", "--run", filepath.Join(s.out, "failing.json")); code != 3 && code != 2 {
			s.t.Errorf("failing DSN %d: exit code %d", i+1, code)
		}
		s.say("doctor", "-c", edited)
	}
	s.env = append(s.env, "CANARY_TOKEN="+c.hatch("a token that nobody knows"))
	edited := s.variant(config, "token.yaml", "admin: \"${file:secrets/a.admin.token}\"", `admin: "${env:CANARY_TOKEN}"`)
	s.say("check", "-c", edited, "--only", "auditlog.row,tenancy.http", "--output", "json")
	inClear := s.variant(config, "clear.yaml", "app: ${file:secrets/app.dsn}", "app: [\"postgres://arx_app:"+c.perch("a DSN in clear, where it cannot stand")+"@h/d\"]")
	s.say("check", "-c", inClear)
	s.env = append(s.env, "ARXCTL_KEY_PASSPHRASE="+c.hatch("a wrong passphrase"))
	s.say("seal", filepath.Join(s.out, "run.json"), "--key", key+".key")
}

// faulted looks at stacks that give away what they should not.
func (s *teller) faulted(c canaries, config string) {
	s.t.Helper()
	for _, f := range faults.All() {
		leaks := strings.Contains(f.ID, "print") || strings.Contains(f.ID, "logs-configuration") || f.ID == "tenancy-using-true" || f.ID == "tenancy-no-rls"
		if !leaks {
			continue
		}
		if err := s.b.Stack.Plant(s.t.Context(), f); err != nil {
			s.t.Fatal(err)
		}
		only := strings.Join(f.Catches, ",")
		if f.Family == "tenancy" {
			only = "tenancy"
		}
		path := filepath.Join(s.out, f.ID)
		if code := s.say("check", "-c", config, "--only", only, "--run", path+".run.json", "--output", "pretty", "--output", "json:"+path+".json"); code != 1 {
			s.t.Errorf("%s: exit code %d", f.ID, code)
		}
		if err := s.b.Stack.Clear(s.t.Context()); err != nil {
			s.t.Fatal(err)
		}
		plantRows(s.t, s.b.Stack, c)
	}
}

func mustRead(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
