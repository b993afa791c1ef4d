package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/arxsec/arxctl/internal/seal"
)

type sealOptions struct {
	*streams
	key, index string
}

func newSeal(s *streams) *cobra.Command {
	o := &sealOptions{streams: s}
	c := &cobra.Command{
		Use:   "seal RUN",
		Short: "Sign a run that was made without a key",
		Long: "Sign a run: RUN" + seal.Suffix + " is a Sigstore bundle around an in-toto statement about the run's index.\n" +
			"--index writes that index, so that other tools can check the signature:\n\n" +
			"  cosign verify-blob-attestation --key acme.pub --bundle run.json" + seal.Suffix + " --new-bundle-format \\\n" +
			"    --trusted-root empty-root.json --insecure-ignore-tlog --type " + seal.TestResult + " index.json\n\n" +
			"where empty-root.json holds " + emptyRoot + ": nobody is trusted but the key.",
		Example: "  arxctl seal run.json --key acme.key\n  arxctl seal run.json --index index.json",
		Args:    exactly(1, "one run"),
		RunE:    func(_ *cobra.Command, args []string) error { return o.run(args[0]) },
	}
	c.Flags().StringVar(&o.key, "key", "", "sign with this private key `FILE`; see: arxctl keygen")
	c.Flags().StringVar(&o.index, "index", "", "write the canonical index, whose SHA-256 is the run digest, to this `FILE`")
	return c
}

// emptyRoot is a Sigstore trusted root without an authority in it.
const emptyRoot = `{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}`

func (o *sealOptions) run(path string) error {
	if o.key == "" && o.index == "" {
		return fail(exitUsage, "expected --key FILE to sign with, or --index FILE; make a key with: arxctl keygen")
	}
	if err := targets([]string{path, o.key}, o.index, path+seal.Suffix); err != nil {
		return err
	}
	if err := sealable(path); err != nil {
		return err
	}
	run, err := seal.Read(path)
	if err != nil {
		return err
	}
	key, err := signingKey(o.streams, o.key)
	if err != nil {
		return err
	}
	if key != nil {
		if err := onlyOurs(path, run, key); err != nil {
			return err
		}
	}
	if o.index != "" {
		if err := seal.WriteFile(o.index, run.Index, 0o644); err != nil {
			return fail(exitInternal, "--index: %w", err)
		}
	}
	if key == nil {
		return nil
	}
	sealed, err := seal.SignRun(run, key)
	if err != nil {
		return fail(exitUsage, "%s: %w", path, err)
	}
	if err := sealBeside(path, sealed); err != nil {
		return err
	}
	fmt.Fprintf(o.out, "%s: run %s sealed with key %s\n", path+seal.Suffix, run.Digest, key.Public.ID())
	return nil
}

// onlyOurs refuses to sign over the seal that somebody else put on this run: it
// may be the only copy of their word. The seal of another run, or what is no
// seal, says nothing of this one and goes.
func onlyOurs(path string, run *seal.Run, key *seal.PrivateKey) error {
	there, err := seal.ReadBundle(path + seal.Suffix)
	if err != nil {
		return nil
	}
	if o, err := seal.VerifyRun(path+seal.Suffix, there, run, nil); err == nil && o.Hint != key.Public.ID() {
		return fail(exitUsage, "%s: this run is sealed with another key, %.16s; to put your own seal on it, copy the run and seal the copy", path+seal.Suffix, o.Hint)
	}
	return nil
}
