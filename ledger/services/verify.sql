-- Each part of the books is checked in slices, one statement a slice: what it compares comes from one snapshot,
-- whoever posts meanwhile. within(x) becomes the bounds of the slice. Content and chain are computed anew by the
-- functions that wrote them (migrations/sql/posting.sql).

-- part: transactions
-- Transactions and their legs in the order of both primary keys; and what was taken back of them.
SELECT COALESCE(sum(lines), 0) AS entries, count(id) AS transactions,
       min(leg_of::text) FILTER (WHERE id IS NULL) AS without_transaction,
       min(id::text) FILTER (WHERE wrong) AS wrong_transaction,
       (
           SELECT min(COALESCE(kept.original_id, back.reverses_id)::text)
           FROM (
               SELECT reverses_id, sum(total) AS reversed FROM ledger_transaction
               WHERE reverses_id IS NOT NULL AND within(reverses_id) GROUP BY reverses_id
           ) AS back
           FULL JOIN (SELECT * FROM ledger_reversedtotal WHERE within(original_id)) AS kept
               ON kept.original_id = back.reverses_id
           LEFT JOIN ledger_transaction AS original ON original.id = COALESCE(kept.original_id, back.reverses_id)
           WHERE back.reversed IS DISTINCT FROM kept.reversed OR kept.total IS DISTINCT FROM original.total
               OR kept.reversed > original.total
       ) AS wrong_reversal
FROM (
    SELECT t.id, legs.transaction_id AS leg_of, legs.lines,
           COALESCE(legs.sum, 0) <> 0 OR COALESCE(legs.moved, 0) <> t.total - t.cash
           OR COALESCE(legs.lines, 0) <> t.entry_count OR COALESCE(legs.last, 0) <> t.entry_count
           OR t.total <> t.own + t.shared + t.cash
           OR COALESCE(t.xid, 0) <= 0 OR COALESCE(t.recorded_at, '-infinity') < '2000-01-01'
           OR t.content_hash IS DISTINCT FROM ledger_content(
               ROW(t.*)::ledger_transaction,
               COALESCE(legs.accounts, '{}'), COALESCE(legs.amounts, '{}'), COALESCE(legs.mandates, '{}')) AS wrong
    FROM (SELECT * FROM ledger_transaction WHERE within(id)) AS t
    FULL JOIN (
        SELECT transaction_id, sum(amount) AS sum, sum(amount) FILTER (WHERE amount > 0) AS moved,
               count(*) AS lines, max(line) AS last,
               array_agg(account_id ORDER BY line) AS accounts, array_agg(amount ORDER BY line) AS amounts,
               array_agg(mandate_id ORDER BY line) AS mandates
        FROM ledger_entry WHERE within(transaction_id) GROUP BY transaction_id
    ) AS legs ON legs.transaction_id = t.id
) AS looked

