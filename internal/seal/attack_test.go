package seal_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/seal"
)

// forge writes a run file whose digests all hold, with its records' JSON changed
// before they were hashed: what a signer can sign who does not use arxctl.
func forge(t testing.TB, r evidence.Run, change func(record string) string) []byte {
	t.Helper()
	index := seal.Index{Schema: seal.Schema, Tool: r.Tool, Stack: r.Stack, Started: r.Started, Ended: r.Ended, Complete: r.Complete}
	salt := make([]byte, 16)
	var records []map[string]any
	for _, e := range r.Records {
		honest, err := seal.Canonical(e)
		if err != nil {
			t.Fatal(err)
		}
		b, err := seal.Canonical(json.RawMessage(change(string(honest))))
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(append(bytes.Clone(salt), b...))
		index.Records = append(index.Records, seal.Entry{ID: e.Check.ID, SHA256: hex.EncodeToString(sum[:])})
		records = append(records, map[string]any{"id": e.Check.ID, "salt": hex.EncodeToString(salt), "evidence": json.RawMessage(b)})
	}
	b, err := seal.Canonical(map[string]any{"index": index, "records": records})
	if err != nil {
		t.Fatal(err)
	}
	return append(b, '\n')
}

// TestARecordTellsEveryReaderTheSame: a record that a lenient reader takes for
// another is refused, though every digest of it holds.
func TestARecordTellsEveryReaderTheSame(t *testing.T) {
	if _, err := seal.Decode("run.json", forge(t, sample(), func(s string) string { return s })); err != nil {
		t.Fatalf("the unchanged run: %v", err)
	}
	for name, tc := range map[string]struct{ from, to, want string }{
		"a key in another case":        {`"outcome":`, `"Outcome":`, "canonical"},
		"a key with the long s beside": {`"reason":`, `"reason":"nothing was seen","reaſon":`, "differ in case only"},
		"a key with the long s alone":  {`"observations":`, `"obſervations":`, "canonical"},
		"the Kelvin sign":              {`"kind":"claim"`, `"kind":"advice","` + "\u212a" + `ind":"claim"`, "differ in case only"},
		"null for nothing":             {`"outcome":`, `"facts":null,"outcome":`, "canonical"},
		"an empty field":               {`"outcome":`, `"error":"","outcome":`, "canonical"},
		"a field of another schema":    {`"outcome":`, `"waived":true,"outcome":`, "unknown field"},
	} {
		_, err := seal.Decode("run.json", forge(t, sample(), func(s string) string { return strings.Replace(s, tc.from, tc.to, 1) }))
		var broken *seal.Broken
		if !errors.As(err, &broken) || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want *seal.Broken with %q", name, err, tc.want)
		}
	}
}

// TestNamesOfAStackMayDifferInCase: PostgreSQL keeps "Agents" apart from agents,
// and a run that says so reads.
func TestNamesOfAStackMayDifferInCase(t *testing.T) {
	r := sample()
	e := &r.Records[0]
	e.Population.Expected = append(e.Population.Expected, "public.Log", "public.log")
	e.Population.Excluded = map[string]string{"public.Log": "no rows", "public.log": "no rows"}
	e.Facts = map[string]string{"head:Log": "1", "head:log": "2"}
	r.Stack.Identity = map[string]string{"replica A": "1", "replica a": "2"}
	e.Outcome, e.Reason = evidence.Judge(e.Observations, e.Population, nil)
	run, err := seal.Encode(r)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := seal.Decode("run.json", run.Bytes); err != nil {
		t.Error(err)
	}
}

// TestLineEndsInBase64 puts what a lenient decoder skips into each base64 field.
func TestLineEndsInBase64(t *testing.T) {
	run, b, key := sealed(t, seal.ECDSAP256)
	for _, field := range []string{"hint", "payload", "sig"} {
		at := regexp.MustCompile(`"` + field + `":"....`).FindIndex(b)
		for _, skipped := range []string{`\n`, `\r`, `\r\n`} {
			c := []byte(string(b[:at[1]]) + skipped + string(b[at[1]:]))
			_, err := seal.VerifyRun("s", c, run, []seal.PublicKey{key.Public})
			if err == nil || !strings.Contains(err.Error(), "base64") {
				t.Errorf("%s with %q in it: %v", field, skipped, err)
			}
		}
	}
}

