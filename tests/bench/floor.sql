-- The plain SQL floor: the smallest schema that can settle, and one hand-tuned function. No foreign keys, no
-- guards, no chain, no stored reply. What it does per call is what a settlement does: lock own + 2 authorizers,
-- own first, then balance descending, rest cash; 1 transaction, 4 entries.
DROP SCHEMA IF EXISTS floor CASCADE;
CREATE SCHEMA floor;
CREATE TABLE floor.account (id bigint PRIMARY KEY, balance bigint NOT NULL CHECK (balance >= 0), seq bigint NOT NULL)
    WITH (fillfactor = 80);
CREATE TABLE floor.mandate (beneficiary bigint, account bigint, PRIMARY KEY (beneficiary, account));
CREATE TABLE floor.txn (id bigserial PRIMARY KEY, key uuid NOT NULL UNIQUE, beneficiary bigint NOT NULL,
    provider bigint NOT NULL, total bigint NOT NULL, cash bigint NOT NULL, at timestamptz NOT NULL DEFAULT now());
CREATE TABLE floor.entry (txn bigint NOT NULL, account bigint NOT NULL, amount bigint NOT NULL, seq bigint,
    balance_after bigint);
CREATE UNIQUE INDEX ON floor.entry (account, seq);

CREATE FUNCTION floor.settle(p_key uuid, p_beneficiary bigint, p_provider bigint, p_amount bigint)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    ids bigint[];
    paid bigint[] := '{}';
    taken bigint[] := '{}';
    rest bigint := p_amount;
    part bigint;
    a record;
    t bigint;
BEGIN
    SELECT array_agg(account) INTO ids FROM floor.mandate WHERE beneficiary = p_beneficiary;
    ids := ids || p_beneficiary;
    PERFORM FROM floor.account WHERE id = ANY (ids) ORDER BY id FOR NO KEY UPDATE;
    FOR a IN SELECT id, balance FROM floor.account WHERE id = ANY (ids)
             ORDER BY id <> p_beneficiary, balance DESC, id LOOP
        part := LEAST(rest, a.balance);
        CONTINUE WHEN part = 0;
        paid := paid || a.id;
        taken := taken || part;
        rest := rest - part;
        EXIT WHEN rest = 0;
    END LOOP;
    INSERT INTO floor.txn (key, beneficiary, provider, total, cash)
    VALUES (p_key, p_beneficiary, p_provider, p_amount, rest) RETURNING id INTO t;
    UPDATE floor.account AS f SET balance = f.balance - p.part, seq = f.seq + 1
    FROM unnest(paid, taken) AS p(id, part) WHERE f.id = p.id;
    INSERT INTO floor.entry
    SELECT t, p.id, -p.part, f.seq, f.balance FROM unnest(paid, taken) AS p(id, part)
    JOIN floor.account AS f ON f.id = p.id
    UNION ALL SELECT t, p_provider, p_amount - rest, NULL, NULL;
    RETURN t;
END $$;

INSERT INTO floor.account
SELECT n, CASE (n - 1) %% 3 WHEN 0 THEN 1000 WHEN 1 THEN 900 ELSE 800 END, 0 FROM generate_series(1, 3 * %(families)s) AS n;
INSERT INTO floor.mandate
SELECT 3 * f + 1, 3 * f + 1 + k FROM generate_series(0, %(families)s - 1) AS f, generate_series(1, 2) AS k;
ANALYZE floor.account; ANALYZE floor.mandate;
