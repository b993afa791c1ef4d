-- title: Rails with account_id bigint and current_setting without missing_ok; the setting is to be discovered
-- config
-- environment: shared
-- db:
--   app: ${env:rails_app}
--   tenants: {a: {id: "41"}, b: {id: "1007"}}
-- healthy
CREATE ROLE rails_owner NOLOGIN;
CREATE ROLE rails_app LOGIN PASSWORD 'foreign-secret';
GRANT CREATE, USAGE ON SCHEMA public TO rails_owner;
SET ROLE rails_owner;
CREATE TABLE schema_migrations (version text PRIMARY KEY);
CREATE TABLE ar_internal_metadata (key text PRIMARY KEY, value text, created_at timestamp(6) NOT NULL, updated_at timestamp(6) NOT NULL);
INSERT INTO schema_migrations VALUES ('20240101000000'), ('20240301000000');
INSERT INTO ar_internal_metadata VALUES ('environment', 'production', now(), now());
CREATE TABLE accounts (id bigserial PRIMARY KEY, name text NOT NULL, created_at timestamp(6) NOT NULL DEFAULT now());
CREATE TABLE users (
    id bigserial PRIMARY KEY, account_id bigint NOT NULL REFERENCES accounts, email text NOT NULL,
    encrypted_password text NOT NULL DEFAULT '', created_at timestamp(6) NOT NULL DEFAULT now(),
    UNIQUE (account_id, email), UNIQUE (account_id, id));
CREATE TABLE projects (
    id bigserial PRIMARY KEY, account_id bigint NOT NULL REFERENCES accounts, name text NOT NULL, archived boolean NOT NULL DEFAULT false,
    UNIQUE (account_id, id));
CREATE TABLE tasks (
    id bigserial PRIMARY KEY, account_id bigint NOT NULL, project_id bigint NOT NULL, assignee_id bigint, title text NOT NULL,
    state integer NOT NULL DEFAULT 0, deleted_at timestamp(6),
    FOREIGN KEY (account_id, project_id) REFERENCES projects (account_id, id),
    FOREIGN KEY (account_id, assignee_id) REFERENCES users (account_id, id));
INSERT INTO accounts (id, name) VALUES (41, 'Bluebell'), (1007, 'Foxglove'), (1008, 'Third');
INSERT INTO users (account_id, email) SELECT a.id, 'u' || n || '@' || a.id || '.example' FROM accounts a, generate_series(1, 3) n;
INSERT INTO projects (account_id, name) SELECT a.id, 'p' || n FROM accounts a, generate_series(1, 2) n;
INSERT INTO tasks (account_id, project_id, title, assignee_id, deleted_at)
    SELECT p.account_id, p.id, 't' || n, CASE WHEN n > 1 THEN (SELECT min(id) FROM users u WHERE u.account_id = p.account_id) END,
           CASE WHEN n = 3 THEN now() END FROM projects p, generate_series(1, 3) n;
ALTER TABLE accounts ENABLE ROW LEVEL SECURITY;
CREATE POLICY account_isolation ON accounts USING (id = current_setting('app.current_account_id')::bigint);
DO $$ DECLARE t text; BEGIN
    FOREACH t IN ARRAY ARRAY['users', 'projects', 'tasks'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY account_isolation ON %I USING (account_id = current_setting(''app.current_account_id'')::bigint)', t);
    END LOOP;
END $$;
GRANT USAGE ON SCHEMA public TO rails_app;
GRANT SELECT ON schema_migrations, ar_internal_metadata, accounts TO rails_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON users, projects, tasks TO rails_app;
GRANT USAGE ON SEQUENCE users_id_seq, projects_id_seq, tasks_id_seq TO rails_app;
-- fault tenancy forgotten-table: a later migration adds comments, and nobody enables row security
CREATE TABLE comments (id bigserial PRIMARY KEY, account_id bigint NOT NULL, task_id bigint, body text);
INSERT INTO comments (account_id, body) SELECT id, 'hello ' || name FROM accounts;
ALTER TABLE comments OWNER TO rails_owner;
GRANT SELECT, INSERT, UPDATE, DELETE ON comments TO rails_app;
-- fault tenancy unassigned-for-all: tasks without assignee are everybody's
DROP POLICY account_isolation ON tasks;
CREATE POLICY account_isolation ON tasks USING (account_id = current_setting('app.current_account_id')::bigint OR assignee_id IS NULL);
-- fault tenancy trash-for-all: a second policy for the trash bin forgets the account
CREATE POLICY trash ON tasks FOR SELECT USING (deleted_at IS NOT NULL);
-- fault tenancy move-away: an UPDATE may hand a project to another account
DROP POLICY account_isolation ON projects;
CREATE POLICY r ON projects FOR SELECT USING (account_id = current_setting('app.current_account_id')::bigint);
CREATE POLICY i ON projects FOR INSERT WITH CHECK (account_id = current_setting('app.current_account_id')::bigint);
CREATE POLICY u ON projects FOR UPDATE USING (account_id = current_setting('app.current_account_id')::bigint) WITH CHECK (NOT archived);
CREATE POLICY d ON projects FOR DELETE USING (account_id = current_setting('app.current_account_id')::bigint);
-- fault tenancy dashboard-view: a view of the superuser's for a dashboard
CREATE VIEW recent_tasks AS SELECT account_id, title FROM tasks WHERE deleted_at IS NULL;
GRANT SELECT ON recent_tasks TO rails_app;
-- fault tenancy bypassrls: somebody gave the application BYPASSRLS to get a report through
ALTER ROLE rails_app BYPASSRLS;
-- undo
ALTER ROLE rails_app NOBYPASSRLS;
-- fault tenancy accounts-open: the table of accounts itself is readable by all
ALTER TABLE accounts DISABLE ROW LEVEL SECURITY;
-- fault tenancy foreign-table: a foreign table that loops back as the superuser
CREATE EXTENSION postgres_fdw;
DO $$ BEGIN EXECUTE format('CREATE SERVER loop FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host %L, port %L, dbname %L)', current_setting('unix_socket_directories'), current_setting('port'), current_database()); END $$;
CREATE USER MAPPING FOR PUBLIC SERVER loop OPTIONS (user 'postgres', password_required 'false');
CREATE FOREIGN TABLE tasks_remote (id bigint, account_id bigint, title text) SERVER loop OPTIONS (table_name 'tasks');
GRANT SELECT ON tasks_remote TO rails_app;
