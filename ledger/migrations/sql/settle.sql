-- A settlement in one call: own account first, then the authorizers in the order of the beneficiary's area, then cash.
-- ledger/rules.py has the same rule in plain Python. Lock order: mandates by id, accounts by id; locks are taken
-- in statements of their own, and what was locked is read and sorted afterwards.
-- A wallet's money was sent to this very person, wherever they are treated: it goes before other shared money.
-- p_dry computes the split and writes nothing. p_posted is for imported history only.

-- What a mandate was used for in all, 分. A row a month: read only where a total was authorized.
CREATE FUNCTION ledger_used(p_mandate bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT COALESCE(sum(used), 0)::bigint FROM ledger_monthuse WHERE mandate_id = p_mandate;
$$;

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
    near text;
    sort_by text;
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
    t.posted_at := COALESCE(p_posted, clock_timestamp());
    SELECT * INTO terms FROM ledger_terms(home, t.posted_at);
    IF p_category <> ALL (terms.categories) THEN
        answer.code := 'category_not_allowed';
        RETURN answer;
    END IF;
    IF NOT p_away AND left(home, 2) <> left(payee.area, 2) THEN
        answer.code := 'outside_area';
        RETURN answer;
    END IF;
    sort_by := COALESCE(terms.share_order, 'balance_desc');
    near := home;

    -- The clock is read again for a row that made us wait: a mandate ended meanwhile is not live any more.
    SELECT array_agg(live.id), array_agg(live.account_id) INTO locked, drawn
    FROM (
        SELECT m.id, m.account_id FROM ledger_mandate AS m
        WHERE m.beneficiary_id = p_beneficiary AND m.kind <> 'view' AND m.paused_at IS NULL
            AND m.valid_from <= COALESCE(p_posted, clock_timestamp())
            AND (m.valid_until IS NULL OR m.valid_until > COALESCE(p_posted, clock_timestamp()))
        ORDER BY m.id FOR SHARE
    ) AS live;
    drawn := drawn || own.id;
    PERFORM FROM ledger_account WHERE id = ANY (drawn) ORDER BY id FOR NO KEY UPDATE;
    t.posted_at := COALESCE(p_posted, clock_timestamp());

    -- The own account is the row without a mandate and comes first. Terms are read again where the area changes.
    FOR source IN
        SELECT a.id AS account, a.area, a.balance, a.away_allowed, m.id AS mandate, COALESCE(m.kind, 'own') AS kind,
               CASE WHEN m.kind <> 'pool' THEN m.authorizer_mask END AS authorizer,
               LEAST(m.monthly_cap - COALESCE(u.used, 0),
                     m.authorized - CASE WHEN m.authorized IS NOT NULL THEN ledger_used(m.id) END) AS cap
        FROM ledger_account AS a
        LEFT JOIN ledger_mandate AS m ON m.account_id = a.id AND m.id = ANY (locked)
        LEFT JOIN ledger_monthuse AS u ON u.mandate_id = m.id AND u.month = ledger_month(t.posted_at)
        WHERE a.id = ANY (drawn)
        ORDER BY m.id IS NOT NULL, m.kind <> 'wallet',
                 CASE sort_by WHEN 'balance_desc' THEN -a.balance WHEN 'beneficiary_order' THEN m.rank END, m.id
    LOOP
        IF source.mandate IS NULL THEN
            answer.body := ledger_yuan(source.balance);
            part := CASE WHEN source.away_allowed OR NOT p_away THEN LEAST(rest, source.balance) ELSE 0 END;
            CONTINUE WHEN part = 0;
            answer.body := ledger_yuan(source.balance - part);
            t.own := part;
        ELSE
            IF source.area <> near THEN
                SELECT * INTO terms FROM ledger_terms(source.area, t.posted_at);
                near := source.area;
            END IF;
            CONTINUE WHEN NOT (
                terms.open AND p_category = ANY (terms.categories)
                AND (source.kind = 'wallet' OR (source.away_allowed OR NOT p_away)
                     AND left(source.area, terms.scope_digits) = left(payee.area, terms.scope_digits)));
            part := LEAST(
                rest, source.cap,
                source.balance - CASE source.kind WHEN 'mutual_aid' THEN terms.min_balance ELSE 0 END);
            CONTINUE WHEN part <= 0 OR source.account = ANY (accounts);
        END IF;
        accounts := accounts || source.account;
        amounts := amounts || -part;
        mandates := mandates || source.mandate;
        parts := parts || json_build_object(
            'source', source.kind, 'amount', ledger_yuan(part), 'authorizer', source.authorizer,
            'order', cardinality(accounts));
        rest := rest - part;
        EXIT WHEN rest = 0;
    END LOOP;

    t.own := COALESCE(t.own, 0);
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
        answer := ROW('duplicate_provider_serial', ledger_posted_under(p_provider, p_beneficiary, p_serial), NULL, NULL);
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
