-- A reversal gives money back in the opposite order of use: cash first, then the last authorizer, the own account
-- last. p_amount NULL means all that is left. Ended bindings and closed months get their money back all the same;
-- the month of the original use is lowered. A premium (p_provider NULL) is refunded the same way. Lock order: the original, mandates by id, accounts by id.

CREATE FUNCTION ledger_do_reverse(
    p_id uuid, p_provider bigint, p_original uuid, p_serial text, p_amount bigint, p_reason text,
    p_event timestamptz, p_key text, p_request bytea, p_posted timestamptz
) RETURNS ledger_answer LANGUAGE plpgsql AS $$
DECLARE
    answer ledger_answer;
    original ledger_transaction;
    leg record;
    accounts bigint[] := '{}';
    amounts bigint[] := '{}';
    mandates bigint[] := '{}';
    parts json[] := '{}';
    before bigint;
    rest bigint;
    part bigint;
    t ledger_transaction;
BEGIN
    IF p_key IS NOT NULL THEN
        answer := ledger_replay(p_provider, p_key, p_request);
        IF answer.code IS NOT NULL THEN
            RETURN answer;
        END IF;
    END IF;

    SELECT * INTO original FROM ledger_transaction
    WHERE id = p_original AND provider_id IS NOT DISTINCT FROM p_provider FOR NO KEY UPDATE;
    SELECT reversed INTO before FROM ledger_reversedtotal WHERE original_id = p_original;
    before := COALESCE(before, 0);
    rest := COALESCE(p_amount, original.total - before);
    answer.ref := ledger_posted_under(p_provider, original.beneficiary_id, p_serial);
    answer.code := CASE
        WHEN original.id IS NULL THEN 'not_found'
        WHEN answer.ref IS NOT NULL THEN 'duplicate_provider_serial'
        WHEN original.kind NOT IN ('settlement', 'premium') THEN 'not_a_settlement'
        WHEN before = original.total THEN 'already_reversed'
        WHEN rest > original.total - before THEN 'reversal_exceeds_original' END;
    IF answer.code IS NOT NULL THEN
        RETURN answer;
    END IF;

    PERFORM FROM ledger_mandate WHERE id IN (SELECT mandate_id FROM ledger_entry WHERE transaction_id = p_original)
    ORDER BY id FOR SHARE;
    PERFORM FROM ledger_account
    WHERE seq IS NOT NULL AND id IN (SELECT account_id FROM ledger_entry WHERE transaction_id = p_original)
    ORDER BY id FOR NO KEY UPDATE;

    t.id := p_id;
    t.posted_at := COALESCE(p_posted, clock_timestamp());
    t.total := rest;
    t.cash := LEAST(GREATEST(original.cash - before, 0), rest);
    t.own := 0;
    t.shared := 0;
    before := GREATEST(before - original.cash, 0);
    rest := rest - t.cash;
    FOR leg IN
        SELECT e.account_id, e.mandate_id, -e.amount AS paid,
               CASE WHEN a.owner_id <> original.beneficiary_id THEN COALESCE(m.kind, 'mutual_aid') ELSE COALESCE(m.kind, 'own') END AS source,
               CASE WHEN m.kind <> 'pool' THEN m.authorizer_mask END AS authorizer
        FROM ledger_entry AS e JOIN ledger_account AS a ON a.id = e.account_id
        LEFT JOIN ledger_mandate AS m ON m.id = e.mandate_id
        WHERE e.transaction_id = p_original AND e.amount < 0 ORDER BY e.line DESC
    LOOP
        EXIT WHEN rest = 0;
        part := LEAST(GREATEST(leg.paid - before, 0), rest);
        before := GREATEST(before - leg.paid, 0);
        CONTINUE WHEN part = 0;
        accounts := accounts || leg.account_id;
        amounts := amounts || part;
        mandates := mandates || leg.mandate_id;
        IF leg.source = 'own' THEN
            t.own := part;
        ELSE
            t.shared := t.shared + part;
        END IF;
        parts := parts || json_build_object(
            'source', leg.source, 'amount', ledger_yuan(part), 'authorizer', leg.authorizer,
            'order', cardinality(parts) + 1);
        rest := rest - part;
    END LOOP;
    IF rest <> 0 THEN
        RAISE EXCEPTION 'settlement % does not give back what it took', p_original;
    END IF;
    IF t.total > t.cash THEN
        accounts := accounts || (
            SELECT account_id FROM ledger_entry WHERE transaction_id = p_original AND amount > 0);
        amounts := amounts || (t.cash - t.total);
        mandates := mandates || NULL::bigint;
    END IF;

    t.kind := 'reversal';
    t.provider_id := p_provider;
    t.serial := p_serial;
    t.beneficiary_id := original.beneficiary_id;
    t.category := original.category;
    t.away := original.away;
    t.event_at := p_event;
    t.reverses_id := p_original;
    t.reason := p_reason;
    IF NOT ledger_record(t, accounts, amounts, mandates) THEN
        answer.ref := ledger_posted_under(p_provider, original.beneficiary_id, p_serial);
        answer.code := 'duplicate_provider_serial';
        RETURN answer;
    END IF;
    UPDATE ledger_monthuse AS u SET used = u.used - back.amount
    FROM unnest(mandates, amounts) AS back(mandate, amount)
    WHERE u.mandate_id = back.mandate AND u.month = ledger_month(original.posted_at);

    answer := ROW('posted', p_id, 201, json_build_object(
        'id', p_id, 'settlement', p_original, 'provider_serial', p_serial, 'amount', ledger_yuan(t.total),
        'own', ledger_yuan(t.own), 'mutual_aid', ledger_yuan(t.shared), 'cash', ledger_yuan(t.cash),
        'parts', array_to_json(parts), 'balance_after', json_build_object('own', (
            SELECT ledger_yuan(balance) FROM ledger_account
            WHERE owner_id = original.beneficiary_id AND kind = 'personal')),
        'reversed_at', ledger_time(t.posted_at))::text);
    IF p_key IS NOT NULL THEN
        INSERT INTO ledger_idempotencykey (provider_id, key, request, status, body, created_at)
        VALUES (p_provider, p_key, p_request, 201, answer.body, t.posted_at);
    END IF;
    RETURN answer;
END $$;

CREATE FUNCTION ledger_reverse(
    p_id uuid, p_provider bigint, p_original uuid, p_serial text, p_amount bigint, p_reason text,
    p_event timestamptz, p_key text, p_request bytea
) RETURNS ledger_answer LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN ledger_do_reverse(p_id, p_provider, p_original, p_serial, p_amount, p_reason, p_event, p_key, p_request, NULL);
END $$;

REVOKE ALL ON FUNCTION ledger_do_reverse(
    uuid, bigint, uuid, text, bigint, text, timestamptz, text, bytea, timestamptz) FROM PUBLIC;
