-- title: child tables have no tenant column; their policies ask the parent, whose own policy decides
-- config
-- environment: shared
-- db:
--   app: ${env:ch_app}
--   tenants: {a: {id: "11"}, b: {id: "22"}}
-- healthy
CREATE ROLE ch_owner NOLOGIN;
CREATE ROLE ch_app LOGIN PASSWORD 'foreign-secret';
CREATE SCHEMA docs AUTHORIZATION ch_owner;
SET ROLE ch_owner;
CREATE TABLE docs.workspaces (id integer PRIMARY KEY, title text NOT NULL);
CREATE TABLE docs.papers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, workspace_id integer NOT NULL REFERENCES docs.workspaces, title text NOT NULL);
CREATE TABLE docs.versions (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, paper_id bigint NOT NULL REFERENCES docs.papers ON DELETE CASCADE, content text NOT NULL, n integer NOT NULL);
CREATE TABLE docs.remarks (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, version_id bigint NOT NULL REFERENCES docs.versions ON DELETE CASCADE, remark text NOT NULL);
INSERT INTO docs.workspaces VALUES (11, 'Eleven'), (22, 'Twentytwo');
INSERT INTO docs.papers (workspace_id, title) SELECT w.id, 'paper ' || n FROM docs.workspaces w, generate_series(1, 3) n;
INSERT INTO docs.versions (paper_id, content, n) SELECT id, 'content of ' || title, n FROM docs.papers, generate_series(1, 2) n;
INSERT INTO docs.remarks (version_id, remark) SELECT id, 'nice' FROM docs.versions;
ALTER TABLE docs.workspaces ENABLE ROW LEVEL SECURITY;
ALTER TABLE docs.papers ENABLE ROW LEVEL SECURITY;
ALTER TABLE docs.versions ENABLE ROW LEVEL SECURITY;
ALTER TABLE docs.remarks ENABLE ROW LEVEL SECURITY;
CREATE POLICY ws ON docs.workspaces USING (id = nullif(current_setting('docs.workspace', true), '')::integer);
CREATE POLICY ws ON docs.papers USING (workspace_id = nullif(current_setting('docs.workspace', true), '')::integer);
CREATE POLICY ws ON docs.versions USING (EXISTS (SELECT 1 FROM docs.papers p WHERE p.id = paper_id));
CREATE POLICY ws ON docs.remarks USING (EXISTS (SELECT 1 FROM docs.versions v WHERE v.id = version_id));
GRANT USAGE ON SCHEMA docs TO ch_app;
GRANT SELECT ON docs.workspaces TO ch_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON docs.papers, docs.versions, docs.remarks TO ch_app;
-- fault tenancy child-off: versions hold the contents, and have no row security
ALTER TABLE docs.versions DISABLE ROW LEVEL SECURITY;
-- fault tenancy grandchild-true: remarks are readable by all
DROP POLICY ws ON docs.remarks;
CREATE POLICY ws ON docs.remarks USING (true);
-- fault tenancy exists-uncorrelated: the subquery names the parent's own column twice
DROP POLICY ws ON docs.versions;
CREATE POLICY ws ON docs.versions USING (EXISTS (SELECT 1 FROM docs.papers p WHERE p.id = p.id));
-- fault tenancy child-update: versions of others may be overwritten blindly
DROP POLICY ws ON docs.versions;
CREATE POLICY r ON docs.versions FOR SELECT USING (EXISTS (SELECT 1 FROM docs.papers p WHERE p.id = paper_id));
CREATE POLICY i ON docs.versions FOR INSERT WITH CHECK (EXISTS (SELECT 1 FROM docs.papers p WHERE p.id = paper_id));
CREATE POLICY u ON docs.versions FOR UPDATE USING (n >= 1) WITH CHECK (EXISTS (SELECT 1 FROM docs.papers p WHERE p.id = paper_id));
CREATE POLICY d ON docs.versions FOR DELETE USING (n >= 1);
-- fault tenancy child-insert: a remark may be put under anybody's version
DROP POLICY ws ON docs.remarks;
CREATE POLICY r ON docs.remarks FOR SELECT USING (EXISTS (SELECT 1 FROM docs.versions v WHERE v.id = version_id));
CREATE POLICY i ON docs.remarks FOR INSERT WITH CHECK (remark <> '');
-- fault tenancy definer-parent: the parent is asked by a function that sees all of them
CREATE FUNCTION docs.version_exists(v bigint) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ SELECT EXISTS (SELECT 1 FROM docs.versions WHERE id = v) $$;
DROP POLICY ws ON docs.remarks;
CREATE POLICY ws ON docs.remarks USING (docs.version_exists(version_id));
-- fault tenancy child-move: a version may be moved under anybody's paper
DROP POLICY ws ON docs.versions;
CREATE POLICY ws ON docs.versions USING (EXISTS (SELECT 1 FROM docs.papers p WHERE p.id = paper_id)) WITH CHECK (content <> '');
