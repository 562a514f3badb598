-- Money that comes in (划入): one batch of rows, each once per person and serial ("contribution:2026-11").
-- Returns per row 'posted', 'there' (same amount, nothing done) or 'differs' (another amount is on the books).

CREATE FUNCTION ledger_do_credit(
    p_ids uuid[], p_accounts bigint[], p_funds bigint[], p_kinds text[], p_serials text[], p_amounts bigint[],
    p_events timestamptz[], p_posted timestamptz[]
) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    results text[] := '{}';
    item record;
    before bigint;
    t ledger_transaction;
BEGIN
    PERFORM FROM ledger_account WHERE id = ANY (p_accounts) ORDER BY id FOR NO KEY UPDATE;
    t.serial := '';
    t.category := '';
    t.away := false;
    t.shared := 0;
    t.cash := 0;
    t.reason := '';
    FOR item IN
        SELECT batch.*, a.owner_id
        FROM unnest(p_ids, p_accounts, p_funds, p_kinds, p_serials, p_amounts, p_events, p_posted) WITH ORDINALITY
            AS batch(id, account, fund, kind, serial, amount, event_at, posted_at, line)
        JOIN ledger_account AS a ON a.id = batch.account
        ORDER BY batch.line
    LOOP
        t.id := item.id;
        t.kind := item.kind;
        t.serial := item.serial;
        t.beneficiary_id := item.owner_id;
        t.event_at := item.event_at;
        t.posted_at := COALESCE(item.posted_at, clock_timestamp());
        t.total := item.amount;
        t.own := item.amount;
        IF ledger_record(t, ARRAY[item.account, item.fund], ARRAY[item.amount, -item.amount], ARRAY[NULL, NULL]::bigint[]) THEN
            results := results || 'posted'::text;
        ELSE
            SELECT total INTO before FROM ledger_transaction
            WHERE provider_id IS NULL AND beneficiary_id = item.owner_id AND serial = item.serial;
            results := results || CASE WHEN before = item.amount THEN 'there' ELSE 'differs' END;
        END IF;
    END LOOP;
    RETURN results;
END $$;

CREATE FUNCTION ledger_credit(
    p_ids uuid[], p_accounts bigint[], p_funds bigint[], p_kinds text[], p_serials text[], p_amounts bigint[],
    p_events timestamptz[]
) RETURNS text[] LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN ledger_do_credit(p_ids, p_accounts, p_funds, p_kinds, p_serials, p_amounts, p_events,
                            array_fill(NULL::timestamptz, ARRAY[cardinality(p_ids)]));
END $$;

REVOKE ALL ON FUNCTION ledger_do_credit(
    uuid[], bigint[], bigint[], text[], text[], bigint[], timestamptz[], timestamptz[]) FROM PUBLIC;
