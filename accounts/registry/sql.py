"""The statements of the import. Each works on the whole of `incoming`, one batch of prepared lines.

`seen` holds every line of the file so far as 64-bit digests: a file that contradicts itself would otherwise
change something each time it is imported.
"""

STAGE = """
CREATE TEMP TABLE incoming (
    line integer, id_type text, id_index bytea, person_digest bytea, person_key bigint, content_key bigint,
    person_state "char", person_id uuid,
    id_number bytea, name bytea, birth bytea, phone bytea, phone_index bytea,
    enrollment_digest bytea, enrollment_state "char", area text, scheme text, personal_account boolean,
    status text, valid_from date, valid_to date, household_index bytea, relation_to_head text, employer text
);
CREATE TEMP TABLE seen (
    person bigint, enrollment text, content bigint, line integer, PRIMARY KEY (person, enrollment)
)
"""

COPY_INCOMING = "COPY incoming FROM STDIN"

# Every join below starts from the few lines of `incoming` and goes by index into tables whose statistics
# may be hours old: the first import fills empty ones.
BY_INDEX = "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"

# Not DELETE: the rows of all earlier batches would be read again and again.
EMPTY = "TRUNCATE incoming"

REMEMBER = """
INSERT INTO seen
SELECT person_key, concat_ws('/', area, scheme, valid_from), content_key, line FROM incoming ORDER BY line
ON CONFLICT DO NOTHING
"""

TAKE_OUT_DOUBLES = """
DELETE FROM incoming i USING seen s
WHERE s.person = i.person_key AND (
    s.line < i.line AND s.content <> i.content_key
    OR s.enrollment = concat_ws('/', i.area, i.scheme, i.valid_from) AND s.line <> i.line
)
RETURNING i.line, s.content <> i.content_key
"""

INSERT_PEOPLE = """
INSERT INTO accounts_person
    (id, id_type, id_index, id_number, name, birth, phone, phone_index, registry_digest, level,
     created_at, updated_at)
SELECT person_id, id_type, id_index, id_number, name, birth, phone, phone_index, person_digest, 0,
       now(), now()
FROM incoming WHERE person_state = 'n' ORDER BY line
ON CONFLICT (id_type, id_index) DO NOTHING
"""

CHANGE_PEOPLE = """
UPDATE accounts_person p
SET id_number = i.id_number, name = i.name, birth = i.birth, phone = i.phone, phone_index = i.phone_index,
    registry_digest = i.person_digest, updated_at = now()
FROM incoming i
WHERE i.person_state = 'c' AND p.id = i.person_id
"""

# A person who came with this very line is enrolled as current at once; for all others the choice follows.
ENROL = """
INSERT INTO accounts_enrollment AS e
    (person_id, area, scheme, personal_account, status, valid_from, valid_to, household_index,
     relation_to_head, employer, current, source, registry_digest, updated_at)
SELECT p.id, i.area, i.scheme, i.personal_account, i.status, i.valid_from, i.valid_to, i.household_index,
       i.relation_to_head, i.employer, i.person_state = 'n' AND p.id = i.person_id,
       '医保参保登记', i.enrollment_digest, now()
FROM incoming i JOIN accounts_person p ON p.id_type = i.id_type AND p.id_index = i.id_index
WHERE i.enrollment_state = 'n' AND p.registry_digest = i.person_digest
ORDER BY i.line
ON CONFLICT (person_id, area, scheme, valid_from) DO UPDATE
SET personal_account = excluded.personal_account, status = excluded.status, valid_to = excluded.valid_to,
    household_index = excluded.household_index, relation_to_head = excluded.relation_to_head,
    employer = excluded.employer, source = excluded.source, registry_digest = excluded.registry_digest,
    updated_at = now()
WHERE e.registry_digest IS DISTINCT FROM excluded.registry_digest
"""  # data

# Which enrolment counts: a death above all, then one that lasts, then the one that began last.
_CHOSEN = """
WITH chosen AS (
    SELECT DISTINCT ON (e.person_id) e.id, e.person_id, e.valid_from
    FROM incoming i
    JOIN accounts_person p ON p.id_type = i.id_type AND p.id_index = i.id_index
    JOIN accounts_enrollment e ON e.person_id = p.id
    WHERE i.enrollment_state = 'n' AND NOT (i.person_state = 'n' AND p.id = i.person_id)
    ORDER BY e.person_id, e.status = 'deceased' DESC, e.status IN ('active', 'suspended') DESC,
             e.valid_from DESC NULLS LAST, e.scheme, e.area, e.id
)
"""

CLOSE_FORMER = (
    _CHOSEN
    + """
UPDATE accounts_enrollment former
SET current = false, valid_to = coalesce(former.valid_to, chosen.valid_from), updated_at = now()
FROM chosen
WHERE former.person_id = chosen.person_id AND former.current AND former.id <> chosen.id
"""
)

MAKE_CURRENT = (
    _CHOSEN
    + """
UPDATE accounts_enrollment e SET current = true, updated_at = now()
FROM chosen WHERE e.id = chosen.id AND NOT e.current
"""
)
