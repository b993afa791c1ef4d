package seal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"
)

const (
	// MediaType of a Sigstore bundle, version 0.3 (sigstore/protobuf-specs, sigstore_bundle.proto).
	MediaType = "application/vnd.dev.sigstore.bundle.v0.3+json"
	// PayloadType of an in-toto statement in a DSSE envelope (in-toto/attestation, spec/v1/envelope.md).
	PayloadType = "application/vnd.in-toto+json"
	// Suffix is what a seal's file name adds to the name of the file it seals.
	Suffix = ".sigstore.json"
)

// maxBundle bounds what is read as a seal, in bytes.
const maxBundle = 32 << 20

// bundle is a Sigstore bundle for a signature by a key that the verifier
// brings: no certificate, no transparency log. Fields are named as in its
// protobuf's JSON form.
type bundle struct {
	MediaType            string       `json:"mediaType"`
	VerificationMaterial material     `json:"verificationMaterial"`
	Envelope             dsseEnvelope `json:"dsseEnvelope"`
}

type material struct {
	PublicKey struct {
		Hint string `json:"hint"`
	} `json:"publicKey"`
}

type dsseEnvelope struct {
	Payload     string          `json:"payload"`
	PayloadType string          `json:"payloadType"`
	Signatures  []dsseSignature `json:"signatures"`
}

type dsseSignature struct {
	Sig string `json:"sig"`
}

// sign puts a statement into a DSSE envelope, signs it, and returns the bundle
// in canonical encoding with a line end.
func sign(payload []byte, key *PrivateKey) ([]byte, error) {
	signer, err := dsse.NewEnvelopeSigner(dsseSigner{key})
	if err != nil {
		return nil, err
	}
	env, err := signer.SignPayload(context.Background(), PayloadType, payload)
	if err != nil {
		return nil, err
	}
	b := bundle{MediaType: MediaType, Envelope: dsseEnvelope{Payload: env.Payload, PayloadType: env.PayloadType,
		Signatures: []dsseSignature{{env.Signatures[0].Sig}}}}
	b.VerificationMaterial.PublicKey.Hint = key.Public.hint()
	out, err := Canonical(b)
	return append(out, '\n'), err
}

// Opened is a bundle that was read, and what of it holds.
type Opened struct {
	Payload []byte   // the statement
	Hint    string   // SHA-256 of the public key that the bundle says it is signed with, hexadecimal: a claim, not a proof
	KeyID   string   // ID of the verifier's key with which the signature verified; empty when no key was given
	Unshown []string // of a run: the checks whose records are withheld and which, by the statement, did not pass
	// Stated says of each record that is withheld from a run in which list the
	// statement has it: StatedPassed, StatedWarned or StatedFailed.
	Stated map[string]string
}

// IsBundle reports whether bytes begin as the seals that arxctl writes do. What
// text they hold says nothing: a stack may be called anything.
func IsBundle(b []byte) bool { return bytes.HasPrefix(b, []byte(`{"dsseEnvelope":`)) }

