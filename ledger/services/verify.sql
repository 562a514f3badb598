-- Each check finds the first wrong row, or none. The money comes first, derived tables last.

-- check: entry_of_a_transaction
SELECT 'transaction ' || e.transaction_id || ' line ' || e.line
FROM ledger_entry AS e
LEFT JOIN ledger_transaction AS t ON t.id = e.transaction_id
LEFT JOIN ledger_account AS a ON a.id = e.account_id
WHERE t.id IS NULL OR a.id IS NULL OR (a.seq IS NULL) <> (e.seq IS NULL)
ORDER BY e.transaction_id, e.line LIMIT 1

-- check: transaction
SELECT 'transaction ' || t.id
FROM ledger_transaction AS t
LEFT JOIN (
    SELECT transaction_id, sum(amount) AS sum, sum(amount) FILTER (WHERE amount > 0) AS moved,
           count(*) AS lines, max(line) AS last,
           array_agg(account_id ORDER BY line) AS accounts, array_agg(amount ORDER BY line) AS amounts,
           array_agg(mandate_id ORDER BY line) AS mandates
    FROM ledger_entry GROUP BY transaction_id
) AS legs ON legs.transaction_id = t.id
WHERE COALESCE(legs.sum, 0) <> 0 OR COALESCE(legs.moved, 0) <> t.total - t.cash
    OR COALESCE(legs.lines, 0) <> t.entry_count OR COALESCE(legs.last, 0) <> t.entry_count
    OR t.total <> t.own + t.shared + t.cash
    OR t.content_hash <> ledger_content(
        t, COALESCE(legs.accounts, '{}'), COALESCE(legs.amounts, '{}'), COALESCE(legs.mandates, '{}'))
ORDER BY t.id LIMIT 1

-- check: chain
SELECT 'account ' || account_id || ' entry ' || seq
FROM (
    SELECT e.*, t.content_hash, lag(e.seq, 1, 0::bigint) OVER line AS seq_before,
           lag(e.balance_after, 1, 0::bigint) OVER line AS balance_before,
           lag(e.hash, 1, decode(repeat('00', 32), 'hex')) OVER line AS hash_before
    FROM ledger_entry AS e JOIN ledger_transaction AS t ON t.id = e.transaction_id
    WHERE e.seq IS NOT NULL
    WINDOW line AS (PARTITION BY e.account_id ORDER BY e.seq)
) AS e
WHERE seq <> seq_before + 1 OR balance_after <> balance_before + amount OR balance_after < 0
    OR hash <> ledger_link(hash_before, content_hash, account_id, seq, amount, balance_after)
ORDER BY account_id, seq LIMIT 1

-- check: account
SELECT 'account ' || a.id
FROM ledger_account AS a
LEFT JOIN (
    SELECT account_id, sum(amount) AS sum, count(*) AS n FROM ledger_entry GROUP BY account_id
) AS e ON e.account_id = a.id
LEFT JOIN ledger_entry AS last ON last.account_id = a.id AND last.seq = a.seq
WHERE a.seq IS NOT NULL AND (
    a.balance <> COALESCE(e.sum, 0) OR a.seq <> COALESCE(e.n, 0)
    OR a.head <> COALESCE(last.hash, decode(repeat('00', 32), 'hex')))
ORDER BY a.id LIMIT 1

-- check: month_use
SELECT 'mandate ' || mandate_id || ' month ' || month
FROM (
    SELECT e.mandate_id, ledger_month(COALESCE(original.posted_at, t.posted_at)) AS month, -sum(e.amount) AS used
    FROM ledger_entry AS e
    JOIN ledger_transaction AS t ON t.id = e.transaction_id
    LEFT JOIN ledger_transaction AS original ON original.id = t.reverses_id
    WHERE e.mandate_id IS NOT NULL GROUP BY 1, 2
) AS e
FULL JOIN ledger_monthuse AS u USING (mandate_id, month)
WHERE COALESCE(e.used, 0) <> COALESCE(u.used, 0)
ORDER BY mandate_id, month LIMIT 1

-- check: reversed_total
SELECT 'transaction ' || original_id
FROM (
    SELECT reverses_id AS original_id, sum(total) AS reversed FROM ledger_transaction
    WHERE reverses_id IS NOT NULL GROUP BY 1
) AS r
FULL JOIN ledger_reversedtotal AS kept USING (original_id)
LEFT JOIN ledger_transaction AS t ON t.id = original_id
WHERE r.reversed IS DISTINCT FROM kept.reversed OR kept.total IS DISTINCT FROM t.total OR kept.reversed > t.total
ORDER BY original_id LIMIT 1
