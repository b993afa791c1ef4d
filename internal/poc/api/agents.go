package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"time"

	"github.com/jackc/pgx/v5"
)

var errUnchanged = errors.New("nothing changed")

// entry is one row for the audit log before the database has stamped it.
type entry struct {
	action, verdict, status string
	input                   []byte
	output                  any
	took                    time.Duration
}

// record adds a row to the audit log. Inputs and outputs are kept as SHA-256 only: the log holds no customer data.
func (s *server) record(ctx context.Context, tx pgx.Tx, who principal, e entry) error {
	output, err := json.Marshal(e.output)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO audit_log
		(org_id, actor, action, policy_verdict, inputs_hash, outputs_hash, duration_ms, status)
		VALUES ($1::uuid, $2, $3, $4, $5, $6, $7, $8)`,
		who.org, who.actor, e.action, e.verdict, hash(e.input), hash(output), int(e.took.Milliseconds()), e.status)
	return err
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

type agentBody struct {
	Name   *string         `json:"name"`
	Labels json.RawMessage `json:"labels"`
}

func (b agentBody) wrong() string {
	if b.Name != nil && (*b.Name == "" || len(*b.Name) > 200) {
		return "name has 1 to 200 characters"
	}
	var labels map[string]any
	if b.Labels != nil && json.Unmarshal(b.Labels, &labels) != nil {
		return "labels is an object"
	}
	return ""
}

func (b agentBody) labels() *string {
	if b.Labels == nil {
		return nil
	}
	text := string(b.Labels)
	return &text
}

func (s *server) createAgent(c *call) (reply, error) {
	var b agentBody
	if err := decode(c.body, &b); err != nil {
		return bad(err.Error())
	}
	if b.Name == nil {
		return bad("name is missing")
	}
	if wrong := b.wrong(); wrong != "" {
		return bad(wrong)
	}
	return s.change(c, "agent.create", c.body, func(ctx context.Context, tx pgx.Tx) (reply, error) {
		return one(ctx, tx, http.StatusCreated, `INSERT INTO agents (org_id, name, labels)
			VALUES ($1::uuid, $2, coalesce($3::jsonb, '{}')) RETURNING to_jsonb(agents)`, c.who.org, *b.Name, b.labels())
	})
}

func (s *server) updateAgent(c *call) (reply, error) {
	var b agentBody
	if err := decode(c.body, &b); err != nil {
		return bad(err.Error())
	}
	if wrong := b.wrong(); wrong != "" {
		return bad(wrong)
	}
	if !uuidForm.MatchString(c.id) {
		return missing(), nil
	}
	return s.change(c, "agent.update", c.body, func(ctx context.Context, tx pgx.Tx) (reply, error) {
		return one(ctx, tx, http.StatusOK, `UPDATE agents SET name = coalesce($2, name), labels = coalesce($3::jsonb, labels)
			WHERE id = $1::uuid RETURNING to_jsonb(agents)`, c.id, b.Name, b.labels())
	})
}

func (s *server) deleteAgent(c *call) (reply, error) {
	return s.remove(c, "agent.delete", `DELETE FROM agents WHERE id = $1::uuid RETURNING jsonb_build_object('deleted', id)`)
}

func (s *server) deleteDeployment(c *call) (reply, error) {
	return s.remove(c, "deployment.delete", `DELETE FROM deployments WHERE id = $1::uuid RETURNING jsonb_build_object('deleted', id)`)
}

func (s *server) remove(c *call, name, sql string) (reply, error) {
	if !uuidForm.MatchString(c.id) {
		return missing(), nil
	}
	return s.change(c, name, []byte(c.id), func(ctx context.Context, tx pgx.Tx) (reply, error) {
		return one(ctx, tx, http.StatusOK, sql, c.id)
	})
}

func (s *server) createDeployment(c *call) (reply, error) {
	var b struct {
		Agent  string `json:"agent_id"`
		Region string `json:"region"`
	}
	if err := decode(c.body, &b); err != nil {
		return bad(err.Error())
	}
	if !uuidForm.MatchString(b.Agent) || (b.Region != "us" && b.Region != "eu") {
		return bad("agent_id is a uuid, and region us or eu")
	}
	return s.change(c, "deployment.create", c.body, func(ctx context.Context, tx pgx.Tx) (reply, error) {
		return one(ctx, tx, http.StatusCreated, `INSERT INTO deployments (org_id, agent_id, region)
			SELECT org_id, id, $2 FROM agents WHERE id = $1::uuid RETURNING to_jsonb(deployments)`, b.Agent, b.Region)
	})
}

var actionForm = regexp.MustCompile(`^[a-z][a-z0-9_.-]{0,63}$`)

// act lets an agent do something that a policy of its organisation allows, and records it either way.
func (s *server) act(c *call) (reply, error) {
	var b struct {
		Action string          `json:"action"`
		Input  json.RawMessage `json:"input"`
	}
	if err := decode(c.body, &b); err != nil {
		return bad(err.Error())
	}
	if !actionForm.MatchString(b.Action) {
		return bad("action is a lower-case word of at most 64 characters")
	}
	if b.Input == nil {
		b.Input = json.RawMessage("{}")
	}
	if !uuidForm.MatchString(c.id) {
		return missing(), nil
	}
	return s.change(c, "agent."+b.Action, b.Input, func(ctx context.Context, tx pgx.Tx) (reply, error) {
		var there, denied bool
		err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM agents WHERE id = $1::uuid),
			EXISTS (SELECT FROM policies WHERE enabled AND document -> 'deny' ? $2)`, c.id, b.Action).Scan(&there, &denied)
		if err != nil {
			return reply{}, err
		}
		if !there {
			return missing(), nil
		}
		if denied {
			return reply{http.StatusForbidden, errorBody("denied_by_policy", "a policy of this organisation forbids "+b.Action)}, nil
		}
		return one(ctx, tx, http.StatusOK, `WITH run AS (
				INSERT INTO runs (org_id, agent_id, status) VALUES ($1::uuid, $2::uuid, 'done') RETURNING id
			), done AS (
				INSERT INTO actions (org_id, run_id, name, input, output)
				SELECT $1::uuid, id, $3, $4::jsonb, '{"ok": true}' FROM run RETURNING id, run_id, name, output
			) SELECT to_jsonb(done) || '{"verdict": "allow"}' FROM done`, c.who.org, c.id, b.Action, string(b.Input))
	})
}
