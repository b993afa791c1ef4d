package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/arxsec/arxctl/internal/seal"
)

type keygenOptions struct {
	*streams
	out, algorithm string
	bare           bool
}

func newKeygen(s *streams) *cobra.Command {
	o := &keygenOptions{streams: s}
	c := &cobra.Command{
		Use:   "keygen",
		Short: "Make a key pair to sign runs and documents with",
		Long: "Make a key pair: PREFIX.key, encrypted with a passphrase (typed, or from " + passphraseVariable + "), and PREFIX.pub, which a\n" +
			"verifier gets from you by another way than the files that you sign. An existing file is never replaced.",
		Example: "  arxctl keygen --out acme\n  arxctl check --run run.json --key acme.key\n  arxctl verify run.json --key acme.pub",
		Args:    exactly(0, "no arguments"),
		RunE:    func(*cobra.Command, []string) error { return o.run() },
	}
	c.Flags().StringVar(&o.out, "out", "arxctl", "`PREFIX` of the two files")
	c.Flags().StringVar(&o.algorithm, "type", seal.ECDSAP256, "`ALGORITHM`: "+seal.ECDSAP256+", which openssl alone can check, or "+seal.Ed25519)
	c.Flags().BoolVar(&o.bare, "no-passphrase", false, "leave the private key unencrypted, readable by you alone")
	return c
}

func (o *keygenOptions) run() error {
	private, public := o.out+".key", o.out+".pub"
	for _, p := range []string{private, public} {
		if _, err := os.Lstat(p); err == nil {
			return fail(exitUsage, "--out %s: %s exists; a key is never replaced, give another prefix", o.out, p)
		}
	}
	if err := targets(nil, private, public); err != nil {
		return err
	}
	key, err := seal.GenerateKey(o.algorithm)
	if err != nil {
		return fail(exitUsage, "--type: %w", err)
	}
	var passphrase []byte
	if !o.bare {
		if passphrase, err = newPassphrase(o.streams); err != nil {
			return fail(exitUsage, "%w", err)
		}
	}
	locked, open, err := key.PEM(passphrase)
	if err != nil {
		return fail(exitInternal, "%w", err)
	}
	// Again as new files: typing a passphrase takes a while, and a key may have come in between.
	if err := seal.WriteNew(private, locked, 0o600); err != nil {
		return o.unwritten(err)
	}
	if err := seal.WriteNew(public, open, 0o644); err != nil {
		return errors.Join(o.unwritten(err), os.Remove(private)) // ours, made just now, and of no use alone
	}
	fmt.Fprintf(o.streams.out, "key %s (%s)\n%s: keep it\n%s: give it to whoever verifies, by another way than the files you sign\n", key.Public.ID(), key.Public.Algorithm(), private, public)
	return nil
}

func (o *keygenOptions) unwritten(err error) error {
	if errors.Is(err, os.ErrExist) {
		return fail(exitUsage, "--out %s: a key is never replaced, give another prefix: %w", o.out, err)
	}
	return fail(exitInternal, "%w", err)
}