-- part: accounts
-- Every chain from its first entry to the head of its account, and the months of the mandates on the account.
WITH used AS (
    -- The chain is followed and the months are added up in one pass.
    SELECT mandate_id, ledger_month(COALESCE(original_at, posted_at)) AS month, -sum(amount) AS used,
           count(*) AS entries, min(ARRAY[account_id, seq]) FILTER (
               WHERE seq <> seq_before + 1 OR balance_after <> balance_before + amount OR balance_after < 0
               OR content_hash IS NULL
               OR hash IS DISTINCT FROM ledger_link(hash_before, content_hash, account_id, seq, amount, balance_after)
           ) AS wrong
    FROM (
        SELECT e.*, t.content_hash, original.posted_at AS original_at,
               CASE WHEN e.mandate_id IS NOT NULL THEN t.posted_at END AS posted_at,
               lag(e.seq, 1, 0::bigint) OVER chain AS seq_before,
               lag(e.balance_after, 1, 0::bigint) OVER chain AS balance_before,
               lag(e.hash, 1, decode(repeat('00', 32), 'hex')) OVER chain AS hash_before
        FROM ledger_entry AS e
        LEFT JOIN ledger_transaction AS t ON t.id = e.transaction_id
        LEFT JOIN ledger_transaction AS original ON original.id = t.reverses_id AND e.mandate_id IS NOT NULL
        WHERE e.seq IS NOT NULL AND within(e.account_id)
        WINDOW chain AS (PARTITION BY e.account_id ORDER BY e.seq)
    ) AS linked
    GROUP BY 1, 2
), chain AS (
    SELECT sum(entries) AS entries, min(wrong) AS wrong FROM used
), account AS (
    SELECT count(a.id) AS accounts, min(COALESCE(a.id, e.account_id)) FILTER (
        WHERE a.id IS NULL
        OR a.seq IS NULL AND e.chained > 0
        OR a.seq IS NOT NULL AND (
            a.seq <> COALESCE(e.lines, 0) OR a.seq <> COALESCE(e.last, 0)
            OR a.balance <> COALESCE(last.balance_after, 0)
            OR a.head <> COALESCE(last.hash, decode(repeat('00', 32), 'hex')))
        OR seen.account_id IS NOT NULL AND (
            a.seq < seen.seq OR at_mark.hash IS DISTINCT FROM seen.head AND seen.seq > 0)
    ) AS wrong
    FROM (SELECT * FROM ledger_account WHERE within(id)) AS a
    FULL JOIN (
        SELECT account_id, count(*) AS lines, count(seq) AS chained, max(seq) AS last
        FROM ledger_entry WHERE within(account_id) GROUP BY account_id
    ) AS e ON e.account_id = a.id
    -- LIMIT keeps the planner from reading all entries for a few last ones.
    LEFT JOIN LATERAL (
        SELECT balance_after, hash FROM ledger_entry WHERE account_id = a.id AND seq = a.seq LIMIT 1
    ) AS last ON true
    LEFT JOIN ledger_verifiedaccount AS seen ON seen.account_id = a.id
    LEFT JOIN LATERAL (
        SELECT hash FROM ledger_entry WHERE account_id = seen.account_id AND seq = seen.seq LIMIT 1
    ) AS at_mark ON true
), month AS (
    SELECT min(mandate_id || ' month ' || month) AS wrong
    FROM (SELECT mandate_id, month, used FROM used WHERE mandate_id IS NOT NULL) AS booked
    FULL JOIN (
        SELECT u.mandate_id, u.month, u.used
        FROM ledger_mandate AS m JOIN ledger_monthuse AS u ON u.mandate_id = m.id
        WHERE within(m.account_id)
    ) AS kept USING (mandate_id, month)
    WHERE COALESCE(booked.used, 0) <> COALESCE(kept.used, 0)
)
SELECT chain.entries, account.accounts, chain.wrong AS wrong_chain, account.wrong AS wrong_account,
       month.wrong AS wrong_month
FROM chain, account, month

-- part: keys
-- A reply that says 201 has its posting, made for the same provider.
SELECT min(k.provider_id || ' ' || k.key) AS wrong_key
FROM (
    SELECT provider_id, key, CASE
        WHEN id LIKE '________-____-____-____-____________' AND id !~ '[^0-9a-f-]' AND length(replace(id, '-', '')) = 32
        THEN id::uuid END AS id
    FROM (
        SELECT provider_id, key, split_part(body, '"', 4) AS id FROM ledger_idempotencykey
        WHERE status = 201 AND within(provider_id, key) OFFSET 0
    ) AS replied
) AS k
LEFT JOIN ledger_transaction AS t ON t.id = k.id
WHERE t.id IS NULL OR t.provider_id <> k.provider_id