// TestKeysThatAnybodyCanSignFor: the points of small order, and other spellings of
// them, are no keys (RFC 8032 section 5.1.3 gives the encoding).
func TestKeysThatAnybodyCanSignFor(t *testing.T) {
	for _, point := range []string{
		"0100000000000000000000000000000000000000000000000000000000000000", // order 1
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // order 2
		"0000000000000000000000000000000000000000000000000000000000000000", // order 4
		"0000000000000000000000000000000000000000000000000000000000000080",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", // order 8
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // order 1, y not reduced
	} {
		der, err := hex.DecodeString("302a300506032b6570032100" + point)
		if err != nil {
			t.Fatal(err)
		}
		k, err := seal.ParsePublicKey(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
		if err == nil || !strings.Contains(err.Error(), "anybody can sign") {
			t.Errorf("%s: taken as key %s (%v)", point, k.ID(), err)
		}
	}
	for range 20 {
		if _, err := seal.GenerateKey(seal.Ed25519); err != nil {
			t.Errorf("an honest key: %v", err)
		}
	}
}

// TestWhatABrokenBlockHides: a key file shows one block and holds another.
func TestWhatABrokenBlockHides(t *testing.T) {
	_, _, key := sealed(t, seal.ECDSAP256)
	_, public, err := key.PEM(nil)
	if err != nil {
		t.Fatal(err)
	}
	shown := strings.Replace(string(public), "END PUBLIC", "END  PUBLIC", 1)
	if _, err := seal.ParsePublicKey([]byte(shown + string(public))); err == nil || !strings.Contains(err.Error(), "more than one key") {
		t.Errorf("%v, want the file refused: a person sees the first block, arxctl the second", err)
	}
}

// TestSmallFilesDoNotGrowWithoutBound: little JSON, many values.
func TestSmallFilesDoNotGrowWithoutBound(t *testing.T) {
	b := []byte(`{"index":{},"records":[` + strings.Repeat("{},", 3<<20) + "{}]}\n")
	if _, err := seal.Decode("run.json", b); err == nil || !strings.Contains(err.Error(), "holds more than") {
		t.Errorf("%v, want the count of values refused before they are decoded", err)
	}
}

// TestSealIsAFile: beside a file that was sent there may lie anything.
func TestSealIsAFile(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skipf("SKIPPED: no pipe can be made here: %v", err)
	}
	if _, err := seal.ReadBundle(pipe); err == nil || !strings.Contains(err.Error(), "no regular file") {
		t.Errorf("a pipe that nobody writes to: %v", err)
	}
	if _, err := os.Stat("/dev/zero"); err != nil {
		t.Skip("SKIPPED: there is no /dev/zero")
	}
	for name, read := range map[string]func() error{
		"a run": func() error { _, err := seal.ReadAtMost("/dev/zero", 1<<20); return err },
		"a key": func() error { _, err := seal.ReadPublicKey("/dev/zero"); return err },
	} {
		if err := read(); err == nil || !strings.Contains(err.Error(), "large") {
			t.Errorf("%s without end: %v", name, err)
		}
	}
}

// TestWithheldOutcomesComeFromTheSeal: what did not pass is named though its
// record is not there; each withheld record is told of once.
func TestWithheldOutcomesComeFromTheSeal(t *testing.T) {
	r := sample()
	bad := &r.Records[1]
	bad.Observations = append([]evidence.Observation{}, bad.Observations...)
	bad.Observations[1].Got = "7"
	bad.Outcome, bad.Reason = evidence.Judge(bad.Observations, bad.Population, nil)
	run, err := seal.Encode(r)
	if err != nil {
		t.Fatal(err)
	}
	key, err := seal.GenerateKey(seal.ECDSAP256)
	if err != nil {
		t.Fatal(err)
	}
	s, err := seal.SignRun(run, key)
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{"tenancy.read": "[]", "tenancy.write": "[tenancy.write]"} {
		cut, err := run.Withhold([]string{id}, "private")
		if err != nil {
			t.Fatal(err)
		}
		o, err := seal.VerifyRun("s", s, cut, []seal.PublicKey{key.Public})
		if err != nil || fmt.Sprint(o.Unshown) != want {
			t.Errorf("%s withheld: %+v %v, want %s named", id, o, err, want)
		}
	}
}
