package main

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/arxsec/arxctl/internal/control/yamldoc"
	"github.com/arxsec/arxctl/internal/gate"
	"github.com/arxsec/arxctl/internal/seal"
)

var keyIDPattern = regexp.MustCompile(`^[0-9a-fA-F]{64}$`)

// signers resolves who may sign, and returns the keys to verify with. The policy
// may name a key by its ID; the key itself then comes with --key.
func (o *gateOptions) signers(in *gate.Input, dir string) ([]seal.PublicKey, error) {
	keys, err := trustedKeys(o.keys)
	if err != nil {
		return nil, err
	}
	if len(in.Policy.SignedBy) == 0 {
		for i, k := range keys {
			in.Signers = append(in.Signers, gate.Signer{Name: o.keys[i], KeyID: k.ID()})
		}
	}
	for _, s := range in.Policy.SignedBy {
		where := yamldoc.Finding{File: o.policy, Line: in.Policy.At.Of("signed_by"), Field: "signed_by"}
		if keyIDPattern.MatchString(s) {
			if !slices.ContainsFunc(keys, func(k seal.PublicKey) bool { return strings.EqualFold(k.ID(), s) }) {
				where.Message = "the key with the ID " + s + " is not at hand; give it with --key FILE"
				return nil, where
			}
			in.Signers = append(in.Signers, gate.Signer{Name: "key " + s, KeyID: s})
			continue
		}
		o.reads = append(o.reads, beside(dir, s))
		k, err := seal.ReadPublicKey(beside(dir, s))
		if err != nil {
			where.Message = "expected the path of a public key or a key ID: " + err.Error()
			return nil, where
		}
		keys = append(keys, k)
		in.Signers = append(in.Signers, gate.Signer{Name: s, KeyID: k.ID()})
	}
	return keys, nil
}

// signatureOf verifies the seal beside a run. Whatever does not hold is no
// signature, with the reason why.
func signatureOf(path string, run *seal.Run, keys []seal.PublicKey) gate.Signature {
	if len(keys) == 0 {
		return gate.Signature{}
	}
	b, err := seal.ReadBundle(path + seal.Suffix)
	if errors.Is(err, os.ErrNotExist) {
		return gate.Signature{Problem: "it is not signed: there is no " + path + seal.Suffix}
	}
	if err != nil {
		return gate.Signature{Problem: err.Error()}
	}
	opened, err := seal.VerifyRun(path+seal.Suffix, b, run, keys)
	if err != nil {
		return gate.Signature{Problem: err.Error()}
	}
	return gate.Signature{KeyID: opened.KeyID}
}

// beside resolves a path that a file names from its own directory.
func beside(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}
