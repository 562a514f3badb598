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

-- Which transactions are whole: they add up; without entries they are all cash; a settlement has a provider and
-- points at nothing, a reversal points at its original; only care and premiums have a category. One call instead of
-- expressions that every INSERT parses and plans anew (decision 0013).
CREATE FUNCTION ledger_is_sound(
    kind text, provider bigint, reverses uuid, category text, total bigint, own bigint, shared bigint, cash bigint,
    entries smallint
) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN total > 0 AND own >= 0 AND shared >= 0 AND cash >= 0 AND total = own + shared + cash
        AND CASE entries WHEN 0 THEN total = cash ELSE entries >= 2 AND total > cash END
        AND (kind = 'reversal') = (reverses IS NOT NULL)
        AND (kind = 'settlement') = (provider IS NOT NULL AND reverses IS NULL)
        AND (provider IS NOT NULL OR reverses IS NOT NULL OR kind = 'premium' OR category = '' AND kind IN (
            'opening', 'contribution', 'interest', 'pool_in', 'pool_out', 'wallet_send', 'wallet_take', 'wallet_back'));
END $$;

ALTER TABLE ledger_transaction ADD CONSTRAINT transaction_is_sound CHECK (
    ledger_is_sound(kind, provider_id, reverses_id, category, total, own, shared, cash, entry_count));

-- A stored balance moves only inside ledger_keep_balances below, that is, together with its entry. What kind of
-- account has one is decided when it opens: neither its kind nor its owner ever changes.
CREATE FUNCTION ledger_open_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.kind IN ('personal', 'wallet', 'pool') THEN
        IF NEW.owner_id IS NULL THEN
            RAISE EXCEPTION 'a % account has an owner', NEW.kind
                USING ERRCODE = 'check_violation', CONSTRAINT = 'account_has_an_owner';
        END IF;
        IF NEW.balance = 0 AND NEW.seq = 0 AND NEW.head = decode(repeat('00', 32), 'hex') THEN
            RETURN NEW;
        END IF;
    ELSIF NEW.kind IN ('provider', 'fund', 'premium', 'transit') THEN
        IF NEW.balance IS NULL AND NEW.seq IS NULL AND NEW.head IS NULL THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'a % account does not open like this', NEW.kind
        USING ERRCODE = 'check_violation', CONSTRAINT = 'account_opens_empty';
END $$;

CREATE TRIGGER account_opens_empty BEFORE INSERT ON ledger_account
    FOR EACH ROW EXECUTE FUNCTION ledger_open_account();
CREATE FUNCTION ledger_hold_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.balance, OLD.seq, OLD.head, OLD.kind, OLD.owner_id)
        IS DISTINCT FROM (NEW.balance, NEW.seq, NEW.head, NEW.kind, NEW.owner_id) THEN
        RAISE EXCEPTION '% is append-only: balances follow entries', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER account_moves_by_entries BEFORE UPDATE OF balance, seq, head, kind, owner_id ON ledger_account
    FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION ledger_hold_account();

-- The entries of a transaction come in one statement, are as many as it says, are numbered 1 to n, sum to zero
-- and move what it says; their accounts are there. Stored accounts go on exactly from their last entry. One entry
-- per account and statement. Two foreign keys say less and cost a look-up and a row lock per entry: decision 0013.
CREATE FUNCTION ledger_keep_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    legs record;
    moved bigint;
BEGIN
    SELECT bool_and(sound) AS sound, sum(stored) AS stored INTO legs
    FROM (
        SELECT t.id IS NOT NULL AND sum(e.amount) = 0 AND sum(e.amount) FILTER (WHERE e.amount > 0) = t.total - t.cash
                   AND count(*) = t.entry_count AND max(e.line) = t.entry_count AND count(*) = count(a.id) AS sound,
               count(COALESCE(a.seq, e.seq)) AS stored
        FROM fresh AS e
        LEFT JOIN ledger_transaction AS t ON t.id = e.transaction_id
        LEFT JOIN ledger_account AS a ON a.id = e.account_id
        GROUP BY e.transaction_id, t.id
    ) AS each;
    IF NOT legs.sound THEN
        RAISE EXCEPTION 'entries do not balance, or are not those of their transaction'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_balanced';
    END IF;

    UPDATE ledger_account AS a
    SET balance = e.balance_after, seq = e.seq, head = e.hash
    FROM fresh AS e
    WHERE a.id = e.account_id AND a.seq = e.seq - 1 AND a.balance + e.amount = e.balance_after;
    GET DIAGNOSTICS moved = ROW_COUNT;
    IF moved <> legs.stored THEN
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

-- Reversals of one settlement or premium together take back at most what it was; the row makes parallel ones queue.
CREATE FUNCTION ledger_count_reversal() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    original ledger_transaction;
BEGIN
    SELECT * INTO original FROM ledger_transaction WHERE id = NEW.reverses_id;
    IF original.kind NOT IN ('settlement', 'premium') OR original.provider_id IS DISTINCT FROM NEW.provider_id
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
