// Package api is the HTTP application of the reference stack: one replica of it, in one process.
package api

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
)

// Names of the environment variables that configure a replica.
const (
	EnvEnvironment = "ARXSEC_ENV"
	EnvKey         = "ARXSEC_ENCRYPTION_KEY"
	EnvListen      = "ARXSEC_LISTEN"
	EnvDatabase    = "ARXSEC_DATABASE_URL"
	EnvReporting   = "ARXSEC_REPORTING_URL" // read by planted faults only
	EnvRedis       = "ARXSEC_REDIS_URL"
	EnvInstance    = "ARXSEC_INSTANCE"
	EnvFaults      = "ARXSEC_FAULTS"      // switches, joined by commas
	EnvFaultsFile  = "ARXSEC_FAULTS_FILE" // a file that holds the same
)

// Sentinel is the key that development falls back to. It has the right length on purpose: only knowing it refuses it.
const Sentinel = "arxsec-development-key-insecure!"

// Config is what one replica needs. ConfigFromEnv makes it; a Config made otherwise has had no boot check.
type Config struct {
	Environment string
	Listen      string
	DatabaseURL string
	RedisURL    string
	Instance    string

	reporting string
	key       []byte
	switches  switches
}

// ConfigFromEnv reads a replica's configuration and refuses one that must not boot. It runs before anything is opened:
// in staging and production an unusable encryption key ends the process here, with an error that names the variable
// and never its value.
func ConfigFromEnv(env func(string) string) (Config, error) {
	faults, err := readSwitches(env)
	if err != nil {
		return Config{}, err
	}
	cfg := Config{
		Listen: env(EnvListen), DatabaseURL: env(EnvDatabase), RedisURL: env(EnvRedis),
		Instance: env(EnvInstance), reporting: env(EnvReporting), switches: faults,
	}
	rules := bootRules{environment: Environment, key: Key}
	rules = faults.boot(rules, env)
	if cfg.Environment, err = rules.environment(env(EnvEnvironment)); err != nil {
		return Config{}, err
	}
	if cfg.key, err = rules.key(cfg.Environment, env(EnvKey)); err != nil {
		return cfg, err
	}
	if cfg.Listen == "" {
		cfg.Listen = "127.0.0.1:8080"
	}
	for name, value := range map[string]string{EnvDatabase: cfg.DatabaseURL, EnvRedis: cfg.RedisURL} {
		if value == "" {
			return Config{}, fmt.Errorf("%s is not set; give the connection URL", name)
		}
	}
	return cfg, nil
}

// bootRules are the two decisions of the boot check.
type bootRules struct {
	environment func(raw string) (string, error)
	key         func(environment, raw string) ([]byte, error)
}

// Environment returns development, test, staging or production for any accepted spelling. Unset means production: a
// release that nobody configured is treated as the one that matters.
func Environment(raw string) (string, error) {
	switch strings.ToLower(strings.TrimSpace(raw)) {
	case "", "production", "prod":
		return "production", nil
	case "staging", "stage", "stg":
		return "staging", nil
	case "development", "dev":
		return "development", nil
	case "test":
		return "test", nil
	}
	return "", fmt.Errorf("%s is not an environment that we know; want production, staging, development or test", EnvEnvironment)
}

// Key returns the 32 bytes of the encryption key, given as base64, base64url, hexadecimal or 32 plain characters. The
// development key, also when unset, is accepted in development and test only.
func Key(environment, raw string) ([]byte, error) {
	if environment == "development" || environment == "test" {
		if unquote(raw) == "" || isSentinel(raw) {
			return []byte(Sentinel), nil
		}
	}
	switch {
	case raw == "":
		return nil, keyError("is not set")
	case unquote(raw) == "":
		return nil, keyError("is blank")
	case isSentinel(raw):
		return nil, keyError("is the development key")
	}
	key := decodeKey(raw)
	if key == nil {
		return nil, keyError("does not decode to exactly 32 bytes")
	}
	if distinct(key) < 8 {
		return nil, keyError("repeats too few byte values to be a key")
	}
	return key, nil
}

func keyError(what string) error {
	return fmt.Errorf("refusing to start: %s %s; generate one with: openssl rand -base64 32", EnvKey, what)
}

// decodeKey returns 32 bytes or nil. The encodings cannot be confused: of one string at most one of them has 32.
func decodeKey(raw string) []byte {
	text := unquote(raw)
	for _, b := range decodings(text) {
		if len(b) == 32 {
			return b
		}
	}
	if len(text) == 32 {
		return []byte(text)
	}
	return nil
}

func decodings(text string) [][]byte {
	var out [][]byte
	if b, err := hex.DecodeString(text); err == nil {
		out = append(out, b)
	}
	for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding, base64.RawStdEncoding, base64.RawURLEncoding} {
		if b, err := enc.DecodeString(text); err == nil {
			out = append(out, b)
		}
	}
	return out
}

// isSentinel knows the development key whatever its case, spaces, quotes or encoding, an encoding of an encoding too.
func isSentinel(raw string) bool {
	texts := []string{raw}
	for range 3 {
		var inner []string
		for _, text := range texts {
			text = unquote(text)
			if strings.EqualFold(strings.Join(strings.Fields(text), ""), Sentinel) {
				return true
			}
			for _, b := range decodings(text) {
				inner = append(inner, string(b))
			}
		}
		texts = inner
	}
	return false
}

func unquote(text string) string { return strings.Trim(text, " \t\r\n\v\f\x00\"'`") }

func distinct(b []byte) int {
	seen := map[byte]bool{}
	for _, c := range b {
		seen[c] = true
	}
	return len(seen)
}

func readSwitches(env func(string) string) (switches, error) {
	text := env(EnvFaults)
	if path := env(EnvFaultsFile); path != "" {
		body, err := os.ReadFile(path)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("%s: %w", EnvFaultsFile, err)
		}
		text += "," + string(body)
	}
	on := switches{}
	for _, name := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == '\n' || r == ' ' }) {
		if !known(name) {
			return nil, fmt.Errorf("%s: no switch is called %q", EnvFaults, name)
		}
		on[name] = true
	}
	return on, nil
}