-- part: moved
-- The entries since each account was last verified; what is in order is marked so in the same statement.
WITH begun AS MATERIALIZED (
    SELECT a.id, a.seq, a.balance, a.head, COALESCE(seen.seq, 0) AS from_seq, COALESCE(seen.balance, 0) AS from_balance,
           COALESCE(seen.head, decode(repeat('00', 32), 'hex')) AS from_head
    FROM ledger_account AS a LEFT JOIN ledger_verifiedaccount AS seen ON seen.account_id = a.id
    WHERE a.seq IS NOT NULL AND within(a.id)
        AND (seen.seq, seen.balance, seen.head) IS DISTINCT FROM (a.seq, a.balance, a.head)
), linked AS MATERIALIZED (
    SELECT e.account_id, e.seq, e.balance_after, e.hash,
           COALESCE(
               e.seq = lag(e.seq, 1, b.from_seq) OVER chain + 1
               AND e.balance_after = lag(e.balance_after, 1, b.from_balance) OVER chain + e.amount
               AND e.balance_after >= 0
               AND e.hash = ledger_link(
                   lag(e.hash, 1, b.from_head) OVER chain, t.content_hash, e.account_id, e.seq, e.amount, e.balance_after),
               false) AS fits
    FROM begun AS b
    JOIN ledger_entry AS e ON e.account_id = b.id AND e.seq > b.from_seq
    LEFT JOIN ledger_transaction AS t ON t.id = e.transaction_id
    WINDOW chain AS (PARTITION BY e.account_id ORDER BY e.seq)
), ended AS (
    SELECT b.id, b.seq, b.balance, b.head, e.entries, e.wrong_seq,
           (b.seq, b.balance, b.head) IS NOT DISTINCT FROM (
               COALESCE(last.seq, b.from_seq), COALESCE(last.balance_after, b.from_balance), COALESCE(last.hash, b.from_head)
           ) AS fits
    FROM begun AS b
    LEFT JOIN (
        SELECT account_id, count(*) AS entries, max(seq) AS last_seq, min(seq) FILTER (WHERE NOT fits) AS wrong_seq
        FROM linked GROUP BY account_id
    ) AS e ON e.account_id = b.id
    LEFT JOIN linked AS last ON last.account_id = b.id AND last.seq = e.last_seq
), marked AS (
    INSERT INTO ledger_verifiedaccount AS seen (account_id, seq, balance, head)
    SELECT id, seq, balance, head FROM ended WHERE fits AND wrong_seq IS NULL
    ON CONFLICT (account_id) DO UPDATE SET seq = EXCLUDED.seq, balance = EXCLUDED.balance, head = EXCLUDED.head
)
SELECT COALESCE(sum(entries), 0) AS entries, count(*) AS accounts,
       min(ARRAY[id, wrong_seq]) FILTER (WHERE wrong_seq IS NOT NULL) AS wrong_chain,
       min(id) FILTER (WHERE NOT fits) AS wrong_account
FROM ended

-- part: sealed
-- What lies between two transaction numbers of one era, by seal: leaves for the root, and the content again.
SELECT width_bucket(t.xid, %(cuts)s::bigint[]) AS place, count(*) AS rows, sum(t.entry_count) AS entries,
       max(t.recorded_at) AS latest, string_agg(t.content_hash, ''::bytea ORDER BY t.id) AS leaves,
       min(t.id::text) FILTER (WHERE %(contents)s AND t.content_hash IS DISTINCT FROM ledger_content(
           ROW(t.*)::ledger_transaction, COALESCE(legs.accounts, '{}'), COALESCE(legs.amounts, '{}'),
           COALESCE(legs.mandates, '{}'))) AS wrong_transaction
FROM ledger_transaction AS t
LEFT JOIN LATERAL (
    SELECT array_agg(account_id ORDER BY line) AS accounts, array_agg(amount ORDER BY line) AS amounts,
           array_agg(mandate_id ORDER BY line) AS mandates
    FROM ledger_entry WHERE transaction_id = t.id
) AS legs ON %(contents)s
WHERE t.xid >= %(from_xid)s AND t.xid < %(to_xid)s AND t.recorded_at >= %(since)s AND t.recorded_at <= %(until)s
GROUP BY 1 ORDER BY 1