// openBundle reads a bundle and verifies its signature with one of the keys. Without
// keys the signature is not looked at, and KeyID stays empty. path is for
// messages; every error is a *Broken.
func openBundle(path string, b []byte, keys []PublicKey) (*Opened, error) {
	broken := func(format string, a ...any) (*Opened, error) {
		return nil, &Broken{path, fmt.Sprintf(format, a...)}
	}
	if len(b) > maxBundle {
		return broken("larger than %d MiB; expected a seal", maxBundle>>20)
	}
	text, ended := strings.CutSuffix(string(b), "\n")
	if !ended {
		return broken("does not end in a line end: it was cut short or changed")
	}
	var f bundle
	if err := decodeStrict([]byte(text), &f); err != nil {
		return broken("not a seal: %v", err)
	}
	if f.MediaType != MediaType {
		return broken("mediaType: expected %s, got %q", MediaType, f.MediaType)
	}
	if f.Envelope.PayloadType != PayloadType {
		return broken("payloadType: expected %s, got %q", PayloadType, f.Envelope.PayloadType)
	}
	if n := len(f.Envelope.Signatures); n != 1 {
		return broken("expected one signature, found %d", n)
	}
	payload, err := base64.StdEncoding.Strict().DecodeString(f.Envelope.Payload)
	if err != nil || base64.StdEncoding.EncodeToString(payload) != f.Envelope.Payload {
		return broken("payload: is not in the one base64 encoding of its bytes (RFC 4648 section 3.5)")
	}
	sig, err := base64.StdEncoding.Strict().DecodeString(f.Envelope.Signatures[0].Sig)
	if err != nil || base64.StdEncoding.EncodeToString(sig) != f.Envelope.Signatures[0].Sig {
		return broken("signature: is not in the one base64 encoding of its bytes (RFC 4648 section 3.5)")
	}
	hint, err := base64.StdEncoding.Strict().DecodeString(f.VerificationMaterial.PublicKey.Hint)
	if err != nil || len(hint) != sha256.Size || base64.StdEncoding.EncodeToString(hint) != f.VerificationMaterial.PublicKey.Hint {
		return broken("publicKey.hint: expected the one base64 encoding of a SHA-256 (RFC 4648 section 3.5)")
	}
	if err := DecodeCanonical([]byte(text), new(bundle)); err != nil {
		return broken("%v", err)
	}
	out := &Opened{Payload: payload, Hint: hex.EncodeToString(hint)}
	if len(keys) == 0 {
		return out, nil
	}
	var known []string
	for _, k := range keys {
		known = append(known, k.ID()[:16])
		if k.ID() != out.Hint {
			continue
		}
		if err := verifyEnvelope(f, sig, k); err != nil {
			return broken("%v with key %s (%s): what was signed is not what is here", err, k.ID()[:16], k.Algorithm())
		}
		out.KeyID = k.ID()
		return out, nil
	}
	return broken("signed with an unknown key, %s; you trust %s", out.Hint[:16], strings.Join(known, ", "))
}

func verifyEnvelope(f bundle, sig []byte, key PublicKey) error {
	v, err := dsse.NewEnvelopeVerifier(dsseVerifier{key})
	if err != nil {
		return err
	}
	env := &dsse.Envelope{Payload: f.Envelope.Payload, PayloadType: f.Envelope.PayloadType, Signatures: []dsse.Signature{{Sig: f.Envelope.Signatures[0].Sig}}}
	if want := (map[string]int{Ed25519: 64})[key.Algorithm()]; want != 0 && len(sig) != want {
		return fmt.Errorf("the signature has %d bytes, another algorithm's; it does not verify", len(sig))
	}
	if _, err := v.Verify(context.Background(), env); err != nil {
		return errSignature
	}
	return nil
}

// ReadBundle reads the file of a seal; a file that is not there is
// os.ErrNotExist.
func ReadBundle(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		// Nobody named this file: a pipe that a sender left here would be waited for without end.
		return nil, &Broken{path, "is no regular file; expected a seal"}
	}
	b, err := ReadAtMost(path, maxBundle)
	if errors.Is(err, ErrTooLarge) {
		return nil, &Broken{path, fmt.Sprintf("larger than %d MiB; expected a seal", maxBundle>>20)}
	}
	return b, err
}

// ErrTooLarge is what a file is that holds more than the reader takes.
var ErrTooLarge = errors.New("is too large")

// ReadAtMost reads a file of at most limit bytes. The limit is held while
// reading, since a device or a link to one tells no size.
func ReadAtMost(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err // os names the path
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("%s: %w", path, ErrTooLarge)
	}
	return b, nil
}

// ErrUnsigned is what a verifier gets who brought a key for a file without a seal.
var ErrUnsigned = errors.New("is not signed, and a key was given")
