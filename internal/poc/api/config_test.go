package api

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"
)

func strong() []byte {
	key := make([]byte, 32)
	for i := range key {
		key[i] = byte(i*37 + 11)
	}
	return key
}

func TestBadKeysAreRefusedWhereItMatters(t *testing.T) {
	std := base64.StdEncoding
	bad := map[string]string{
		"unset": "", "blank": " \t\n", "quotes around nothing": `""`, "sentinel": Sentinel, "upper case": strings.ToUpper(Sentinel),
		"newline": Sentinel + "\n", "spaces": "  " + Sentinel + " ", "quoted": `"` + Sentinel + `"`, "single quoted": "'" + Sentinel + "'",
		"base64": std.EncodeToString([]byte(Sentinel)), "base64url": base64.RawURLEncoding.EncodeToString([]byte(Sentinel)),
		"hex": hex.EncodeToString([]byte(Sentinel)), "upper hex": strings.ToUpper(hex.EncodeToString([]byte(Sentinel))),
		"base64 of upper case": std.EncodeToString([]byte(strings.ToUpper(Sentinel))), "base64 of a line": std.EncodeToString([]byte(Sentinel + "\n")),
		"base64 of base64": std.EncodeToString([]byte(std.EncodeToString([]byte(Sentinel)))),
		"short":            "YWJj", "31 bytes": std.EncodeToString(strong()[:31]), "33 bytes": std.EncodeToString(append(strong(), 1)),
		"64 bytes": std.EncodeToString(append(strong(), strong()...)), "zeros": std.EncodeToString(make([]byte, 32)),
		"hex zeros": strings.Repeat("0", 64), "one letter": strings.Repeat("k", 32), "not base64": strings.Repeat("?", 44),
	}
	for name, raw := range bad {
		for _, environment := range []string{"", "production", "Production", " PRODUCTION ", "prod", "staging", "Stage", "stg\n"} {
			_, err := ConfigFromEnv(env(map[string]string{EnvEnvironment: environment, EnvKey: raw, EnvDatabase: "postgres://x", EnvRedis: "redis://x"}))
			if err == nil || !strings.Contains(err.Error(), EnvKey) {
				t.Errorf("%s in %q: %v, want a refusal that names %s", name, environment, err, EnvKey)
				continue
			}
			if shown := strings.TrimSpace(raw); len(shown) > 3 && strings.Contains(err.Error(), shown) {
				t.Errorf("%s in %q: the refusal shows the value", name, environment)
			}
		}
	}
}

func TestGoodKeysBoot(t *testing.T) {
	good := strong()
	for name, raw := range map[string]string{
		"base64": base64.StdEncoding.EncodeToString(good), "raw base64url": base64.RawURLEncoding.EncodeToString(good),
		"hex": hex.EncodeToString(good), "with a newline": hex.EncodeToString(good) + "\n", "32 characters": "x9Kf-2mQ_7vLp0RzT4wYb8NcHj6Gs1Da",
	} {
		key, err := Key("production", raw)
		if err != nil || len(key) != 32 {
			t.Errorf("%s: %d bytes, %v", name, len(key), err)
		}
	}
	for _, environment := range []string{"development", "test"} {
		for _, raw := range []string{"", Sentinel} {
			if key, err := Key(environment, raw); err != nil || string(key) != Sentinel {
				t.Errorf("%q in %s: %v", raw, environment, err)
			}
		}
	}
	if _, err := Environment("qa"); err == nil || !strings.Contains(err.Error(), EnvEnvironment) {
		t.Errorf("an unknown environment: %v", err)
	}
}

func TestUnknownSwitchIsRefused(t *testing.T) {
	if _, err := ConfigFromEnv(env(map[string]string{EnvFaults: "rl-nothing"})); err == nil || !strings.Contains(err.Error(), "rl-nothing") {
		t.Errorf("%v", err)
	}
}

func env(values map[string]string) func(string) string {
	return func(name string) string { return values[name] }
}
