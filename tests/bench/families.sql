-- Families for the settlement benches, loaded past the triggers: a mother with 10.00 元 and two children with
-- 9.00 and 8.00. A settlement of 25.00 takes from all three, so each family serves once. May be run again for more of them.
SET session_replication_role = replica;
INSERT INTO ledger_account (id, kind, area, away_allowed, opened_at)
SELECT n, 'provider', '990100', false, now() FROM generate_series(1000001, 1001000) AS n ON CONFLICT DO NOTHING;
INSERT INTO ledger_provider (id, name, area, account_id, created_at)
SELECT n, 'bench ' || n, '990100', n, now() FROM generate_series(1000001, 1001000) AS n ON CONFLICT DO NOTHING;

CREATE TEMP TABLE member AS
SELECT n, ('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid AS id FROM generate_series(3 * %(first)s + 1, 3 * (%(first)s + %(families)s)) AS n;
INSERT INTO accounts_person (id, id_type, id_number, id_index, name, level, created_at, updated_at)
SELECT id, '01', '\x00', int8send(n), '\x00', 10, now(), now() FROM member;
INSERT INTO accounts_enrollment
    (person_id, area, scheme, personal_account, status, employer, relation_to_head, current, source, updated_at)
SELECT id, '990100', '310', true, 'active', '', '', true, 'bench', now() FROM member;
INSERT INTO ledger_account (id, kind, owner_id, area, balance, seq, head, away_allowed, opened_at)
SELECT 2000000 + n, 'personal', id, '990100', 1000 - (n - 1) %% 3 * 100, 0, decode(repeat('00', 32), 'hex'), false, now()
FROM member;
INSERT INTO ledger_mandate
    (binding_id, kind, account_id, authorizer_id, beneficiary_id, authorizer_mask, rank, privacy, valid_from)
SELECT gen_random_uuid(), 'mutual_aid', 2000000 + child.n, child.id, mother.id, '李*明', 1, 1, now() - interval '1 day'
FROM member AS child JOIN member AS mother ON mother.n = child.n - (child.n - 1) %% 3
WHERE child.n %% 3 <> 1;
DROP TABLE member;
SET session_replication_role = origin;
ANALYZE;
