DROP FUNCTION ledger_settle(uuid, bigint, text, uuid, bigint, text, timestamptz, boolean, text, bytea, boolean);
DROP FUNCTION ledger_do_settle(
    uuid, bigint, text, uuid, bigint, text, timestamptz, boolean, text, bytea, boolean, timestamptz);
