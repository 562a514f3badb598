DROP TRIGGER seal_append_only ON ledger_seal;
DROP FUNCTION ledger_refuse_seal_change();
