DROP FUNCTION ledger_credit(uuid[], bigint[], bigint[], text[], text[], bigint[], timestamptz[]);
DROP FUNCTION ledger_do_credit(uuid[], bigint[], bigint[], text[], text[], bigint[], timestamptz[], timestamptz[]);
