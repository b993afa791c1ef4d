package seal_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/arxsec/arxctl/internal/seal"
)

// sealed returns a run with its seal and the key that a verifier would bring.
func sealed(t testing.TB, algorithm string) (*seal.Run, []byte, *seal.PrivateKey) {
	t.Helper()
	key, err := seal.GenerateKey(algorithm)
	if err != nil {
		t.Fatal(err)
	}
	run, err := seal.Encode(sample())
	if err != nil {
		t.Fatal(err)
	}
	b, err := seal.SignRun(run, key)
	if err != nil {
		t.Fatal(err)
	}
	return run, b, key
}

func TestSealHolds(t *testing.T) {
	for _, algorithm := range []string{seal.ECDSAP256, seal.Ed25519} {
		run, b, key := sealed(t, algorithm)
		got, err := seal.VerifyRun("s", b, run, []seal.PublicKey{key.Public})
		if err != nil || got.KeyID != key.Public.ID() || key.Public.Algorithm() != algorithm {
			t.Errorf("%s: %+v %v", algorithm, got, err)
		}
		if got, err := seal.VerifyRun("s", b, run, nil); err != nil || got.KeyID != "" || got.Hint != key.Public.ID() {
			t.Errorf("%s without a key: %+v %v, want no key ID: nobody looked at the signature", algorithm, got, err)
		}
	}
}

// TestNoChangedByteIsAccepted changes every byte of the seal and of the run,
// each in three ways: with the verifier's key, none may be accepted.
func TestNoChangedByteIsAccepted(t *testing.T) {
	for _, algorithm := range []string{seal.ECDSAP256, seal.Ed25519} {
		run, b, key := sealed(t, algorithm)
		keys, tried := []seal.PublicKey{key.Public}, 0
		for i := range b {
			for _, flip := range []byte{0x01, 0x20, 0x80} {
				c := bytes.Clone(b)
				c[i] ^= flip
				tried++
				refused(t, func() error { _, err := seal.VerifyRun("s", c, run, keys); return err }, algorithm, i, flip)
			}
		}
		for i := range run.Bytes {
			for _, flip := range []byte{0x01, 0x20, 0x80} {
				c := bytes.Clone(run.Bytes)
				c[i] ^= flip
				tried++
				refused(t, func() error {
					r, err := seal.Decode("run.json", c)
					if err != nil {
						return err
					}
					_, err = seal.VerifyRun("s", b, r, keys)
					return err
				}, algorithm, i, flip)
			}
		}
		for i := range b {
			tried++
			refused(t, func() error { _, err := seal.VerifyRun("s", b[:i], run, keys); return err }, algorithm, i, 0)
		}
		t.Logf("%s: %d tampered bundles tried, 0 accepted", algorithm, tried)
	}
}

func refused(t *testing.T, verify func() error, algorithm string, at int, flip byte) {
	t.Helper()
	err := verify()
	var broken *seal.Broken
	if !errors.As(err, &broken) {
		t.Fatalf("%s: byte %d changed by %#x: %v, want *seal.Broken", algorithm, at, flip, err)
	}
}

// edit decodes a bundle, lets f change it, and encodes it again.
func edit(t *testing.T, b []byte, f func(bundle, envelope map[string]any)) []byte {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	f(m, m["dsseEnvelope"].(map[string]any))
	out, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return append(out, '\n')
}

