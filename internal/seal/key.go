package seal

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"os"

	"github.com/secure-systems-lab/go-securesystemslib/encrypted"
)

// Names of the signature algorithms, as keygen takes them.
const (
	ECDSAP256 = "ecdsa-p256" // the default: openssl alone can check it
	Ed25519   = "ed25519"
)

// PEM types. An encrypted key is laid out as cosign's, so that cosign can sign
// with it too.
const (
	pemPublic    = "PUBLIC KEY"
	pemPKCS8     = "PRIVATE KEY"
	pemEC        = "EC PRIVATE KEY"
	pemEncrypted = "ENCRYPTED SIGSTORE PRIVATE KEY"
	pemCosign    = "ENCRYPTED COSIGN PRIVATE KEY"
)

// maxKeyFile bounds what is read as a key, in bytes.
const maxKeyFile = 64 << 10

// PublicKey is a key that a verifier brought.
type PublicKey struct {
	key crypto.PublicKey // *ecdsa.PublicKey on P-256, or ed25519.PublicKey
	id  [sha256.Size]byte
}

// ID is the SHA-256 of the key's SubjectPublicKeyInfo (RFC 5280 section
// 4.1.2.7) in DER, hexadecimal.
func (k PublicKey) ID() string { return hex.EncodeToString(k.id[:]) }

// hint is how a Sigstore bundle names a key: the same digest in base64.
func (k PublicKey) hint() string { return base64.StdEncoding.EncodeToString(k.id[:]) }

// Algorithm is ecdsa-p256 or ed25519.
func (k PublicKey) Algorithm() string {
	if _, ok := k.key.(ed25519.PublicKey); ok {
		return Ed25519
	}
	return ECDSAP256
}

func publicKey(key crypto.PublicKey) (PublicKey, error) {
	switch k := key.(type) {
	case *ecdsa.PublicKey:
		if k.Curve != elliptic.P256() {
			return PublicKey{}, fmt.Errorf("an ECDSA key on %s; expected P-256 or Ed25519", k.Curve.Params().Name)
		}
	case ed25519.PublicKey:
		if forgeable(k) {
			return PublicKey{}, errors.New("an Ed25519 key of small order, for which anybody can sign; nobody who makes a key gets such a one")
		}
	default:
		return PublicKey{}, fmt.Errorf("a key of type %T; expected ECDSA P-256 or Ed25519", key)
	}
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return PublicKey{}, err
	}
	return PublicKey{key: key, id: sha256.Sum256(der)}, nil
}

// forgeable reports whether a key is one of the few points of small order (RFC
// 8032 section 5.1; the order is at most eight). For these the signature of no
// one, the neutral point and zero, holds for one message in eight or more, so it
// is tried on enough messages to be sure; for any other key it holds for none.
func forgeable(k ed25519.PublicKey) bool {
	nobody := make([]byte, ed25519.SignatureSize)
	nobody[0] = 1
	for i := range 255 {
		if ed25519.Verify(k, []byte{byte(i)}, nobody) {
			return true
		}
	}
	return false
}

// ReadPublicKey reads a PEM file with one public key.
func ReadPublicKey(path string) (PublicKey, error) {
	b, err := readKeyFile(path)
	if err != nil {
		return PublicKey{}, err
	}
	k, err := ParsePublicKey(b)
	if err != nil {
		return k, fmt.Errorf("%s: %w", path, err)
	}
	return k, nil
}

// ParsePublicKey reads one PEM block of type PUBLIC KEY (RFC 7468 section 13).
func ParsePublicKey(b []byte) (PublicKey, error) {
	block, rest := pem.Decode(b)
	switch {
	case block == nil:
		return PublicKey{}, errors.New("not a PEM file; expected a PUBLIC KEY block, as arxctl keygen writes")
	case block.Type != pemPublic:
		return PublicKey{}, fmt.Errorf("holds a %s; expected a PUBLIC KEY", block.Type)
	}
	if next, _ := pem.Decode(rest); next != nil || bytes.Count(b, []byte("-----BEGIN ")) > 1 {
		return PublicKey{}, errors.New("holds more than one key; give each in a file of its own")
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return PublicKey{}, fmt.Errorf("not a public key: %w", err)
	}
	return publicKey(key)
}

