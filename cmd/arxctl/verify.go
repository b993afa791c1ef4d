package main

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/arxsec/arxctl/internal/render"
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
		Long: "Verify runs, documents (pdf, html, json, md, csv, xlsx) and filled workbooks (xlsx, xlsm), without the stack and without a network: every digest,\n" +
			"every outcome judged again from what was seen, the signature with your key, every byte of a document by rendering it again,\n" +
			"and of a workbook which cells arxctl wrote and nobody changed.\n" +
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
	reads := slices.Concat(files, o.runs, o.keys)
	for _, p := range slices.Concat(files, o.runs) {
		reads = append(reads, p+seal.Suffix)
	}
	if err := targets(reads, paths(outputs)...); err != nil {
		return err
	}
	given := make([]given, len(files))
	for i, path := range files {
		given[i] = readGiven(path)
	}
	opts, err := o.options(given)
	if err != nil {
		return err
	}
	var list []verified
	bad := map[int][]string{}
	for _, f := range given {
		v := verifyOne(f, opts)
		list, bad[v.Code] = append(list, v), append(bad[v.Code], named(v.File))
	}
	for _, out := range outputs {
		if err := out.write(o.streams, func(w io.Writer) error { return writeVerified(w, out.format, list) }); err != nil {
			return err
		}
	}
	var causes []cause
	for _, code := range exitOrder[:len(exitOrder)-1] {
		one, several := "file does not verify", "files do not verify"
		switch code {
		case exitBlind:
			one, several = "file is not vouched for, since something was not looked at", "files are not vouched for, since something was not looked at"
		case exitUsage:
			one, several = "file cannot be verified", "files cannot be verified"
		}
		causes = append(causes, about(code, bad[code], one, several, ""))
	}
	return because(o.streams, causes...)
}

// options gathers what the verifier brought. Runs among the files serve the
// documents beside them.
func (o *verifyOptions) options(files []given) (rendering.Options, error) {
	opts := rendering.Options{Digest: strings.ToLower(o.digest)}
	if b, err := hex.DecodeString(opts.Digest); err != nil || len(b) != 0 && len(b) != 32 {
		return opts, fail(exitUsage, "--digest %s: expected the 64 hexadecimal digits of a run digest", o.digest)
	}
	var err error
	if opts.Keys, err = trustedKeys(o.keys); err != nil {
		return opts, err
	}
	for _, p := range o.runs {
		run, err := seal.Read(p)
		if err == nil {
			err = opts.Add(p, run)
		}
		if err != nil {
			return opts, err
		}
	}
	for _, f := range files {
		if run, err := seal.Decode(f.path, f.body); err == nil {
			_ = opts.Add(f.path, run) // its own turn comes, and tells what is wrong with its seal
		}
	}
	return opts, nil
}

// maxDocument bounds what is read as a document, in bytes.
const maxDocument = 512 << 20

// given is one file to verify. It is read once: a pipe cannot be read twice, and
// what is judged is what was read.
type given struct {
	path string
	body []byte
	err  error
}

func readGiven(path string) given {
	b, err := seal.ReadAtMost(path, maxDocument)
	switch info, statErr := os.Stat(path); {
	case err == nil:
	case errors.Is(err, os.ErrNotExist):
		err = fail(exitUsage, "%s: no such file", path)
	case errors.Is(err, seal.ErrTooLarge):
		err = fail(exitBroken, "%s: larger than %d MiB; arxctl wrote no such file", path, maxDocument>>20)
	case statErr == nil && info.IsDir():
		err = fail(exitUsage, "%s: is a directory; expected files to verify", path)
	}
	return given{path, b, err}
}

func verifyOne(f given, opts rendering.Options) verified {
	if f.err != nil {
		return verified{File: f.path, Error: f.err.Error(), Code: codeOf(f.err)}
	}
	report, err := rendering.Verify(f.path, f.body, opts)
	if err != nil {
		if report != nil && report.Cells == nil { // half of what a report says, which nobody needs beside the error
			report = nil
		}
		return verified{Report: report, File: f.path, Error: clip(err.Error()), Code: codeOf(err)}
	}
	v := verified{Report: report, File: f.path}
	if len(report.Unseen) > 0 {
		v.Code = exitBlind
	}
	return v
}

// clip keeps a message to what a person reads: what is quoted in it may be of
// any length, and a long line can be made to look like several.
func clip(s string) string { return clipped(s, 600) }

func clipped(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
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
		if r := v.Report; v.Error == "" && r.RunDigest != "" && !told[r.RunDigest] {
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
	if v.Error != "" {
		return "NOT VERIFIED  " + clip(render.Plain(v.Error))
	}
	var what []string
	if r.RunDigest != "" {
		what = append(what, fmt.Sprintf("run %.12s", r.RunDigest), counted(r.Records, "record", "records")+" judged again")
	}
	if n := len(r.Withheld); n > 0 {
		what = append(what, fmt.Sprintf("%d withheld from you (%s)", n, clip(strings.Join(r.Withheld, ", "))))
	}
	if c := r.Cells; c != nil {
		what = append(what, counted(c.Unchanged, "cell is ours", "cells are ours")+" and unchanged, "+counted(c.Others, "answer was never ours", "answers were never ours"))
		if c.Shared > 0 {
			what = append(what, "in "+counted(c.Shared, "comment", "comments")+" other words stand before ours")
		}
		if len(c.Sheets) > 0 {
			what = append(what, fmt.Sprintf("%s since, and nothing there is ours (%s)", counted(len(c.Sheets), "sheet was added", "sheets were added"), clip(strings.Join(c.Sheets, ", "))))
		}
		if c.Again > 0 {
			what = append(what, counted(c.Again, "answer follows", "answers follow")+" again from the run")
		}
		if c.Asked > 0 {
			what = append(what, counted(c.Asked, "answer of ours stands beside the question that it answered", "answers of ours stand beside the question that they answered"))
		}
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
	text := head + render.Plain(strings.TrimSuffix(r.File+": "+strings.Join(what, ", "), ": "))
	for _, u := range r.Unseen {
		text += "\n  not looked at: " + clip(render.Plain(u))
	}
	return text
}

// runText says whose run it is, by its own account.
func runText(r *rendering.Report) string {
	text := fmt.Sprintf("run %s: %s, made %s by %s", r.RunDigest, named(r.Stack), r.Started, named(r.Tool))
	if !r.Complete {
		text += "; it was interrupted: not every check that was asked for had ended"
	}
	if r.StackKind != "vendor" {
		text += "; a demonstration: the reference stack, not the vendor's system"
	}
	return text
}

// named puts a name that a stranger chose into a line, so that it cannot pass for
// more of the line, or for the next one.
func named(s string) string {
	return clipped(render.Plain(s), 80)
}