func TestEachTamperingHasItsMessage(t *testing.T) {
	run, b, key := sealed(t, seal.ECDSAP256)
	_, _, other := sealed(t, seal.Ed25519)
	another, err := seal.Encode(sample())
	if err != nil {
		t.Fatal(err)
	}
	sig := func(e map[string]any) map[string]any { return e["signatures"].([]any)[0].(map[string]any) }
	payload := func(e map[string]any, from, to string) {
		p, _ := base64.StdEncoding.DecodeString(e["payload"].(string))
		e["payload"] = base64.StdEncoding.EncodeToString(bytes.Replace(p, []byte(from), []byte(to), 1))
	}
	keys := []seal.PublicKey{key.Public}
	for _, tc := range []struct {
		name string
		b    []byte
		run  *seal.Run
		keys []seal.PublicKey
		want string
	}{
		{"an unknown key", b, run, []seal.PublicKey{other.Public}, "unknown key"},
		{"another run", b, another, keys, "this is the run"},
		{"two signatures", edit(t, b, func(_, e map[string]any) { e["signatures"] = append(e["signatures"].([]any), sig(e)) }), run, keys, "one signature"},
		{"no signature", edit(t, b, func(_, e map[string]any) { e["signatures"] = []any{} }), run, keys, "one signature"},
		{"another payload type", edit(t, b, func(_, e map[string]any) { e["payloadType"] = "text/plain" }), run, keys, "payloadType"},
		{"an older bundle", edit(t, b, func(m, _ map[string]any) { m["mediaType"] = "application/vnd.dev.sigstore.bundle+json;version=0.2" }), run, keys, "mediaType"},
		{"loose base64", edit(t, b, func(_, e map[string]any) { sig(e)["sig"] = sig(e)["sig"].(string) + "\n" }), run, keys, "base64"},
		{"URL base64", edit(t, b, func(_, e map[string]any) {
			sig(e)["sig"] = strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(sig(e)["sig"].(string))
		}), run, keys, "base64"},
		{"a changed payload", edit(t, b, func(_, e map[string]any) { payload(e, "PASSED", "WARNED") }), run, keys, "does not verify"},
		{"a changed payload, without a key", edit(t, b, func(_, e map[string]any) { payload(e, "PASSED", "WARNED") }), run, nil, "not those of the run"},
		{"a certificate", edit(t, b, func(m, _ map[string]any) {
			m["verificationMaterial"].(map[string]any)["certificate"] = map[string]any{"rawBytes": ""}
		}), run, keys, "unknown field"},
		{"a key of its own", edit(t, b, func(m, _ map[string]any) {
			m["verificationMaterial"].(map[string]any)["publicKey"].(map[string]any)["rawBytes"] = "AA=="
		}), run, keys, "unknown field"},
		{"a key twice", bytes.Replace(b, []byte(`{"dsseEnvelope":`), []byte(`{"dsseEnvelope":{},"dsseEnvelope":`), 1), run, keys, "there twice"},
		{"a key in another case", bytes.Replace(b, []byte(`"mediaType"`), []byte(`"mediatype"`), 1), run, keys, "canonical"},
		{"deep nesting", append(bytes.Repeat([]byte(`{"a":`), 5000), '\n'), run, keys, "deeper"},
		{"too large", append(bytes.Repeat([]byte(" "), 33<<20), '\n'), run, keys, "larger than"},
		{"another order", edit(t, b, func(m, _ map[string]any) {}), run, keys, ""},
		{"downgraded algorithm", edit(t, b, func(m, _ map[string]any) {
			m["verificationMaterial"].(map[string]any)["publicKey"].(map[string]any)["hint"] = hint(t, other)
		}), run, []seal.PublicKey{other.Public}, "another algorithm's"},
	} {
		_, err := seal.VerifyRun("run.json.sigstore.json", tc.b, tc.run, tc.keys)
		if tc.want == "" {
			if err != nil {
				t.Errorf("%s: %v", tc.name, err)
			}
			continue
		}
		var broken *seal.Broken
		if !errors.As(err, &broken) || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), "run.json.sigstore.json") {
			t.Errorf("%s: %v, want *seal.Broken with %q", tc.name, err, tc.want)
		}
	}
}

func hint(t *testing.T, k *seal.PrivateKey) string {
	t.Helper()
	_, b, err := func() (*seal.Run, []byte, error) {
		r, err := seal.Encode(sample())
		if err != nil {
			return nil, nil, err
		}
		s, err := seal.SignRun(r, k)
		return r, s, err
	}()
	if err != nil {
		t.Fatal(err)
	}
	var m struct {
		VerificationMaterial struct{ PublicKey struct{ Hint string } }
	}
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	return m.VerificationMaterial.PublicKey.Hint
}

// TestWithheldRecord: a record can be kept from a reader; digest and seal hold,
// and the reader is told.
func TestWithheldRecord(t *testing.T) {
	run, b, key := sealed(t, seal.ECDSAP256)
	cut, err := run.Withhold([]string{"tenancy.read"}, "private")
	if err != nil {
		t.Fatal(err)
	}
	if cut.Digest != run.Digest || len(cut.Records) != 1 || len(cut.Withheld) != 1 || bytes.Contains(cut.Bytes, []byte("SELECT 1\"},{")) {
		t.Errorf("digest %s, %d records, withheld %v", cut.Digest, len(cut.Records), cut.Withheld)
	}
	if _, err := seal.VerifyRun("s", b, cut, []seal.PublicKey{key.Public}); err != nil {
		t.Error(err)
	}
	if _, err := seal.SignRun(cut, key); err == nil {
		t.Error("a cut run was signed anew")
	}
	if _, err := run.Withhold([]string{"tenancy.none"}, "private"); err == nil {
		t.Error("a record that is not there was withheld")
	}
}

