-- What an auditor is told, from one snapshot: one statement.
WITH summed AS (
    SELECT account_id, count(*) AS entries, sum(amount) AS sum FROM ledger_entry GROUP BY account_id
)
SELECT
    (SELECT count(*) FROM ledger_transaction),
    (SELECT COALESCE(sum(entries), 0)::bigint FROM summed),
    (SELECT COALESCE(sum(sum), 0)::bigint FROM summed),
    (SELECT count(*) FROM ledger_account AS a LEFT JOIN summed AS s ON s.account_id = a.id
     WHERE a.seq IS NOT NULL AND a.balance <> COALESCE(s.sum, 0)),
    (SELECT encode(sha256(COALESCE(string_agg(int8send(id) || int8send(seq) || head, '' ORDER BY id), '')), 'hex')
     FROM ledger_account WHERE seq IS NOT NULL),
    clock_timestamp()
