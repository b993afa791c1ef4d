package main

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/arxsec/arxctl/internal/render/pretty"
	"github.com/arxsec/arxctl/internal/seal"
	"github.com/arxsec/arxctl/internal/seal/rendering"
)

type verifyOptions struct {
	*streams
	keys, runs, outputs []string
	digest              string
}

func newVerify(s *streams) *cobra.Command {
	o := &verifyOptions{streams: s}
	c := &cobra.Command{
		Use:   "verify FILE...",
		Short: "Verify runs and documents that somebody sent you",
		Long: "Verify runs and documents (pdf, html, json, md), without the stack and without a network: every digest, every outcome judged\n" +
			"again from what was seen, the signature with your key, and every byte of a document by rendering it again.\n" +
			"The key comes from you and never from a file: get it from its owner by another way. Without a key or a digest, what\n" +
			"holds is said, and the exit code is 3, since anybody could have made the file.\n\n" +
			"A seal shows that whoever holds the key signed this run, and that nothing was changed since. It does not show that the\n" +
			"stack was the one you will use, nor that the signer's clock was right: for that, run the checks yourself (arxctl reproduce).",
		Example: "  arxctl verify run.json --key acme.pub\n  arxctl verify soc2-readiness.pdf sig-lite.html --run run.json --key acme.pub\n  arxctl verify run.json --digest 26512c95…",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fail(exitUsage, "expected files to verify; see: %s --help", c.CommandPath())
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return o.verify(args) },
	}
	f := c.Flags()
	f.StringArrayVar(&o.keys, "key", nil, "trust this public key `FILE`; may be given several times")
	f.StringVar(&o.digest, "digest", "", "expect this run digest (`HEX`), as its sender told you by another way")
	f.StringArrayVar(&o.runs, "run", nil, "the run `FILE` of documents that carry only its digest; may be given several times")
	f.StringArrayVar(&o.outputs, "output", []string{"text"}, "`FORMAT[:PATH]`: text or json")
	return c
}

// verified is what became of one file.
type verified struct {
	Report *rendering.Report `json:"report,omitempty"`
	File   string            `json:"file"`
	Code   int               `json:"exit_code"`
	Error  string            `json:"error,omitempty"`
}

func (o *verifyOptions) verify(files []string) error {
	outputs, err := parseOutputs(o.outputs, []string{"text", "json"})
	if err != nil {
		return err
	}
	if err := targets(append(append(append([]string{}, files...), o.runs...), o.keys...), paths(outputs)...); err != nil {
		return err
	}
	opts, err := o.options(files)
	if err != nil {
		return err
	}
	var list []verified
	codes := []int{exitOK}
	for _, f := range files {
		v := verifyOne(f, opts)
		list, codes = append(list, v), append(codes, v.Code)
	}
	for _, out := range outputs {
		if err := out.write(o.streams, func(w io.Writer) error { return writeVerified(w, out.format, list) }); err != nil {
			return err
		}
	}
	return quit(worst(codes...))
}

// options gathers what the verifier brought. Runs among the files serve the
// documents beside them.
func (o *verifyOptions) options(files []string) (rendering.Options, error) {
	opts := rendering.Options{Digest: strings.ToLower(o.digest), Seals: map[string][]byte{}}
	if b, err := hex.DecodeString(opts.Digest); err != nil || len(b) != 0 && len(b) != 32 {
		return opts, fail(exitUsage, "--digest %s: expected the 64 hexadecimal digits of a run digest", o.digest)
	}
	var err error
	if opts.Keys, err = trustedKeys(o.keys); err != nil {
		return opts, err
	}
	for i, p := range append(append([]string{}, o.runs...), files...) {
		run, err := seal.Read(p)
		if err != nil {
			if i < len(o.runs) {
				return opts, err
			}
			continue // a document, or broken: its own turn comes
		}
		opts.Runs = append(opts.Runs, run)
		b, err := seal.ReadBundle(p + seal.Suffix)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return opts, err
		}
		if err == nil {
			opts.Seals[run.Digest] = b
		}
	}
	return opts, nil
}

// maxDocument bounds what is read as a document, in bytes.
const maxDocument = 512 << 20

func verifyOne(path string, opts rendering.Options) verified {
	report, err := func() (*rendering.Report, error) {
		info, err := os.Stat(path)
		switch {
		case err != nil:
			return nil, fail(exitUsage, "%s: no such file", path)
		case info.IsDir():
			return nil, fail(exitUsage, "%s: is a directory; expected files to verify", path)
		case info.Size() > maxDocument:
			return nil, fail(exitBroken, "%s: larger than %d MiB; arxctl wrote no such file", path, maxDocument>>20)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, fail(exitUsage, "%w", err)
		}
		return rendering.Verify(path, b, opts)
	}()
	v := verified{Report: report, File: path}
	if err != nil {
		v.Report, v.Error, v.Code = nil, err.Error(), codeOf(err)
	} else if len(report.Unseen) > 0 {
		v.Code = exitBlind
	}
	return v
}

func writeVerified(w io.Writer, format string, list []verified) error {
	if format == "json" {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(map[string]any{"schema": "arxctl.verified/v1", "files": list})
	}
	told, described := map[string]bool{}, []string{} // each run once, after the files
	for _, v := range list {
		fmt.Fprintln(w, verifiedText(v))
		if r := v.Report; r != nil && r.RunDigest != "" && !told[r.RunDigest] {
			told[r.RunDigest] = true
			described = append(described, runText(r))
		}
	}
	for _, text := range described {
		fmt.Fprintln(w, text)
	}
	return nil
}

// verifiedText is one line where all holds, and more only where something does not.
func verifiedText(v verified) string {
	r := v.Report
	if r == nil {
		return "NOT VERIFIED  " + pretty.Plain(v.Error)
	}
	var what []string
	if r.RunDigest != "" {
		what = append(what, fmt.Sprintf("run %.12s", r.RunDigest), fmt.Sprintf("%d records judged again", r.Records))
	}
	if n := len(r.Withheld); n > 0 {
		what = append(what, fmt.Sprintf("%d withheld from you (%s)", n, strings.Join(r.Withheld, ", ")))
	}
	if r.Again {
		what = append(what, "rendered again byte for byte")
	}
	switch {
	case r.KeyID != "" && r.KeyID == r.RenderedBy:
		what = append(what, fmt.Sprintf("both sealed with key %.16s", r.KeyID))
	case r.KeyID != "":
		what = append(what, fmt.Sprintf("run sealed with key %.16s", r.KeyID))
		fallthrough
	default:
		if r.RenderedBy != "" {
			what = append(what, fmt.Sprintf("document sealed with key %.16s", r.RenderedBy))
		}
	}
	head := "verified      "
	if len(r.Unseen) > 0 {
		head = "NOT VOUCHED   "
	}
	text := head + pretty.Plain(strings.TrimSuffix(r.File+": "+strings.Join(what, ", "), ": "))
	for _, u := range r.Unseen {
		text += "\n  not looked at: " + pretty.Plain(u)
	}
	return text
}

// runText says whose run it is, by its own account.
func runText(r *rendering.Report) string {
	text := fmt.Sprintf("run %s: %s, made %s by %s", r.RunDigest, r.Stack, r.Started, r.Tool)
	if r.StackKind != "vendor" {
		text += "; a demonstration: the reference stack, not the vendor's system"
	}
	return pretty.Plain(text)
}