// TestOpensslAndCosignAccept has two strangers to this code check a signature:
// openssl over the pre-authentication encoding, cosign over the bundle.
func TestOpensslAndCosignAccept(t *testing.T) {
	dir := t.TempDir()
	at := func(name string, b []byte) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	run, b, key := sealed(t, seal.ECDSAP256)
	_, public, err := key.PEM(nil)
	if err != nil {
		t.Fatal(err)
	}
	pub, index, bundle := at("key.pub", public), at("index.json", run.Index), at("run.json.sigstore.json", b)
	t.Run("openssl", func(t *testing.T) {
		openssl, err := exec.LookPath("openssl")
		if err != nil {
			t.Skip("SKIPPED: openssl is not installed: nobody but our own code checked the signature")
		}
		var m struct {
			DsseEnvelope struct {
				Payload, PayloadType string
				Signatures           []struct{ Sig string }
			}
		}
		if err := json.Unmarshal(b, &m); err != nil {
			t.Fatal(err)
		}
		body, _ := base64.StdEncoding.DecodeString(m.DsseEnvelope.Payload)
		sig, _ := base64.StdEncoding.DecodeString(m.DsseEnvelope.Signatures[0].Sig)
		pae := append([]byte("DSSEv1 28 application/vnd.in-toto+json "+itoa(len(body))+" "), body...)
		verify := func(signed []byte) ([]byte, error) {
			return exec.Command(openssl, "dgst", "-sha256", "-verify", pub, "-signature", at("sig", sig), at("pae", signed)).CombinedOutput()
		}
		if out, err := verify(pae); err != nil {
			t.Errorf("openssl: %s", out)
		}
		if out, err := verify(append(pae, ' ')); err == nil {
			t.Errorf("openssl accepts anything: %s", out)
		}
	})
	t.Run("cosign", func(t *testing.T) {
		cosign, err := exec.LookPath("cosign")
		if err != nil {
			t.Skip("SKIPPED: cosign is not installed (go install github.com/sigstore/cosign/v2/cmd/cosign@latest): the documented line was not tried")
		}
		// A root that trusts no authority keeps cosign from asking the internet for one: the key is all there is to trust.
		root := at("root.json", []byte(`{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}`))
		verify := func(blob string) ([]byte, error) {
			return exec.Command(cosign, "verify-blob-attestation", "--key", pub, "--bundle", bundle, "--new-bundle-format",
				"--trusted-root", root, "--insecure-ignore-tlog", "--type", seal.TestResult, blob).CombinedOutput()
		}
		out, err := verify(index)
		if err != nil {
			t.Errorf("cosign: %s", out)
		}
		t.Logf("cosign: %s", out)
		other, s, ed := sealed(t, seal.Ed25519)
		_, public, err := ed.PEM(nil)
		if err != nil {
			t.Fatal(err)
		}
		pub, bundle = at("ed.pub", public), at("ed.sigstore.json", s)
		if out, err := verify(at("ed-index.json", other.Index)); err != nil {
			t.Errorf("cosign, Ed25519: %s", out)
		}
		if out, err := verify(at("other.json", append(other.Index, 32))); err == nil {
			t.Errorf("cosign accepts another index: %s", out)
		}
	})
}

func itoa(n int) string {
	b, _ := json.Marshal(n)
	return string(b)
}

func FuzzOpen(f *testing.F) {
	run, b, key := sealed(f, seal.ECDSAP256)
	f.Add(b)
	f.Add([]byte(`{"mediaType":"` + seal.MediaType + `"}`))
	f.Add(bytes.Replace(b, []byte(`"hint":"`), []byte(`"hint":"\n`), 1)) // once accepted
	f.Fuzz(func(t *testing.T, in []byte) {
		if _, err := seal.VerifyRun("fuzz", in, run, []seal.PublicKey{key.Public}); err == nil && !bytes.Equal(in, b) {
			t.Fatalf("another seal was accepted: %q", in)
		}
	})
}

func BenchmarkSign(b *testing.B) {
	run, _, key := sealed(b, seal.ECDSAP256)
	for b.Loop() {
		if _, err := seal.SignRun(run, key); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	run, s, key := sealed(b, seal.ECDSAP256)
	for b.Loop() {
		r, err := seal.Decode("run.json", run.Bytes)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := seal.VerifyRun("s", s, r, []seal.PublicKey{key.Public}); err != nil {
			b.Fatal(err)
		}
	}
}
