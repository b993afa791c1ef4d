package seal_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/seal"
)

func sample() evidence.Run {
	at := time.Date(2026, 11, 1, 9, 30, 0, 0, time.UTC)
	seen := []evidence.Observation{
		{Unit: "public.agents", What: "own rows", Via: "SELECT 1", Kind: evidence.Sight, Want: evidence.AtLeast(1), Got: "3"},
		{Unit: "public.agents", What: "foreign rows <&> \u2028 ünï", Via: "SELECT 2", Kind: evidence.Claim, Want: evidence.OneOf("0", "none"), Got: "0"}}
	pop := evidence.Population{Unit: "tables", Expected: []string{"public.agents"}}
	o, reason := evidence.Judge(seen, pop, nil)
	e := evidence.Evidence{Check: evidence.Doc{ID: "tenancy.read", Version: 1, Title: "t"}, Outcome: o, Reason: reason, Population: pop, Observations: seen, Started: at, Ended: at}
	second := e
	second.Check.ID = "tenancy.write"
	return evidence.Run{Tool: "arxctl test", Stack: evidence.Stack{Name: "s", Kind: "vendor"}, Started: at, Ended: at, Complete: true, Records: []evidence.Evidence{e, second}}
}

func TestWriteThenRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.json")
	wrote, err := seal.Write(path, sample())
	if err != nil {
		t.Fatal(err)
	}
	read, err := seal.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if read.Digest != wrote.Digest || len(read.Digest) != 64 || len(read.Records) != 2 || read.Records[0].Outcome != evidence.Pass {
		t.Errorf("read digest %s, %d records; wrote %s", read.Digest, len(read.Records), wrote.Digest)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v (%v), want 0600: a run may hold what a stack answered", info.Mode(), err)
	}
	again, err := seal.Encode(sample())
	if err != nil || again.Digest == wrote.Digest {
		t.Errorf("two runs with the same records have the same digest: records are not salted (%v)", err)
	}
}

// TestEveryChangedByteIsNoticed flips each byte of a run file: what still reads
// has another digest, since only the index can change without breaking anything
// in the file. A seal then tells; see TestNoChangedByteIsAccepted.
func TestEveryChangedByteIsNoticed(t *testing.T) {
	sealed, err := seal.Encode(sample())
	if err != nil {
		t.Fatal(err)
	}
	accepted := 0
	for i := range sealed.Bytes {
		for _, flip := range []byte{0x01, 0x20, 0x80} {
			b := bytes.Clone(sealed.Bytes)
			b[i] ^= flip
			got, err := seal.Decode("run.json", b)
			if err != nil {
				var broken *seal.Broken
				if !errors.As(err, &broken) {
					t.Fatalf("byte %d: %T %v, want *seal.Broken", i, err, err)
				}
				continue
			}
			accepted++
			if got.Digest == sealed.Digest {
				t.Fatalf("byte %d changed by %#x: accepted with the same digest", i, flip)
			}
		}
	}
	t.Logf("%d changes of %d bytes, %d still read (index fields that the digest covers)", 3*len(sealed.Bytes), len(sealed.Bytes), accepted)
}

func TestReadNamesWhatIsWrong(t *testing.T) {
	sealed, err := seal.Encode(sample())
	if err != nil {
		t.Fatal(err)
	}
	text := string(sealed.Bytes)
	for _, tc := range []struct{ name, text, want string }{
		{"empty", "", "not a run file"},
		{"not JSON", "hello", "not a run file"},
		{"another schema", strings.Replace(text, seal.Schema, "arxctl.run/v9", 1), "expected arxctl.run/v1"},
		{"trailing text", text + "{}", "more after the end"},
		{"unknown field", strings.Replace(text, `{"index":`, `{"x":1,"index":`, 1), "unknown field"},
		{"changed record", strings.Replace(text, `"got":"3"`, `"got":"4"`, 1), "record tenancy.read was changed"},
		{"renamed record", strings.Replace(text, `"},"id":"tenancy.write"`, `"},"id":"tenancy.other"`, 1), "record tenancy.other is extra"},
		{"missing record", text[:strings.LastIndex(text, `,{"evidence"`)] + "]}\n", "record tenancy.write is missing"},
		{"a key twice", strings.Replace(text, `{"index":`, `{"index":{},"index":`, 1), `"index" is there twice`},
		{"a key in another case", strings.Replace(text, `{"index":`, `{"Index":{},"index":`, 1), `"Index" and "index" differ in case only`},
		{"another case alone", strings.Replace(text, `"complete":true`, `"Complete":true`, 1), "canonical encoding"},
		{"white space", strings.Replace(text, `{"index":`, `{ "index":`, 1), "canonical encoding: byte 1"},
		{"another escape", strings.Replace(text, `<&>`, "\\u003c&>", 1), "canonical encoding"},
		{"no line end", strings.TrimSuffix(text, "\n"), "cut short"},
		{"cut short", text[:len(text)/2], "it ends at byte"},
		{"deep", strings.Repeat("[", 100000), "deeper than"},
		{"not UTF-8", strings.Replace(text, "tenancy", "ten\xffncy", 1), "not UTF-8"},
	} {
		_, err := seal.Decode("run.json", []byte(tc.text))
		if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), "run.json") {
			t.Errorf("%s: %v, want an error with run.json and %q", tc.name, err, tc.want)
		}
	}
	if _, err := seal.Read(filepath.Join(t.TempDir(), "none.json")); err == nil || !strings.Contains(err.Error(), "arxctl check --run") {
		t.Errorf("missing file: %v, want the command that makes one", err)
	}
}

