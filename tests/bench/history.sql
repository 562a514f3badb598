-- Years of valid books, loaded past the triggers: content, chains, balances, month totals and replies are what
-- ledger_record and its triggers would have written. Families of a mother (on whom two children spend) are
-- numbered from %(first)s; each part below is one statement batch in a transaction of its own.

-- part: people
SET LOCAL session_replication_role = replica;
INSERT INTO ledger_account (id, kind, area, away_allowed, opened_at)
SELECT n, 'provider', '990100', false, now() FROM generate_series(20000001, 20001000) AS n ON CONFLICT DO NOTHING;
INSERT INTO ledger_provider (id, name, area, account_id, created_at)
SELECT n, 'history ' || n, '990100', n, now() FROM generate_series(20000001, 20001000) AS n ON CONFLICT DO NOTHING;
INSERT INTO ledger_account (kind, area, away_allowed, opened_at)
VALUES ('fund', '990100', false, now()) ON CONFLICT DO NOTHING;

DROP TABLE IF EXISTS member, book;
CREATE TEMP TABLE member AS
SELECT n, (n - 1) / 3 AS family, (n - 1) %% 3 AS place, 30000000 + n AS account,
       ('00000000-0000-4001-8000-' || lpad(to_hex(n), 12, '0'))::uuid AS id
FROM generate_series(3 * %(first)s + 1, 3 * (%(first)s + %(families)s)) AS n;
INSERT INTO accounts_person (id, id_type, id_number, id_index, name, level, created_at, updated_at)
SELECT id, '01', '\x00', int8send(1::bigint << 40 | n), '\x00', 10, now(), now() FROM member;
INSERT INTO accounts_enrollment
    (person_id, area, scheme, personal_account, status, employer, relation_to_head, current, source, updated_at)
SELECT id, '990100', '310', true, 'active', '', '', true, 'bench', now() FROM member;
INSERT INTO ledger_account (id, kind, owner_id, area, balance, seq, head, away_allowed, opened_at)
SELECT account, 'personal', id, '990100', 0, 0, decode(repeat('00', 32), 'hex'), false, now() FROM member;
INSERT INTO ledger_mandate
    (id, binding_id, kind, account_id, authorizer_id, beneficiary_id, authorizer_mask, rank, privacy, valid_from)
SELECT child.account, gen_random_uuid(), 'mutual_aid', child.account, child.id, mother.id, '李*明', child.place, 1,
       now() - interval '3 years'
FROM member AS child JOIN member AS mother ON mother.n = child.n - child.place
WHERE child.place > 0;

CREATE TEMP TABLE book AS
SELECT account AS id, 0::bigint AS balance, 0::bigint AS seq, decode(repeat('00', 32), 'hex') AS head FROM member;
ANALYZE member, book;

-- part: opening
-- 10,000 元 for everybody, two years ago.
DROP TABLE IF EXISTS draft;
CREATE TEMP TABLE draft AS
SELECT d.*, ARRAY[d.account, fund.id] AS accounts, ARRAY[d.total, -d.total] AS amounts,
       ARRAY[NULL, NULL]::bigint[] AS mandates
FROM (
    SELECT n, account, 'opening' AS kind, NULL::bigint AS provider, 'opening' AS serial, id AS beneficiary,
           '' AS category, now() - interval '730 days' + family %% 80000 * interval '1 second' AS at,
           1000000::bigint AS total, 1000000::bigint AS own, 0::bigint AS shared, NULL::uuid AS reverses
    FROM member
) AS d, ledger_account AS fund
WHERE fund.kind = 'fund' AND fund.area = '990100';

-- part: round
-- Every mother buys something: her own account and both children pay.
DROP TABLE IF EXISTS draft;
CREATE TEMP TABLE draft AS
SELECT n, account, 'settlement' AS kind, provider, 'H' || family || '-' || %(round)s AS serial, id AS beneficiary,
       CASE WHEN (family + %(round)s) %% 3 = 0 THEN 'drug' ELSE 'outpatient' END AS category, at,
       own + first + second AS total, own, first + second AS shared, NULL::uuid AS reverses,
       ARRAY[account, account + 1, account + 2, provider] AS accounts,
       ARRAY[-own, -first, -second, own + first + second] AS amounts,
       ARRAY[NULL, account + 1, account + 2, NULL] AS mandates
FROM (
    SELECT m.*, 20000001 + (family * 7 + %(round)s) %% 1000 AS provider,
           now() - interval '725 days' + (%(round)s + family %% 997 / 1000.0) * interval '720 days' / %(rounds)s AS at,
           (100 + family %% 41 * 10 + %(round)s)::bigint AS own, (50 + family %% 37)::bigint AS first,
           (40 + %(round)s %% 29)::bigint AS second
    FROM member AS m WHERE place = 0
) AS bought;

