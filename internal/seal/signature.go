package seal

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/asn1"
	"errors"
	"math/big"
)

// dsseSigner and dsseVerifier lend our keys to the DSSE library. The signature
// is over the pre-authentication encoding: ECDSA over its SHA-256 (FIPS 186-5
// section 6.4), Ed25519 over itself (RFC 8032).
type dsseSigner struct{ key *PrivateKey }

func (s dsseSigner) KeyID() (string, error) { return "", nil } // the bundle names the key

func (s dsseSigner) Sign(_ context.Context, pae []byte) ([]byte, error) {
	if _, ok := s.key.Public.key.(ed25519.PublicKey); ok {
		return s.key.signer.Sign(rand.Reader, pae, crypto.Hash(0))
	}
	sum := sha256.Sum256(pae)
	der, err := s.key.signer.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		return nil, err
	}
	return lowS(der)
}

type dsseVerifier struct{ key PublicKey }

func (v dsseVerifier) KeyID() (string, error)   { return v.key.ID(), nil }
func (v dsseVerifier) Public() crypto.PublicKey { return v.key.key }

var errSignature = errors.New("the signature does not verify")

func (v dsseVerifier) Verify(_ context.Context, pae, sig []byte) error {
	switch k := v.key.key.(type) {
	case ed25519.PublicKey:
		if !ed25519.Verify(k, pae, sig) {
			return errSignature
		}
		return nil
	case *ecdsa.PublicKey:
		sum := sha256.Sum256(pae)
		if !ecdsa.VerifyASN1(k, sum[:], sig) {
			return errSignature
		}
		normal, err := lowS(sig)
		if err != nil || !bytes.Equal(normal, sig) {
			return errors.New("the signature is not in its one normal form (strict DER, low S)")
		}
		return nil
	}
	return errSignature
}

// lowS returns the one of the two equivalent ECDSA signatures (r, s) and
// (r, n-s) whose s is the smaller, in DER: otherwise anybody could change the
// bytes of a signature without breaking it.
func lowS(der []byte) ([]byte, error) {
	var sig struct{ R, S *big.Int }
	rest, err := asn1.Unmarshal(der, &sig)
	if err != nil || len(rest) > 0 {
		return nil, errSignature
	}
	n := elliptic.P256().Params().N
	if sig.S.Cmp(new(big.Int).Rsh(n, 1)) > 0 {
		sig.S.Sub(n, sig.S)
	}
	return asn1.Marshal(sig)
}
