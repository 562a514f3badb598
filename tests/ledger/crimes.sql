-- What somebody past every trigger and foreign key does to the books of test_ledger_seals.py: each crime with the
-- check that finds it. fit_again() makes everything fit again that the database can show: content, chains,
-- balances, totals.

-- means
CREATE FUNCTION pg_temp.purchase() RETURNS uuid LANGUAGE sql AS $$
    SELECT id FROM ledger_transaction WHERE kind = 'settlement' ORDER BY id LIMIT 1 $$;
CREATE FUNCTION pg_temp.cash_only() RETURNS uuid LANGUAGE sql AS $$
    SELECT id FROM ledger_transaction WHERE entry_count = 0 $$;
CREATE FUNCTION pg_temp.son() RETURNS bigint LANGUAGE sql AS $$
    SELECT account_id FROM ledger_entry WHERE mandate_id IS NOT NULL LIMIT 1 $$;
CREATE FUNCTION pg_temp.mother() RETURNS bigint LANGUAGE sql AS $$
    SELECT account_id FROM ledger_entry WHERE transaction_id = pg_temp.purchase() AND line = 1 $$;
CREATE FUNCTION pg_temp.fit_again() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    genesis bytea := decode(repeat('00', 32), 'hex');
    leg record;
    turned ledger_account;
BEGIN
    UPDATE ledger_transaction AS t SET content_hash = ledger_content(
        ROW(t.*)::ledger_transaction,
        ARRAY(SELECT account_id FROM ledger_entry WHERE transaction_id = t.id ORDER BY line),
        ARRAY(SELECT amount FROM ledger_entry WHERE transaction_id = t.id ORDER BY line),
        ARRAY(SELECT mandate_id FROM ledger_entry WHERE transaction_id = t.id ORDER BY line));
    UPDATE ledger_account SET balance = 0, seq = 0, head = genesis WHERE seq IS NOT NULL;
    FOR leg IN
        SELECT e.*, t.content_hash FROM ledger_entry AS e JOIN ledger_transaction AS t ON t.id = e.transaction_id
        WHERE e.seq IS NOT NULL ORDER BY e.account_id, e.seq
    LOOP
        UPDATE ledger_account AS a SET seq = a.seq + 1, balance = a.balance + leg.amount, head = ledger_link(
            a.head, leg.content_hash, a.id, a.seq + 1, leg.amount, a.balance + leg.amount)
        WHERE a.id = leg.account_id RETURNING * INTO turned;
        UPDATE ledger_entry AS e SET seq = turned.seq + 1000, balance_after = turned.balance, hash = turned.head
        WHERE e.transaction_id = leg.transaction_id AND e.line = leg.line;
    END LOOP;
    UPDATE ledger_entry SET seq = seq - 1000 WHERE seq > 1000;
    DELETE FROM ledger_monthuse;
    INSERT INTO ledger_monthuse (mandate_id, month, used)
    SELECT e.mandate_id, ledger_month(COALESCE(o.posted_at, t.posted_at)), -sum(e.amount)
    FROM ledger_entry AS e JOIN ledger_transaction AS t ON t.id = e.transaction_id
    LEFT JOIN ledger_transaction AS o ON o.id = t.reverses_id WHERE e.mandate_id IS NOT NULL GROUP BY 1, 2;
    DELETE FROM ledger_reversedtotal;
    INSERT INTO ledger_reversedtotal (original_id, total, reversed)
    SELECT o.id, o.total, sum(t.total) FROM ledger_transaction AS t JOIN ledger_transaction AS o ON o.id = t.reverses_id
    GROUP BY o.id;
END $$;

-- transaction: an amount
UPDATE ledger_entry SET amount = amount - 1 WHERE transaction_id = pg_temp.purchase() AND line = 1;

-- transaction: both legs scaled
UPDATE ledger_entry SET amount = amount * 2 WHERE transaction_id = pg_temp.purchase();

-- transaction: a leg moved to another account
UPDATE ledger_entry SET account_id = 1 WHERE account_id = pg_temp.son() AND seq = 2;

-- transaction: the provider's leg moved
UPDATE ledger_entry SET account_id = account_id + 1
WHERE transaction_id = pg_temp.purchase() AND seq IS NULL;