func FuzzDecode(f *testing.F) {
	sealed, err := seal.Encode(sample())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed.Bytes)
	f.Add([]byte(`{"index":{},"records":[]}`))
	f.Add(forge(f, sample(), func(s string) string { return strings.Replace(s, `"reason":`, `"reason":"","reaſon":`, 1) }))
	f.Add(forge(f, sample(), func(s string) string {
		return strings.Replace(s, `"op":"at-least","value":1`, `"op":"matches","value":"(a{9}){9}"`, 1)
	}))
	f.Add(forge(f, sample(), func(s string) string { return strings.Replace(s, `"version":1`, `"version":9007199254740993`, 1) }))
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, err := seal.Decode("fuzz", b); err == nil {
			for _, e := range r.Records {
				if err := e.Rejudge(); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

// TestARunThatNobodyCouldReadIsNotWritten: what is written can be read.
func TestARunThatNobodyCouldReadIsNotWritten(t *testing.T) {
	r := sample()
	r.Records[0].Observations[0].Via = strings.Repeat("x", 129<<20)
	path := filepath.Join(t.TempDir(), "run.json")
	if _, err := seal.Write(path, r); err == nil || !strings.Contains(err.Error(), "more than 128 MiB by the record of tenancy.read") {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("it is there")
	}
}

// TestARunFileIsInOneEncoding: what is laid out record by record is what any
// program gives that writes the whole in canonical JSON.
func TestARunFileIsInOneEncoding(t *testing.T) {
	whole, err := seal.Encode(sample())
	if err != nil {
		t.Fatal(err)
	}
	cut, err := whole.Withhold([]string{whole.Records[0].Check.ID}, "held back <so>")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range whole.Records {
		all = append(all, e.Check.ID)
	}
	none, err := whole.Withhold(all, "held back")
	if err != nil {
		t.Fatal(err)
	}
	bare := sample()
	bare.Records = nil
	empty, err := seal.Encode(bare)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := seal.Decode("run.json", []byte(strings.TrimSuffix(string(empty.Bytes), "null}\n")+"[]}\n")); err == nil {
		t.Error("no records were read in two encodings")
	}
	for _, r := range []*seal.Run{whole, cut, none, empty} {
		if b, err := seal.Recanonical(r.Bytes); err != nil || string(b)+"\n" != string(r.Bytes) {
			t.Errorf("%v: %s", err, r.Bytes)
		}
		if _, err := seal.Decode("run.json", r.Bytes); err != nil {
			t.Error(err)
		}
		if _, err := seal.Decode("run.json", append(append([]byte{}, r.Bytes...), '\n')); err == nil {
			t.Error("a second line end was read")
		}
		within := false
		for i, c := range r.Bytes { // white space, wherever JSON has room for it, is another encoding
			if c == '"' && (i == 0 || r.Bytes[i-1] != '\\') {
				within = !within
			}
			if within && c != '"' || !within && c == '"' {
				continue
			}
			b := append(append(append([]byte{}, r.Bytes[:i]...), ' '), r.Bytes[i:]...)
			if _, err := seal.Decode("run.json", b); err == nil {
				t.Fatalf("a space at byte %d was read", i)
			}
		}
	}
}

// TestCanonicalJSONIsBoundedToo: that it is in the one encoding makes it no smaller.
func TestCanonicalJSONIsBoundedToo(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40)
	var v any
	if err := seal.DecodeCanonical([]byte(deep), &v); err == nil || !strings.Contains(err.Error(), "nests deeper than 32 levels") {
		t.Error(err)
	}
}
