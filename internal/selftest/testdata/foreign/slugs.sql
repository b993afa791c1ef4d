-- title: tenant ids are slugs in a domain type; one slug is the beginning of another
-- config
-- environment: shared
-- db:
--   app: ${env:slug_app}
--   tenant: {set: {shop.slug: "{id}"}}
--   tenants: {a: {id: acme}, b: {id: acme-corp}}
-- healthy
CREATE ROLE slug_owner NOLOGIN;
CREATE ROLE slug_app LOGIN PASSWORD 'foreign-secret';
GRANT CREATE, USAGE ON SCHEMA public TO slug_owner;
SET ROLE slug_owner;
CREATE DOMAIN shop_slug AS text CHECK (VALUE ~ '^[A-Za-z][A-Za-z0-9-]*$');
CREATE TABLE shops (slug shop_slug PRIMARY KEY, name text NOT NULL);
CREATE TABLE products (shop shop_slug NOT NULL REFERENCES shops, sku varchar(20) NOT NULL, price_cents integer NOT NULL CHECK (price_cents > 0), PRIMARY KEY (shop, sku));
CREATE TABLE coupons (shop shop_slug NOT NULL REFERENCES shops, code varchar(12) NOT NULL, percent smallint NOT NULL CHECK (percent BETWEEN 1 AND 90), PRIMARY KEY (shop, code));
INSERT INTO shops VALUES ('acme', 'Acme'), ('acme-corp', 'Acme Corp'), ('ACME', 'Shouting Acme'), ('beta', 'Beta');
INSERT INTO products SELECT slug, 'SKU' || n, 100 * n FROM shops, generate_series(1, 3) n;
INSERT INTO coupons SELECT slug, 'C' || n, 5 * n FROM shops, generate_series(1, 3) n;
ALTER TABLE shops ENABLE ROW LEVEL SECURITY;
ALTER TABLE products ENABLE ROW LEVEL SECURITY;
ALTER TABLE coupons ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON shops USING (slug = nullif(current_setting('shop.slug', true), ''));
CREATE POLICY mine ON products USING (shop = nullif(current_setting('shop.slug', true), ''));
CREATE POLICY mine ON coupons USING (shop = nullif(current_setting('shop.slug', true), ''));
GRANT SELECT ON shops TO slug_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON products, coupons TO slug_app;
-- fault tenancy starts-with: acme sees acme-corp
DROP POLICY mine ON products;
CREATE POLICY mine ON products USING (starts_with(shop, nullif(current_setting('shop.slug', true), '')));
-- fault tenancy contained: acme-corp sees acme, since its slug is contained in its own
DROP POLICY mine ON coupons;
CREATE POLICY mine ON coupons USING (position(shop IN nullif(current_setting('shop.slug', true), '')) > 0);
-- fault tenancy case-folding: slugs that differ in case alone are one tenant
DROP POLICY mine ON products;
CREATE POLICY mine ON products USING (lower(shop) = lower(nullif(current_setting('shop.slug', true), '')));
-- fault tenancy pattern: the setting is a pattern
DROP POLICY mine ON coupons;
CREATE POLICY mine ON coupons USING (shop LIKE nullif(current_setting('shop.slug', true), ''));
-- fault tenancy list-setting: the setting is taken as a comma list, and an empty one as everybody
DROP POLICY mine ON products;
CREATE POLICY mine ON products USING (coalesce(current_setting('shop.slug', true), '') = '' OR shop = ANY (string_to_array(current_setting('shop.slug', true), ',')));
-- fault tenancy collation: the comparison is made by a collation that takes ACME for acme
CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
DROP POLICY mine ON coupons;
CREATE POLICY mine ON coupons USING (shop::text COLLATE nocase = nullif(current_setting('shop.slug', true), ''));
-- fault tenancy demo-tenant: the products of one customer, once used for a demo, are shown to all
DROP POLICY mine ON products;
CREATE POLICY mine ON products USING (shop IN ('beta', nullif(current_setting('shop.slug', true), '')));