// PrivateKey signs.
type PrivateKey struct {
	signer crypto.Signer
	Public PublicKey
}

// GenerateKey makes a key of the algorithm, ECDSAP256 or Ed25519.
func GenerateKey(algorithm string) (*PrivateKey, error) {
	switch algorithm {
	case ECDSAP256:
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, err
		}
		return privateKey(k)
	case Ed25519:
		_, k, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return nil, err
		}
		return privateKey(k)
	}
	return nil, fmt.Errorf("unknown algorithm %q; expected %s or %s", algorithm, ECDSAP256, Ed25519)
}

func privateKey(key any) (*PrivateKey, error) {
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("a key of type %T; expected ECDSA P-256 or Ed25519", key)
	}
	pub, err := publicKey(signer.Public())
	return &PrivateKey{signer, pub}, err
}

// PEM returns the private key, encrypted unless the passphrase is empty, and the
// public key.
func (k *PrivateKey) PEM(passphrase []byte) (private, public []byte, err error) {
	der, err := x509.MarshalPKCS8PrivateKey(k.signer)
	if err != nil {
		return nil, nil, err
	}
	block := &pem.Block{Type: pemPKCS8, Bytes: der}
	if len(passphrase) > 0 {
		locked, err := encrypted.Encrypt(der, passphrase)
		if err != nil {
			return nil, nil, err
		}
		block = &pem.Block{Type: pemEncrypted, Bytes: locked}
	}
	spki, err := x509.MarshalPKIXPublicKey(k.Public.key)
	if err != nil {
		return nil, nil, err
	}
	return pem.EncodeToMemory(block), pem.EncodeToMemory(&pem.Block{Type: pemPublic, Bytes: spki}), nil
}

// ReadPrivateKey reads a PEM file: PKCS #8 (RFC 5958), SEC 1 (RFC 5915), or
// encrypted as arxctl and cosign do. passphrase is asked for only when the key is
// encrypted.
func ReadPrivateKey(path string, passphrase func() ([]byte, error)) (*PrivateKey, error) {
	b, err := readKeyFile(path)
	if err != nil {
		return nil, err
	}
	k, err := parsePrivateKey(b, passphrase)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return k, nil
}

func parsePrivateKey(b []byte, passphrase func() ([]byte, error)) (*PrivateKey, error) {
	block, _ := pem.Decode(b)
	if block == nil {
		return nil, errors.New("not a PEM file; expected a private key, as arxctl keygen writes")
	}
	der := block.Bytes
	switch block.Type {
	case pemEncrypted, pemCosign:
		secret, err := passphrase()
		if err != nil {
			return nil, err
		}
		if der, err = encrypted.Decrypt(block.Bytes, secret); err != nil {
			return nil, errors.New("the passphrase does not open this key")
		}
	case pemEC:
		key, err := x509.ParseECPrivateKey(der)
		if err != nil {
			return nil, fmt.Errorf("not a private key: %w", err)
		}
		return privateKey(key)
	case pemPKCS8:
	case pemPublic:
		return nil, errors.New("holds a public key; expected the private key to sign with")
	default:
		return nil, fmt.Errorf("holds a %s; expected a private key, as arxctl keygen writes", block.Type)
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("not a private key: %w", err)
	}
	return privateKey(key)
}

func readKeyFile(path string) ([]byte, error) {
	b, err := ReadAtMost(path, maxKeyFile)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("%s: no such key; make a pair with: arxctl keygen", path)
	case errors.Is(err, ErrTooLarge):
		return nil, fmt.Errorf("%s: larger than %d KiB; expected a key", path, maxKeyFile>>10)
	}
	return b, err
}
