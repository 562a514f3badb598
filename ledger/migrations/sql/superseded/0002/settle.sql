-- A settlement in one call: own account first, then the authorizers in the order of the beneficiary's area, then cash.
-- ledger/rules.py has the same rule in plain Python. Lock order: mandates by id, accounts by id; locks are taken
-- in statements of their own, and what was locked is read and sorted afterwards.
-- p_dry computes the split and writes nothing. p_posted is for imported history only.

CREATE FUNCTION ledger_do_settle(
    p_id uuid, p_provider bigint, p_serial text, p_beneficiary uuid, p_amount bigint, p_category text,
    p_event timestamptz, p_away boolean, p_key text, p_request bytea, p_dry boolean, p_posted timestamptz
) RETURNS ledger_answer LANGUAGE plpgsql AS $$
DECLARE
    answer ledger_answer;
    payee record;
    own record;
    terms record;
    source record;
    home text;
    at timestamptz := COALESCE(p_posted, clock_timestamp());
    locked bigint[];
    drawn bigint[];
    accounts bigint[] := '{}';
    amounts bigint[] := '{}';
    mandates bigint[] := '{}';
    parts json[] := '{}';
    rest bigint := p_amount;
    part bigint;
    t ledger_transaction;
BEGIN
    IF p_key IS NOT NULL THEN
        answer := ledger_replay(p_provider, p_key, p_request);
        IF answer.code IS NOT NULL THEN
            RETURN answer;
        END IF;
    END IF;

    SELECT account_id, area INTO STRICT payee FROM ledger_provider WHERE id = p_provider;
    SELECT id, area INTO own FROM ledger_account WHERE owner_id = p_beneficiary AND kind = 'personal';
    SELECT area INTO home FROM accounts_enrollment WHERE person_id = p_beneficiary AND current;
    home := COALESCE(home, own.area, payee.area);
    SELECT share_order, categories INTO terms FROM ledger_terms(home, at);
    IF p_category <> ALL (terms.categories) THEN
        answer.code := 'category_not_allowed';
        RETURN answer;
    END IF;
    IF NOT p_away AND left(home, 2) <> left(payee.area, 2) THEN
        answer.code := 'outside_area';
        RETURN answer;
    END IF;

    -- The clock is read again for a row that made us wait: a mandate ended meanwhile is not live any more.
    SELECT array_agg(live.id), array_agg(live.account_id) INTO locked, drawn
    FROM (
        SELECT m.id, m.account_id FROM ledger_mandate AS m
        WHERE m.beneficiary_id = p_beneficiary AND m.kind = 'mutual_aid' AND m.paused_at IS NULL
            AND m.valid_from <= COALESCE(p_posted, clock_timestamp())
            AND (m.valid_until IS NULL OR m.valid_until > COALESCE(p_posted, clock_timestamp()))
        ORDER BY m.id FOR SHARE
    ) AS live;
    PERFORM FROM ledger_account WHERE id = ANY (drawn || own.id) ORDER BY id FOR NO KEY UPDATE;
    t.posted_at := COALESCE(p_posted, clock_timestamp());

    SELECT a.balance, LEAST(p_amount, CASE WHEN a.away_allowed OR NOT p_away THEN a.balance ELSE 0 END) AS free
    INTO source FROM ledger_account AS a WHERE a.id = own.id;
    t.own := COALESCE(source.free, 0);
    IF t.own > 0 THEN
        accounts := ARRAY[own.id];
        amounts := ARRAY[-t.own];
        mandates := ARRAY[NULL::bigint];
        parts := ARRAY[json_build_object('source', 'own', 'amount', ledger_yuan(t.own), 'authorizer', NULL, 'order', 1)];
        rest := rest - t.own;
    END IF;
    IF source.balance IS NOT NULL THEN
        answer.body := ledger_yuan(source.balance - t.own);
    END IF;

    IF rest > 0 AND locked IS NOT NULL THEN
        FOR source IN
            SELECT m.id, a.id AS account, m.authorizer_mask,
                   LEAST(a.balance - r.min_balance, m.monthly_cap - COALESCE(u.used, 0)) AS free
            FROM ledger_mandate AS m
            JOIN ledger_account AS a ON a.id = m.account_id
            CROSS JOIN LATERAL ledger_terms(a.area, t.posted_at) AS r
            LEFT JOIN ledger_monthuse AS u ON u.mandate_id = m.id AND u.month = ledger_month(t.posted_at)
            WHERE m.id = ANY (locked) AND r.open AND p_category = ANY (r.categories)
                AND (a.away_allowed OR NOT p_away)
                AND left(a.area, r.scope_digits) = left(payee.area, r.scope_digits)
            ORDER BY CASE COALESCE(terms.share_order, 'balance_desc')
                         WHEN 'balance_desc' THEN -a.balance WHEN 'beneficiary_order' THEN m.rank END, m.id
        LOOP
            part := LEAST(rest, source.free);
            CONTINUE WHEN part <= 0 OR source.account = ANY (accounts);
            accounts := accounts || source.account;
            amounts := amounts || -part;
            mandates := mandates || source.id;
            parts := parts || json_build_object(
                'source', 'mutual_aid', 'amount', ledger_yuan(part),
                'authorizer', source.authorizer_mask, 'order', cardinality(parts) + 1);
            rest := rest - part;
            EXIT WHEN rest = 0;
        END LOOP;
    END IF;

    t.shared := p_amount - rest - t.own;
    answer.body := json_build_object(
        'id', CASE WHEN NOT p_dry THEN p_id END, 'provider_serial', p_serial, 'amount', ledger_yuan(p_amount),
        'own', ledger_yuan(t.own), 'mutual_aid', ledger_yuan(t.shared), 'cash', ledger_yuan(rest),
        'parts', array_to_json(parts), 'balance_after', json_build_object('own', answer.body),
        'settled_at', CASE WHEN NOT p_dry THEN ledger_time(t.posted_at) END)::text;
    IF p_dry THEN
        answer.code := 'quoted';
        answer.status := 200;
        RETURN answer;
    END IF;

    IF rest < p_amount THEN
        accounts := accounts || payee.account_id;
        amounts := amounts || (p_amount - rest);
        mandates := mandates || NULL::bigint;
    END IF;
    t.id := p_id;
    t.kind := 'settlement';
    t.provider_id := p_provider;
    t.serial := p_serial;
    t.beneficiary_id := p_beneficiary;
    t.category := p_category;
    t.away := p_away;
    t.event_at := p_event;
    t.total := p_amount;
    t.cash := rest;
    t.reason := '';
    IF NOT ledger_record(t, accounts, amounts, mandates) THEN
        answer := ROW('duplicate_provider_serial', NULL, NULL, NULL);
        SELECT id INTO answer.ref FROM ledger_transaction WHERE provider_id = p_provider AND serial = p_serial;
        RETURN answer;
    END IF;
    IF t.shared > 0 THEN
        INSERT INTO ledger_monthuse AS kept (mandate_id, month, used)
        SELECT leg.mandate, ledger_month(t.posted_at), -leg.amount
        FROM unnest(mandates, amounts) AS leg(mandate, amount) WHERE leg.mandate IS NOT NULL
        ON CONFLICT (mandate_id, month) DO UPDATE SET used = kept.used + EXCLUDED.used;
    END IF;
    IF p_key IS NOT NULL THEN
        INSERT INTO ledger_idempotencykey (provider_id, key, request, status, body, created_at)
        VALUES (p_provider, p_key, p_request, 201, answer.body, t.posted_at);
    END IF;
    answer.code := 'posted';
    answer.ref := p_id;
    answer.status := 201;
    RETURN answer;
END $$;

-- What the portal may call: always posted now.
CREATE FUNCTION ledger_settle(
    p_id uuid, p_provider bigint, p_serial text, p_beneficiary uuid, p_amount bigint, p_category text,
    p_event timestamptz, p_away boolean, p_key text, p_request bytea, p_dry boolean
) RETURNS ledger_answer LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN ledger_do_settle(p_id, p_provider, p_serial, p_beneficiary, p_amount, p_category, p_event, p_away,
                            p_key, p_request, p_dry, NULL);
END $$;

REVOKE ALL ON FUNCTION ledger_do_settle(
    uuid, bigint, text, uuid, bigint, text, timestamptz, boolean, text, bytea, boolean, timestamptz) FROM PUBLIC;
