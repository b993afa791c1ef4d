-- title: quoted mixed-case names with blanks, uuid tenants, two tenant columns spelled differently; discovered
-- config
-- environment: shared
-- db:
--   app: ${env:Core App}
--   tenants:
--     a: {id: 5f0d7a10-1111-4a4a-9a9a-aaaaaaaaaaaa}
--     b: {id: 5f0d7a10-2222-4b4b-8b8b-bbbbbbbbbbbb}
-- healthy
CREATE ROLE "Core Owner" NOLOGIN;
CREATE ROLE "Core App" LOGIN PASSWORD 'foreign-secret';
CREATE SCHEMA "Core Data" AUTHORIZATION "Core Owner";
SET ROLE "Core Owner";
CREATE TABLE "Core Data"."Tenants" ("OrgID" uuid PRIMARY KEY, "Display Name" text NOT NULL);
CREATE TABLE "Core Data"."Orders" ("Id" uuid DEFAULT gen_random_uuid(), "OrgID" uuid NOT NULL REFERENCES "Core Data"."Tenants", "Order No." text NOT NULL, "CreatedBy" text,
    PRIMARY KEY ("OrgID", "Id"), UNIQUE ("OrgID", "Order No."));
CREATE TABLE "Core Data"."Order Lines" ("Owner Org" uuid NOT NULL, "OrderId" uuid NOT NULL, "Line" smallint NOT NULL, "Select" text NOT NULL DEFAULT 'x',
    PRIMARY KEY ("Owner Org", "OrderId", "Line"), FOREIGN KEY ("Owner Org", "OrderId") REFERENCES "Core Data"."Orders" ("OrgID", "Id"));
INSERT INTO "Core Data"."Tenants" VALUES ('5f0d7a10-1111-4a4a-9a9a-aaaaaaaaaaaa', 'A "quoted"'), ('5f0d7a10-2222-4b4b-8b8b-bbbbbbbbbbbb', 'B; --');
INSERT INTO "Core Data"."Orders" ("OrgID", "Order No.", "CreatedBy") SELECT "OrgID", 'N-' || n, CASE WHEN n > 1 THEN 'me' END FROM "Core Data"."Tenants", generate_series(1, 3) n;
INSERT INTO "Core Data"."Order Lines" SELECT "OrgID", "Id", l FROM "Core Data"."Orders", generate_series(1, 2) l;
CREATE VIEW "Core Data"."Open Orders" WITH (security_invoker = true) AS SELECT "OrgID", "Order No." FROM "Core Data"."Orders";
ALTER TABLE "Core Data"."Tenants" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "Core Data"."Orders" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "Core Data"."Order Lines" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "Own rows" ON "Core Data"."Tenants" FOR SELECT USING ("OrgID" = nullif(current_setting('CoreData.OrgID', true), '')::uuid);
CREATE POLICY "Own rows" ON "Core Data"."Orders" USING ("OrgID" = nullif(current_setting('CoreData.OrgID', true), '')::uuid);
CREATE POLICY "Own rows" ON "Core Data"."Order Lines" USING ("Owner Org" = nullif(current_setting('CoreData.OrgID', true), '')::uuid);
GRANT USAGE ON SCHEMA "Core Data" TO "Core App";
GRANT SELECT ON "Core Data"."Tenants", "Core Data"."Open Orders" TO "Core App";
GRANT SELECT, INSERT, UPDATE, DELETE ON "Core Data"."Orders", "Core Data"."Order Lines" TO "Core App";
-- fault tenancy lines-off: row security switched off on the table with the other tenant column
ALTER TABLE "Core Data"."Order Lines" DISABLE ROW LEVEL SECURITY;
-- fault tenancy view-as-owner: the view loses security_invoker and its owner bypasses
ALTER VIEW "Core Data"."Open Orders" RESET (security_invoker);
ALTER VIEW "Core Data"."Open Orders" OWNER TO postgres;
-- fault tenancy system-rows: rows without creator are shown to all
DROP POLICY "Own rows" ON "Core Data"."Orders";
CREATE POLICY "Own rows" ON "Core Data"."Orders" USING ("OrgID" = nullif(current_setting('CoreData.OrgID', true), '')::uuid OR "CreatedBy" IS NULL);
-- fault tenancy matview: a cached report over all tenants
CREATE MATERIALIZED VIEW "Core Data"."Order Stats" AS SELECT "OrgID", count(*) AS "N" FROM "Core Data"."Orders" GROUP BY 1;
GRANT SELECT ON "Core Data"."Order Stats" TO "Core App";
-- fault tenancy blind-delete: deletes are not bound to the tenant
DROP POLICY "Own rows" ON "Core Data"."Order Lines";
CREATE POLICY r ON "Core Data"."Order Lines" FOR SELECT USING ("Owner Org" = nullif(current_setting('CoreData.OrgID', true), '')::uuid);
CREATE POLICY d ON "Core Data"."Order Lines" FOR DELETE USING ("Line" > 0);
-- fault tenancy inherited: last year's orders are a child table with the old grants and no row security
CREATE TABLE "Core Data"."Orders 2025" () INHERITS ("Core Data"."Orders");
INSERT INTO "Core Data"."Orders 2025" ("OrgID", "Order No.") SELECT "OrgID", 'old' FROM "Core Data"."Tenants";
GRANT SELECT ON "Core Data"."Orders 2025" TO "Core App";
-- fault tenancy not-superuser: a policy that asks only whether the session is a superuser's
CREATE POLICY "Not root" ON "Core Data"."Order Lines" FOR SELECT TO "Core App" USING (current_setting('is_superuser') = 'off');
