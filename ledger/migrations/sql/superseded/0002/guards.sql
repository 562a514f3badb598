-- What PostgreSQL guarantees about the books, whoever writes to them.

CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only, % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER transaction_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_transaction
    EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entry
    EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER idempotency_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_idempotencykey
    EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER account_stays BEFORE DELETE OR TRUNCATE ON ledger_account
    EXECUTE FUNCTION ledger_refuse_change();

-- A stored balance moves only inside ledger_keep_balances below, that is, together with its entry.
CREATE TRIGGER account_opens_empty BEFORE INSERT ON ledger_account
    FOR EACH ROW WHEN (NEW.balance <> 0 OR NEW.seq <> 0 OR NEW.head <> decode(repeat('00', 32), 'hex'))
    EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER account_moves_by_entries BEFORE UPDATE OF balance, seq, head, kind, owner_id ON ledger_account
    FOR EACH ROW WHEN (
        pg_trigger_depth() = 0
        AND (OLD.balance, OLD.seq, OLD.head, OLD.kind, OLD.owner_id)
            IS DISTINCT FROM (NEW.balance, NEW.seq, NEW.head, NEW.kind, NEW.owner_id)
    ) EXECUTE FUNCTION ledger_refuse_change();

-- The entries of a transaction come in one statement, are as many as it says, are numbered 1 to n, sum to zero
-- and move what it says. Stored accounts go on exactly from their last entry. One entry per account and statement.
CREATE FUNCTION ledger_keep_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moved bigint;
BEGIN
    PERFORM
    FROM (
        SELECT transaction_id, sum(amount) AS sum, sum(amount) FILTER (WHERE amount > 0) AS moved,
               count(*) AS lines, max(line) AS last
        FROM fresh GROUP BY transaction_id
    ) AS legs
    LEFT JOIN ledger_transaction AS t ON t.id = legs.transaction_id
    WHERE t.id IS NULL OR legs.sum <> 0 OR legs.moved <> t.total - t.cash
        OR legs.lines <> t.entry_count OR legs.last <> t.entry_count;
    IF FOUND THEN
        RAISE EXCEPTION 'entries do not balance, or are not those of their transaction'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_balanced';
    END IF;

    UPDATE ledger_account AS a
    SET balance = e.balance_after, seq = e.seq, head = e.hash
    FROM fresh AS e
    WHERE a.id = e.account_id AND a.seq = e.seq - 1 AND a.balance + e.amount = e.balance_after;
    GET DIAGNOSTICS moved = ROW_COUNT;

    PERFORM FROM fresh AS e JOIN ledger_account AS a ON a.id = e.account_id
    WHERE a.seq IS NOT NULL OR e.seq IS NOT NULL
    HAVING count(*) <> moved;
    IF FOUND THEN
        RAISE EXCEPTION 'an entry does not go on from the balance of its account'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_continues';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER entry_keeps_balances AFTER INSERT ON ledger_entry
    REFERENCING NEW TABLE AS fresh EXECUTE FUNCTION ledger_keep_balances();

-- A transaction that announces entries has them when it commits. The statement above checked all of them together.
CREATE FUNCTION ledger_expect_entries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM ledger_entry WHERE transaction_id = NEW.id AND line = NEW.entry_count;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'transaction % has no entries', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'transaction_has_its_entries';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER transaction_has_its_entries AFTER INSERT ON ledger_transaction
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.entry_count > 0)
    EXECUTE FUNCTION ledger_expect_entries();

-- Reversals of one settlement together take back at most what it was; the row makes parallel ones queue.
CREATE FUNCTION ledger_count_reversal() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    original ledger_transaction;
BEGIN
    SELECT * INTO original FROM ledger_transaction WHERE id = NEW.reverses_id;
    IF original.kind <> 'settlement' OR original.provider_id <> NEW.provider_id
        OR original.beneficiary_id <> NEW.beneficiary_id THEN
        RAISE EXCEPTION 'only the provider''s own settlement of that person can be reversed'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'reversal_of_a_settlement';
    END IF;
    INSERT INTO ledger_reversedtotal AS kept (original_id, total, reversed)
    VALUES (original.id, original.total, NEW.total)
    ON CONFLICT (original_id) DO UPDATE SET reversed = kept.reversed + EXCLUDED.reversed;
    RETURN NULL;
END $$;

CREATE TRIGGER transaction_counts_reversal AFTER INSERT ON ledger_transaction
    FOR EACH ROW WHEN (NEW.reverses_id IS NOT NULL) EXECUTE FUNCTION ledger_count_reversal();
CREATE TRIGGER reversed_total_follows BEFORE INSERT OR UPDATE ON ledger_reversedtotal
    FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER reversed_total_stays BEFORE DELETE OR TRUNCATE ON ledger_reversedtotal
    EXECUTE FUNCTION ledger_refuse_change();

-- Accounts change in place: room on the page keeps every update within it.
ALTER TABLE ledger_account SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);
ALTER TABLE ledger_monthuse SET (fillfactor = 80);
-- Used nonces matter for minutes; after a crash an empty table only forgets requests whose reply is stored.
ALTER TABLE ledger_nonce SET UNLOGGED;