-- part: reversals
-- One family in twenty brings half of its last purchase back: the second child's part and the first child's.
DROP TABLE IF EXISTS draft;
CREATE TEMP TABLE draft AS
SELECT m.n, m.account, 'reversal' AS kind, t.provider_id AS provider, 'R' || t.serial AS serial, m.id AS beneficiary,
       t.category, t.posted_at + interval '1 hour' AS at, t.shared AS total, 0::bigint AS own, t.shared,
       t.id AS reverses, ARRAY[m.account + 2, m.account + 1, t.provider_id] AS accounts,
       ARRAY[-second.amount, -first.amount, -t.shared] AS amounts, ARRAY[m.account + 2, m.account + 1, NULL] AS mandates
FROM member AS m
JOIN ledger_transaction AS t
    ON t.provider_id = 20000001 + (m.family * 7 + %(round)s) %% 1000 AND t.serial = 'H' || m.family || '-' || %(round)s
JOIN ledger_entry AS first ON first.transaction_id = t.id AND first.line = 2
JOIN ledger_entry AS second ON second.transaction_id = t.id AND second.line = 3
WHERE m.place = 0 AND m.family %% 20 = 0;

-- part: post
-- What the draft says becomes transactions and entries; an account takes part at most once in a draft.
SET LOCAL session_replication_role = replica;
DROP TABLE IF EXISTS posted, leg;
CREATE TEMP TABLE posted (LIKE ledger_transaction INCLUDING DEFAULTS);
INSERT INTO posted (id, kind, provider_id, serial, beneficiary_id, category, away, event_at, posted_at, total, own,
                    shared, cash, entry_count, reverses_id, reason, content_hash)
SELECT overlay(overlay(md5(n || kind || serial) PLACING
                   lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' FROM 1)
               PLACING '8' FROM 17)::uuid,
       kind, provider, serial, beneficiary, category, false, at, at, total, own, shared, 0, cardinality(accounts),
       reverses, CASE kind WHEN 'reversal' THEN '退药' ELSE '' END, ''
FROM draft ORDER BY 1;
UPDATE posted AS p SET content_hash = ledger_content(ROW(p.*)::ledger_transaction, d.accounts, d.amounts, d.mandates)
FROM draft AS d WHERE d.beneficiary = p.beneficiary_id;
INSERT INTO ledger_transaction SELECT * FROM posted;

CREATE TEMP TABLE leg AS
SELECT p.id AS transaction_id, p.posted_at, p.reverses_id, leg.line, leg.account, leg.amount, leg.mandate, b.seq + 1 AS seq,
       b.balance + leg.amount AS balance,
       ledger_link(b.head, p.content_hash, b.id, b.seq + 1, leg.amount, b.balance + leg.amount) AS hash
FROM draft AS d
JOIN posted AS p ON p.beneficiary_id = d.beneficiary,
     unnest(d.accounts, d.amounts, d.mandates) WITH ORDINALITY AS leg(account, amount, mandate, line)
LEFT JOIN book AS b ON b.id = leg.account;
INSERT INTO ledger_entry (transaction_id, line, account_id, amount, seq, balance_after, hash, mandate_id)
SELECT transaction_id, line, account, amount, seq, balance, hash, mandate FROM leg ORDER BY transaction_id, line;

CREATE TEMP TABLE turned AS
SELECT b.id, COALESCE(l.balance, b.balance) AS balance, COALESCE(l.seq, b.seq) AS seq, COALESCE(l.hash, b.head) AS head
FROM book AS b LEFT JOIN leg AS l ON l.account = b.id;
DROP TABLE book;
ALTER TABLE turned RENAME TO book;
ANALYZE book;

INSERT INTO ledger_monthuse AS kept (mandate_id, month, used)
SELECT mandate, ledger_month(posted_at), -amount FROM leg WHERE mandate IS NOT NULL AND reverses_id IS NULL
ON CONFLICT (mandate_id, month) DO UPDATE SET used = kept.used + EXCLUDED.used;
UPDATE ledger_monthuse AS u SET used = used - l.amount
FROM leg AS l JOIN ledger_transaction AS o ON o.id = l.reverses_id
WHERE u.mandate_id = l.mandate AND u.month = ledger_month(o.posted_at);
INSERT INTO ledger_reversedtotal (original_id, total, reversed)
SELECT o.id, o.total, p.total FROM posted AS p JOIN ledger_transaction AS o ON o.id = p.reverses_id;
INSERT INTO ledger_idempotencykey (provider_id, key, request, status, body, created_at)
SELECT provider_id, serial, sha256(convert_to(serial, 'UTF8')), 201,
       json_build_object('id', id, 'provider_serial', serial, 'amount', ledger_yuan(total))::text, posted_at
FROM posted WHERE provider_id IS NOT NULL;

-- part: close
SET LOCAL session_replication_role = replica;
UPDATE ledger_account AS a SET balance = b.balance, seq = b.seq, head = b.head FROM book AS b WHERE a.id = b.id;
DROP TABLE member, book, draft, posted, leg;
