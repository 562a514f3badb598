-- Money that moves between two accounts with nobody treated: 划拨 into a family account and back, a wallet's
-- transfers, a premium paid for somebody. p_beneficiary and p_serial together happen once for ever
-- (transaction_credit_once), which is how "once a month" and "either taken or given back" are kept.
-- p_keep is what must stay on the account the money leaves, in 分. Lock order: accounts by id.
-- Codes: 'posted', 'there' (this serial was posted before, ref tells which), 'insufficient_balance'.

CREATE FUNCTION ledger_do_move(
    p_id uuid, p_kind text, p_serial text, p_beneficiary uuid, p_category text, p_from bigint, p_to bigint,
    p_amount bigint, p_keep bigint, p_reason text, p_event timestamptz, p_posted timestamptz
) RETURNS ledger_answer LANGUAGE plpgsql AS $$
DECLARE
    answer ledger_answer;
    source record;
    t ledger_transaction;
BEGIN
    IF p_kind NOT IN ('pool_in', 'pool_out', 'wallet_send', 'wallet_take', 'wallet_back', 'premium') THEN
        RAISE EXCEPTION 'no money moves by %', p_kind USING ERRCODE = 'check_violation';
    END IF;
    PERFORM FROM ledger_account WHERE id IN (p_from, p_to) AND seq IS NOT NULL ORDER BY id FOR NO KEY UPDATE;
    SELECT owner_id, balance INTO STRICT source FROM ledger_account WHERE id = p_from;
    answer.ref := ledger_posted_under(NULL, p_beneficiary, p_serial);
    answer.code := CASE
        WHEN answer.ref IS NOT NULL THEN 'there'
        WHEN source.balance - p_amount < p_keep THEN 'insufficient_balance' END;
    IF answer.code IS NOT NULL THEN
        RETURN answer;
    END IF;
    t.id := p_id;
    t.kind := p_kind;
    t.serial := p_serial;
    t.beneficiary_id := p_beneficiary;
    t.category := p_category;
    t.away := false;
    t.event_at := p_event;
    t.posted_at := COALESCE(p_posted, clock_timestamp());
    t.total := p_amount;
    t.own := CASE WHEN source.owner_id <> p_beneficiary THEN 0 ELSE p_amount END;
    t.shared := p_amount - t.own;
    t.cash := 0;
    t.reason := p_reason;
    answer.code := 'posted';
    answer.ref := p_id;
    IF NOT ledger_record(t, ARRAY[p_from, p_to], ARRAY[-p_amount, p_amount], ARRAY[NULL, NULL]::bigint[]) THEN
        answer.code := 'there';
        answer.ref := ledger_posted_under(NULL, p_beneficiary, p_serial);
    END IF;
    RETURN answer;
END $$;

CREATE FUNCTION ledger_move(
    p_id uuid, p_kind text, p_serial text, p_beneficiary uuid, p_category text, p_from bigint, p_to bigint,
    p_amount bigint, p_keep bigint, p_reason text, p_event timestamptz
) RETURNS ledger_answer LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN ledger_do_move(p_id, p_kind, p_serial, p_beneficiary, p_category, p_from, p_to,
                          p_amount, p_keep, p_reason, p_event, NULL);
END $$;

REVOKE ALL ON FUNCTION ledger_do_move(
    uuid, text, text, uuid, text, bigint, bigint, bigint, bigint, text, timestamptz, timestamptz) FROM PUBLIC;
