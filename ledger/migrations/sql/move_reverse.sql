DROP FUNCTION ledger_move(uuid, text, text, uuid, text, bigint, bigint, bigint, bigint, text, timestamptz);
DROP FUNCTION ledger_do_move(
    uuid, text, text, uuid, text, bigint, bigint, bigint, bigint, text, timestamptz, timestamptz);
