-- Seals are inserted, never changed. Whoever gets past this still has the published file against them.

CREATE FUNCTION ledger_refuse_seal_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'seals are never changed, % is refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER seal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_seal
    EXECUTE FUNCTION ledger_refuse_seal_change();
