package selftest_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/arxsec/arxctl/internal/seal"
)

// victim is a verb that is killed while it runs, and the files that it writes:
// each is judged by whether it is whole.
type victim struct {
	name  string
	args  [][]string // each once, before; then in turn
	files map[string]func(path string) error
	kills int
	took  time.Duration
}

// TestKilledAtAnyPoint kills verbs with SIGKILL at random moments, half of them
// while a file is being written. What they write is old or new and whole, nothing
// that they started goes on, and cleanup removes what they made. make soak does it.
func TestKilledAtAnyPoint(t *testing.T) {
	if testing.Short() {
		t.Skip("SHORT: the stage killed of make soak is this test")
	}
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells what a killed process has left running: nothing was killed here")
	}
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("ARXCTL_KILL_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("ARXCTL_KILL_SEED: %v", err)
		}
	}
	t.Logf("ARXCTL_KILL_SEED=%d", seed)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("to repeat: ARXCTL_KILL_SEED=%d", seed)
		}
	})
	random := rand.New(rand.NewPCG(seed, 0))
	k := newKiller(t)
	victims := k.victims()
	total := 0
	for _, v := range victims {
		if v.kills == 0 {
			continue
		}
		for _, args := range v.args {
			begun := time.Now()
			if out, code := k.arxctl(args...); code != 0 && code != 1 && code != 3 {
				t.Fatalf("%s: exit code %d\n%s", v.name, code, out)
			}
			v.took = max(v.took, time.Since(begun))
		}
		k.settle(v, 0)
		for i := range v.kills {
			total++
			after := time.Duration(random.Float64() * float64(v.took))
			moment, how := k.writing, "while writing"
			if random.IntN(2) != 0 {
				moment, how = nil, "at random"
			}
			pid, when := k.kill(k.command(v.args[i%len(v.args)]...), after, moment)
			t.Logf("%s killed after %s (%s)", v.name, when.Round(time.Millisecond), how)
			k.settle(v, pid)
		}
		if err := k.b.Stack.Clear(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d kills, none left anything", total)
}

func (k *killer) victims() []*victim {
	config := k.b.Config().Path()
	run := filepath.Join(k.dir, "base.json")
	if out, code := k.arxctl("check", "-c", config, "--only", "tenancy.role,tenancy.server", "--run", run); code != 0 {
		k.t.Fatalf("the run that is rendered: exit code %d\n%s", code, out)
	}
	render := func(id, format, name string) [][]string {
		path := filepath.Join(k.out, name)
		var both [][]string
		for _, day := range []string{"2026-11-21", "2026-11-22"} {
			both = append(both, []string{"render", id, "--run", run, "--samples", "--as-of", day, "--output", format + ":" + path})
		}
		return both
	}
	sealed := filepath.Join(k.out, "run.json")
	check := []string{"check", "-c", config, "--run", sealed, "--output", "json:" + filepath.Join(k.out, "out.json"), "--output", "junit:" + filepath.Join(k.out, "run.xml")}
	few := append(slices.Clone(check), "--only", "tenancy.role,ratelimit.effects,bootkey.default-environment") // reads, makes objects, launches
	checked := map[string]func(string) error{"run.json": runWhole, "run.xml": xmlWhole, "out.json": jsonWhole}
	list := []*victim{
		{name: "check", kills: 6, files: checked, args: [][]string{check}},
		{name: "check --only", kills: 12, files: checked, args: [][]string{few}},
		{name: "render html", kills: 6, args: render("sig-lite", "html", "sig.html"), files: map[string]func(string) error{"sig.html": endsWith("</html>")}},
		{name: "render json", kills: 6, args: render("sig-lite", "json", "sig.json"), files: map[string]func(string) error{"sig.json": jsonWhole}},
		{name: "render pdf", kills: 6, args: render("soc2", "pdf", "soc2.pdf"), files: map[string]func(string) error{"soc2.pdf": endsWith("%%EOF")}},
		{name: "demo", kills: 4, files: map[string]func(string) error{"run.json": runWhole},
			args: [][]string{{"demo", "--out", k.out}}},
	}
	key := filepath.Join(k.dir, "signer")
	if out, code := k.arxctl("keygen", "--out", key, "--no-passphrase"); code != 0 {
		k.t.Fatalf("keygen: exit code %d\n%s", code, out)
	}
	signed := map[string]func(string) error{"run.json": runWhole, "run.json" + seal.Suffix: jsonWhole}
	list = append(list, &victim{name: "check --key", kills: 5, files: signed,
		args: [][]string{{"check", "-c", config, "--only", "tenancy.role", "--run", sealed, "--key", key + ".key"}}})
	// Last: it seals, anew each time, the run that the one before it left.
	list = append(list, &victim{name: "seal", kills: 5, files: signed,
		args: [][]string{{"seal", sealed, "--key", key + ".key"}}})
	return list
}

func runWhole(path string) error {
	_, err := seal.Read(path)
	return err
}

func jsonWhole(path string) error {
	b, err := os.ReadFile(path)
	if err == nil && !json.Valid(b) {
		err = fmt.Errorf("%s: %d bytes that are no JSON", path, len(b))
	}
	return err
}

func xmlWhole(path string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for dec := xml.NewDecoder(bytes.NewReader(b)); ; {
		if _, err := dec.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
}

func endsWith(end string) func(string) error {
	return func(path string) error {
		b, err := os.ReadFile(path)
		if err == nil && !bytes.HasSuffix(bytes.TrimSpace(b), []byte(end)) {
			err = fmt.Errorf("%s: %d bytes that do not end with %s", path, len(b), end)
		}
		return err
	}
}
