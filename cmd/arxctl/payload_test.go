package main

import (
	"encoding/base64"
	"encoding/json"
	"os"

	"github.com/rogpeppe/go-internal/testscript"
)

// payload SEAL FILE writes what a seal signs: everything that its reader can read.
func payload(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: payload SEAL FILE")
	}
	var bundle struct {
		Envelope struct {
			Payload string `json:"payload"`
		} `json:"dsseEnvelope"`
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &bundle))
	b, err := base64.StdEncoding.DecodeString(bundle.Envelope.Payload)
	ts.Check(err)
	if len(b) == 0 {
		ts.Fatalf("%s: no payload", args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), b, 0o600))
}
