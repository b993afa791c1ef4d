-- Makes one organisation, and fills every tenant table for it when {{full}} is true; a pool of request budget needs an agent
-- and its keys only. Run by the superuser once for each; the values in {{ }} are literals, quoted before they get here.
DO $$
DECLARE
    org    uuid := {{org}};
    owner  uuid;
    agent  uuid;
    conn   uuid;
    run    bigint;
    act    bigint;
    month  date;
BEGIN
    INSERT INTO orgs (id, name, plan, region) VALUES (org, {{name}}, {{plan}}, {{region}});
    INSERT INTO roles (org_id, name, permissions) VALUES
        (org, 'admin', '["*"]'), (org, 'deployer', '["agents:write", "deployments:write"]'),
        (org, 'auditor', '["audit:read"]'), (org, 'viewer', '["agents:read"]');
    INSERT INTO users (org_id, email, display_name)
        SELECT org, who || '@' || {{name}} || '.example', who FROM unnest(ARRAY['ada', 'ben', 'cleo']) AS who;
    INSERT INTO memberships (org_id, user_id, role)
        SELECT org_id, id, CASE display_name WHEN 'ada' THEN 'admin' WHEN 'ben' THEN 'deployer' ELSE 'viewer' END
        FROM users WHERE org_id = org;
    SELECT id INTO owner FROM users WHERE org_id = org AND display_name = 'ada';
    IF NOT {{full}} THEN
        INSERT INTO agents (org_id, id, name, owner_id)
            VALUES (org, md5(org::text || 'agent1')::uuid, {{name}} || ' agent 1', owner);
        RETURN;
    END IF;
    FOR i IN 1..3 LOOP
        INSERT INTO agents (org_id, id, name, owner_id, labels)
            VALUES (org, md5(org::text || 'agent' || i)::uuid, {{name}} || ' agent ' || i, owner, '{"team": "support"}')
            RETURNING id INTO agent;
        INSERT INTO agent_versions (org_id, agent_id, version, manifest)
            SELECT org, agent, v, json_build_object('model', 'm-' || v) FROM generate_series(1, 2) AS v;
        INSERT INTO deployments (org_id, agent_id, region, config) VALUES (org, agent, {{region}}, '{"replicas": 2}');
        INSERT INTO runs (org_id, agent_id, status) VALUES (org, agent, 'done') RETURNING id INTO run;
        INSERT INTO actions (org_id, run_id, name, input, output)
            VALUES (org, run, 'read', '{"ticket": 1}', '{"ok": true}') RETURNING id INTO act;
        INSERT INTO approvals (org_id, action_id, decided_by, decision, decided_at)
            VALUES (org, act, owner, 'approved', now());
    END LOOP;
    INSERT INTO connectors (org_id, kind, config) VALUES (org, 'crm', '{"region": "eu"}') RETURNING id INTO conn;
    INSERT INTO secrets (org_id, connector_id, name, ciphertext) VALUES
        (org, conn, 'token', sha256(convert_to(org::text || 'token', 'UTF8'))),
        (org, conn, 'refresh', sha256(convert_to(org::text || 'refresh', 'UTF8')));
    INSERT INTO policies (org_id, name, document) VALUES
        (org, 'default', '{"deny": ["drop"]}'), (org, 'spend', '{"limit": 100}');
    INSERT INTO webhooks (org_id, url, events) VALUES (org, 'https://hooks.example/' || {{name}}, ARRAY['run.done']);
    INSERT INTO usage_counters (org_id, day, metric, value)
        SELECT org, current_date - d, metric, 10 + d FROM generate_series(0, 4) AS d, unnest(ARRAY['runs', 'tokens']) AS metric;
    -- Oldest first: within an organisation ids, times and hashes rise together.
    FOR back IN REVERSE 3..1 LOOP
        month := (date_trunc('month', now() AT TIME ZONE 'UTC') - make_interval(months => back))::date;
        INSERT INTO audit_log (org_id, actor, action, policy_verdict, inputs_hash, outputs_hash, duration_ms, status, created_at)
            SELECT org, 'user:' || owner, CASE n WHEN 3 THEN 'agent.drop' ELSE 'agent.read' END,
                   CASE n WHEN 3 THEN 'deny' ELSE 'allow' END, encode(sha256(convert_to('in' || n, 'UTF8')), 'hex'),
                   encode(sha256(convert_to('out' || n, 'UTF8')), 'hex'), n, CASE n WHEN 3 THEN 'denied' ELSE 'ok' END,
                   month::timestamp AT TIME ZONE 'UTC' + make_interval(days => n)
            FROM generate_series(1, 3) AS n ORDER BY n;
    END LOOP;
    INSERT INTO audit_log (org_id, actor, action, policy_verdict, inputs_hash, outputs_hash, duration_ms, status) VALUES
        (org, 'user:' || owner, 'agent.create', 'allow', encode(sha256('in'), 'hex'), encode(sha256('out'), 'hex'), 2, 'ok'),
        (org, 'user:' || owner, 'agent.drop', 'deny', encode(sha256('in'), 'hex'), encode(sha256('no'), 'hex'), 0, 'denied');
END $$;
INSERT INTO api_keys (org_id, token_sha256, role, label)
    SELECT {{org}}, decode(hash, 'hex'), role, label
    FROM unnest({{hashes}}::text[], {{roles}}::text[], {{labels}}::text[]) AS k (hash, role, label);
