package selftest_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/poc"
)

// canaries are values that must be in nothing that a run writes, by what they are.
type canaries map[string]string

// hatch returns a new canary: a core that no encoding of characters changes,
// which is what is looked for, between characters that encodings do change.
func (c canaries) hatch(name string) string {
	c[name] = strings.ToLower(rand.Text()) // 26 characters (crypto/rand, Go 1.24)
	return "a/+&<" + c[name] + `>"é %`
}

// perch is hatch for places that take letters and digits only.
func (c canaries) perch(name string) string {
	c[name] = strings.ToLower(rand.Text())
	return c[name]
}

// secretsOf are the canaries that every reference stack has: all that its
// arxctl.yaml refers to.
func secretsOf(t *testing.T, config string) canaries {
	t.Helper()
	c := canaries{}
	files, err := filepath.Glob(filepath.Join(filepath.Dir(config), "secrets", "*"))
	if err != nil || len(files) < 20 {
		t.Fatalf("%d secrets beside %s, %v", len(files), config, err)
	}
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		value := strings.TrimSpace(string(b))
		if u, err := url.Parse(value); err == nil && u.Host != "" {
			if value, _ = u.User.Password(); value == "" {
				continue // Redis, which has none
			}
		}
		c[filepath.Base(path)] = value
	}
	return c
}

// plantRows puts canaries into rows of a tenant that nobody probes.
func plantRows(t *testing.T, st *poc.Stack, c canaries) {
	t.Helper()
	_, bystanders := probeOrgs(st)
	ctx := context.Background()
	db, err := pgx.Connect(ctx, st.SuperDSN())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(ctx)
	for sql, name := range map[string]string{
		"UPDATE agents SET name = $1 WHERE org_id = $2":                                       "an agent's name",
		"UPDATE agents SET labels = jsonb_build_object('note', $1::text) WHERE org_id = $2":   "an agent's label",
		"UPDATE deployments SET config = jsonb_build_object('k', $1::text) WHERE org_id = $2": "a deployment's configuration",
	} {
		value, known := c[name]
		if !known {
			value = c.perch(name)
		}
		if tag, err := db.Exec(ctx, sql, value, bystanders[0]); err != nil || tag.RowsAffected() == 0 {
			t.Fatalf("%s: %s, %v", sql, tag, err)
		}
	}
}

// search looks for canaries in what was written.
type search struct {
	forms        map[string][]string // by canary: how it may be spelled
	files, bytes int                 // looked at, unpacked streams included
}

func newSearch(c canaries) *search {
	s := &search{forms: map[string][]string{}}
	for name, value := range c {
		forms := []string{value, url.QueryEscape(value), strings.ToUpper(value), hex.EncodeToString([]byte(value)), strings.ToUpper(hex.EncodeToString([]byte(value)))}
		if quoted, err := json.Marshal(value); err == nil {
			forms = append(forms, strings.Trim(string(quoted), `"`))
		}
		// In base64 a text looks differently at each of three places; its first and last characters depend on its neighbours.
		for shift := range 3 {
			for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
				text := enc.EncodeToString(append(make([]byte, shift), value...))
				forms = append(forms, text[(shift*8+5)/6:len(text)-2])
			}
		}
		slices.Sort(forms)
		s.forms[name] = slices.Compact(forms)
	}
	return s
}

// in looks through one text, and through what is packed in it.
func (s *search) in(t *testing.T, where string, b []byte) {
	t.Helper()
	s.files++
	s.text(t, where, b, 3)
}

func (s *search) text(t *testing.T, where string, b []byte, depth int) {
	t.Helper()
	s.bytes += len(b)
	for _, name := range slices.Sorted(maps.Keys(s.forms)) {
		for _, form := range s.forms[name] {
			if i := bytes.Index(b, []byte(form)); i >= 0 {
				t.Errorf("%s holds the canary %q: ...%q...", where, name, b[max(0, i-80):min(len(b), i+len(form)+40)])
				break
			}
		}
	}
	if depth == 0 {
		return
	}
	for _, inner := range unpacked(b) {
		s.text(t, where+", unpacked", inner, depth-1)
	}
}

var base64Run = regexp.MustCompile(`[A-Za-z0-9+/_-]{60,}={0,2}`)

// unpacked returns the inflated streams of a PDF and whatever base64 stands for.
func unpacked(b []byte) (inner [][]byte) {
	for rest := b; ; {
		i := bytes.Index(rest, []byte("stream"))
		if i < 0 {
			break
		}
		rest = rest[i+len("stream"):]
		if r, err := zlib.NewReader(bytes.NewReader(bytes.TrimLeft(rest, "\r\n"))); err == nil {
			if text, _ := io.ReadAll(io.LimitReader(r, 64<<20)); len(text) > 0 { // what comes before a fault counts too
				inner = append(inner, text)
			}
		}
	}
	for _, run := range base64Run.FindAll(b, -1) {
		run = bytes.TrimRight(run, "=")
		for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			if text, err := enc.DecodeString(string(run[:len(run)/4*4])); err == nil {
				inner = append(inner, text)
			}
		}
	}
	return inner
}

// under looks through every file below a directory.
func (s *search) under(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		s.in(t, strings.TrimPrefix(path, dir), b)
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// records looks through what a run would store.
func (s *search) records(t *testing.T, where string, records []evidence.Evidence) {
	t.Helper()
	b, err := json.Marshal(records)
	if err != nil {
		t.Fatal(err)
	}
	s.in(t, where, b)
}

// TestTheSearchFinds: a search that finds nothing must be able to.
func TestTheSearchFinds(t *testing.T) {
	c := canaries{}
	value := c.hatch("it")
	core := c["it"]
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	z.Write([]byte(value))
	z.Close()
	long := strings.Repeat("x", 60) + value + strings.Repeat("y", 60)
	for name, text := range map[string]string{
		"as it is": value, "in a URL": url.QueryEscape(value), "in hexadecimal": hex.EncodeToString([]byte(value)), "in capitals": strings.ToUpper(value),
		"in base64": base64.StdEncoding.EncodeToString([]byte(value)), "in base64, a byte on": base64.StdEncoding.EncodeToString([]byte("x" + value)),
		"in base64, two on": base64.URLEncoding.EncodeToString([]byte("xx" + value)), "in JSON": `{"a":"\u003c` + core + `"}`,
		"in a PDF": "1 0 obj\nstream\r\n" + packed.String() + "\nendstream", "in hexadecimal in base64": base64.StdEncoding.EncodeToString([]byte(hex.EncodeToString([]byte(long)))),
		"in base64 in base64": base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString([]byte(long)))),
	} {
		probe := &testing.T{}
		newSearch(c).in(probe, name, []byte("before "+text+" after"))
		if !probe.Failed() {
			t.Errorf("not found %s: %s", name, text)
		}
	}
	clean := &testing.T{}
	newSearch(c).in(clean, "", []byte("nothing of it: "+core[:12]))
	if clean.Failed() {
		t.Error("found where it is not")
	}
}
