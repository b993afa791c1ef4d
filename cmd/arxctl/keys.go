package main

import (
	"bytes"
	"fmt"
	"os"

	"golang.org/x/term"

	"github.com/arxsec/arxctl/internal/evidence"
	"github.com/arxsec/arxctl/internal/seal"
)

// passphraseVariable holds the passphrase of the signing key where nobody can
// type it. It is no flag: command lines are seen by every user of a machine.
const passphraseVariable = "ARXCTL_KEY_PASSPHRASE"

// signingKey reads the private key at path, or returns nil when path is empty.
func signingKey(s *streams, path string) (*seal.PrivateKey, error) {
	if path == "" {
		return nil, nil
	}
	key, err := seal.ReadPrivateKey(path, func() ([]byte, error) {
		if secret, ok := os.LookupEnv(passphraseVariable); ok {
			return []byte(secret), nil
		}
		return typed(s, fmt.Sprintf("passphrase of %s: ", path))
	})
	if err != nil {
		return nil, fail(exitUsage, "--key %w", err)
	}
	return key, nil
}

// typed asks on the terminal, without echo.
func typed(s *streams, prompt string) ([]byte, error) {
	in, ok := s.in.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return nil, fmt.Errorf("is encrypted, and there is no terminal to ask for its passphrase; set %s", passphraseVariable)
	}
	fmt.Fprint(s.err, prompt)
	secret, err := term.ReadPassword(int(in.Fd()))
	fmt.Fprintln(s.err)
	return secret, err
}

// newPassphrase asks for a passphrase twice, or takes it from the environment.
func newPassphrase(s *streams) ([]byte, error) {
	if secret, ok := os.LookupEnv(passphraseVariable); ok {
		if secret == "" {
			return nil, fmt.Errorf("%s is set and empty; for a key without one: --no-passphrase", passphraseVariable)
		}
		return []byte(secret), nil
	}
	first, err := typed(s, "passphrase for the new key: ")
	if err != nil {
		return nil, fmt.Errorf("the new key wants a passphrase, and there is no terminal to ask for one; set %s, or give --no-passphrase", passphraseVariable)
	}
	if len(first) == 0 {
		return nil, fmt.Errorf("expected a passphrase; for a key without one: --no-passphrase")
	}
	again, err := typed(s, "once more: ")
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(first, again) {
		return nil, fmt.Errorf("the two passphrases differ")
	}
	return first, nil
}

// trustedKeys reads the public keys that a verifier brought.
func trustedKeys(paths []string) ([]seal.PublicKey, error) {
	var keys []seal.PublicKey
	for _, p := range paths {
		k, err := seal.ReadPublicKey(p)
		if err != nil {
			return nil, fail(exitUsage, "--key %w", err)
		}
		keys = append(keys, k)
	}
	return keys, nil
}

// sealable refuses, before anything is written, a place for a seal where
// something other than a file lies. Nobody named that place: a link there, which
// may have come with another's files, would lead a write anywhere.
func sealable(paths ...string) error {
	for _, path := range paths {
		info, err := os.Lstat(path + seal.Suffix)
		if path != "" && err == nil && !info.Mode().IsRegular() {
			return fail(exitUsage, "%s: is a link, a directory or a device, and a seal would go there; remove it", path+seal.Suffix)
		}
	}
	return nil
}

// sealsOf names the seals of files: they are written with a key, and go without one.
func sealsOf(paths []string) []string {
	var seals []string
	for _, p := range paths {
		if p != "" {
			seals = append(seals, p+seal.Suffix)
		}
	}
	return seals
}

// sealBeside writes a seal beside the file that it is of.
func sealBeside(path string, sealed []byte) error {
	if err := sealable(path); err != nil {
		return err
	}
	if err := seal.WriteFile(path+seal.Suffix, sealed, 0o644); err != nil {
		return fail(exitInternal, "%w", err)
	}
	return nil
}

// unsealed removes the seal of an earlier file of this name, so that no new file
// ever lies beside the seal of an old one.
func unsealed(path string) error {
	if err := os.Remove(path + seal.Suffix); err != nil && !os.IsNotExist(err) {
		return fail(exitInternal, "%s: an earlier seal is there and cannot be removed: %w", path+seal.Suffix, err)
	}
	return nil
}

// storeRun writes a run and, with a key, its seal; the seal of an earlier run of
// this name goes.
func storeRun(path string, run *evidence.Run, key *seal.PrivateKey) (*seal.Run, error) {
	written, err := seal.Write(path, *run)
	if err != nil {
		return nil, fail(exitInternal, "%w", err)
	}
	if key == nil {
		return written, unsealed(path)
	}
	sealed, err := seal.SignRun(written, key)
	if err != nil {
		return nil, fail(exitInternal, "%w", err)
	}
	return written, sealBeside(path, sealed)
}

// keyID is that of the public half, or empty.
func keyID(key *seal.PrivateKey) string {
	if key == nil {
		return ""
	}
	return key.Public.ID()
}
