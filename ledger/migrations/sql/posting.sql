-- Parts that every posting function uses: the stored reply, the content hash, the row and its entries.

CREATE TYPE ledger_answer AS (code text, ref uuid, status smallint, body text);
-- code: 'posted' | 'quoted' | 'replayed' (status and body are the reply to send), or why nothing was done.

CREATE FUNCTION ledger_yuan(fen bigint) RETURNS text LANGUAGE sql IMMUTABLE
RETURN (fen / 100)::text || '.' || lpad((fen % 100)::text, 2, '0');

-- STABLE, as extract() is: otherwise it would be called instead of inlined.
CREATE FUNCTION ledger_micros(at timestamptz) RETURNS bigint LANGUAGE sql STABLE
RETURN (extract(epoch FROM at) * 1000000)::bigint;

CREATE FUNCTION ledger_month(at timestamptz) RETURNS date LANGUAGE sql STABLE
RETURN date_trunc('month', at AT TIME ZONE 'Asia/Shanghai')::date;

CREATE FUNCTION ledger_time(at timestamptz) RETURNS text LANGUAGE sql STABLE
RETURN to_char(at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD"T"HH24:MI:SS.US"+08:00"');

-- The terms of an area: its own, else its city's, its province's, the national ones; the newest in force.
CREATE FUNCTION ledger_terms(code text, at timestamptz) RETURNS SETOF ledger_arearule LANGUAGE sql STABLE AS $$
    SELECT r.* FROM ledger_arearule AS r
    WHERE r.area IN (code, left(code, 4) || '00', left(code, 2) || '0000', '000000') AND r.valid_from <= at
    ORDER BY r.area DESC, r.valid_from DESC LIMIT 1;
$$;

-- What the chain proves of a transaction: every column and every leg, as one JSON text.
CREATE FUNCTION ledger_content(t ledger_transaction, accounts bigint[], amounts bigint[], mandates bigint[])
RETURNS bytea LANGUAGE sql STABLE
RETURN sha256(convert_to(json_build_array(
    t.id, t.kind, t.provider_id, t.serial, t.beneficiary_id, t.category, t.away,
    ledger_micros(t.event_at), ledger_micros(t.posted_at), t.total, t.own, t.shared, t.cash, t.entry_count,
    t.reverses_id, t.reason,
    array_to_string(accounts, ','), array_to_string(amounts, ','), array_to_string(mandates, ',', '-')
)::text, 'UTF8'));

CREATE FUNCTION ledger_link(head bytea, content bytea, account bigint, seq bigint, amount bigint, balance bigint)
RETURNS bytea LANGUAGE sql IMMUTABLE
RETURN sha256(head || content || int8send(account) || int8send(seq) || int8send(amount) || int8send(balance));

-- Writes a transaction with its legs in order of use; false when its serial was there already.
-- The caller holds the locks of the accounts.
CREATE FUNCTION ledger_record(t ledger_transaction, accounts bigint[], amounts bigint[], mandates bigint[])
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    written bigint;
BEGIN
    t.entry_count := cardinality(accounts);
    t.content_hash := ledger_content(t, accounts, amounts, mandates);
    INSERT INTO ledger_transaction (
        id, kind, provider_id, serial, beneficiary_id, category, away, event_at, posted_at, total, own, shared, cash,
        entry_count, reverses_id, reason, content_hash
    ) VALUES (
        t.id, t.kind, t.provider_id, t.serial, t.beneficiary_id, t.category, t.away, t.event_at, t.posted_at,
        t.total, t.own, t.shared, t.cash, t.entry_count, t.reverses_id, t.reason, t.content_hash
    ) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF t.entry_count = 0 THEN
        RETURN true;
    END IF;
    INSERT INTO ledger_entry (transaction_id, line, account_id, amount, seq, balance_after, hash, mandate_id)
    SELECT t.id, leg.line, a.id, leg.amount, a.seq + 1, a.balance + leg.amount,
           ledger_link(a.head, t.content_hash, a.id, a.seq + 1, leg.amount, a.balance + leg.amount), leg.mandate
    FROM unnest(accounts, amounts, mandates) WITH ORDINALITY AS leg(account, amount, mandate, line)
    JOIN ledger_account AS a ON a.id = leg.account;
    GET DIAGNOSTICS written = ROW_COUNT;
    IF written <> t.entry_count THEN
        RAISE EXCEPTION 'wrote % of % entries', written, t.entry_count;
    END IF;
    RETURN true;
END $$;

-- The transaction of a serial: a provider's own, or, without a provider, one of the person's.
CREATE FUNCTION ledger_posted_under(p_provider bigint, p_beneficiary uuid, p_serial text)
RETURNS uuid LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF p_provider IS NOT NULL THEN
        RETURN (SELECT id FROM ledger_transaction WHERE provider_id = p_provider AND serial = p_serial);
    END IF;
    RETURN (SELECT id FROM ledger_transaction
            WHERE provider_id IS NULL AND beneficiary_id = p_beneficiary AND serial = p_serial);
END $$;

-- The stored reply to a key; 'request_in_progress' while another session works on it; NULL code when it is new.
-- The lock is kept until the end of the transaction, so whoever comes next sees the stored reply.
CREATE FUNCTION ledger_replay(p_provider bigint, p_key text, p_request bytea)
RETURNS ledger_answer LANGUAGE plpgsql AS $$
DECLARE
    kept record;
    answer ledger_answer;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtextextended(p_key, p_provider)) THEN
        answer.code := 'request_in_progress';
        RETURN answer;
    END IF;
    SELECT request, status, body INTO kept FROM ledger_idempotencykey WHERE provider_id = p_provider AND key = p_key;
    IF FOUND THEN
        IF kept.request = p_request THEN
            answer := ROW('replayed', NULL, kept.status, kept.body);
        ELSE
            answer.code := 'idempotency_key_reused';
        END IF;
    END IF;
    RETURN answer;
END $$;

-- Stores a reply that no posting stored: refusals, quotes, searches. Returns the one stored earlier, if any.
CREATE FUNCTION ledger_remember(p_provider bigint, p_key text, p_request bytea, p_status smallint, p_body text)
RETURNS ledger_answer LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    answer ledger_answer;
BEGIN
    answer := ledger_replay(p_provider, p_key, p_request);
    IF answer.code IS NULL THEN
        INSERT INTO ledger_idempotencykey (provider_id, key, request, status, body, created_at)
        VALUES (p_provider, p_key, p_request, p_status, p_body, clock_timestamp());
        answer := ROW('posted', NULL, p_status, p_body);
    END IF;
    RETURN answer;
END $$;

-- True when the nonce is new, or when this is the very same request again.
CREATE FUNCTION ledger_use_nonce(p_key uuid, p_nonce text, p_signature bytea)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO ledger_nonce (key, nonce, signature, seen_at)
    VALUES (p_key, p_nonce, p_signature, clock_timestamp()) ON CONFLICT DO NOTHING;
    RETURN FOUND OR EXISTS (
        SELECT FROM ledger_nonce WHERE key = p_key AND nonce = p_nonce AND signature = p_signature
    );
END $$;