-- transaction: two legs swapped
UPDATE ledger_entry SET line = line + 10 WHERE transaction_id = pg_temp.purchase() AND line < 3;
UPDATE ledger_entry SET line = 13 - line WHERE line > 10;

-- transaction: a serial
UPDATE ledger_transaction SET serial = 'other' WHERE id = pg_temp.purchase();

-- transaction: a patient
UPDATE ledger_transaction SET beneficiary_id = gen_random_uuid() WHERE kind = 'reversal';

-- transaction: a time
UPDATE ledger_transaction SET event_at = event_at - interval '1 day' WHERE id = pg_temp.purchase();

-- transaction: another transaction reversed
UPDATE ledger_transaction SET reverses_id = pg_temp.cash_only() WHERE kind = 'reversal';

-- transaction: an entry deleted
DELETE FROM ledger_entry WHERE account_id = pg_temp.son() AND seq = 2;

-- transaction: an entry inserted
INSERT INTO ledger_entry (transaction_id, line, account_id, amount) VALUES (pg_temp.purchase(), 9, 1, 5);

-- chain: two entries of a chain swapped
UPDATE ledger_entry SET seq = seq + 100 WHERE account_id = pg_temp.son() AND seq IN (2, 3);
UPDATE ledger_entry SET seq = 105 - seq WHERE seq > 100;

-- chain: a chain hash
UPDATE ledger_entry SET hash = sha256('x') WHERE account_id = pg_temp.son() AND seq = 3;

-- transaction: the tail of one account
DELETE FROM ledger_entry WHERE account_id = pg_temp.son() AND seq = 4;

-- account: a stored balance
UPDATE ledger_account SET balance = balance + 100 WHERE id = pg_temp.son();

-- month_use: a month's use
UPDATE ledger_monthuse SET used = used - 100;

-- reversed_total: a reversed total
UPDATE ledger_reversedtotal SET reversed = reversed - 1;

-- idempotency_key: a reply of another posting
UPDATE ledger_idempotencykey SET body = replace(body, '7', '8');

-- seal: an amount, and the suffix hashed again
UPDATE ledger_entry SET amount = amount + CASE line WHEN 1 THEN 1 ELSE -1 END
WHERE transaction_id = pg_temp.purchase() AND line < 3;
UPDATE ledger_transaction SET own = own - 1, shared = shared + 1 WHERE id = pg_temp.purchase();
SELECT pg_temp.fit_again();

-- seal: a serial, hashed again
UPDATE ledger_transaction SET serial = 'other' WHERE id = pg_temp.purchase();
SELECT pg_temp.fit_again();

-- seal: the tail of the books, with all it did
DELETE FROM ledger_entry
WHERE transaction_id IN (SELECT id FROM ledger_transaction WHERE kind = 'reversal');
DELETE FROM ledger_transaction WHERE kind = 'reversal';
SELECT pg_temp.fit_again();

-- seal: a whole account, with all that touched it
DELETE FROM ledger_transaction
WHERE kind = 'reversal'
    OR id IN (SELECT transaction_id FROM ledger_entry WHERE account_id = (SELECT pg_temp.mother()));
DELETE FROM ledger_entry WHERE transaction_id NOT IN (SELECT id FROM ledger_transaction);
DELETE FROM ledger_idempotencykey;
DELETE FROM ledger_account WHERE kind = 'personal' AND seq = 0;
SELECT pg_temp.fit_again();

-- seal: a purchase that left no entries
DELETE FROM ledger_transaction WHERE id = pg_temp.cash_only();

-- seal: a posting back-dated under an old seal
UPDATE ledger_transaction SET xid = (SELECT min(xid) FROM ledger_transaction)
WHERE id = pg_temp.cash_only();

-- seal: a posting no seal will ever reach
UPDATE ledger_transaction SET xid = xid + 1000000000 WHERE id = pg_temp.cash_only();

-- seal_chain: a seal
UPDATE ledger_seal SET rows = rows - 1 WHERE number = 2;

-- seal_chain: a seal's root
UPDATE ledger_seal SET root = sha256('x') WHERE number = 2;

-- seal_chain: a seal deleted
DELETE FROM ledger_seal WHERE number = 2;

-- published: the last seal deleted
DELETE FROM ledger_seal WHERE number = 3;

-- published: all seals deleted
DELETE FROM ledger_seal;
