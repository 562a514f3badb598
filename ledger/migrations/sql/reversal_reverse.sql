DROP FUNCTION ledger_reverse(uuid, bigint, uuid, text, bigint, text, timestamptz, text, bytea);
DROP FUNCTION ledger_do_reverse(uuid, bigint, uuid, text, bigint, text, timestamptz, text, bytea, timestamptz);
