-- The audit trail and its seals are inserted, never changed: not by a bug, not by the web role, not by its owner in passing.
-- A superuser can still disable a trigger; the keyed code of each row is there for that case.
CREATE FUNCTION gongji_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit rows are never changed (%)', TG_OP USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER gongji_audit_keep BEFORE UPDATE OR DELETE ON gongji_auditrow
    FOR EACH ROW EXECUTE FUNCTION gongji_audit_refuse();

CREATE TRIGGER gongji_audit_keep_all BEFORE TRUNCATE ON gongji_auditrow
    FOR EACH STATEMENT EXECUTE FUNCTION gongji_audit_refuse();

CREATE TRIGGER gongji_seal_keep BEFORE UPDATE OR DELETE ON gongji_auditseal
    FOR EACH ROW EXECUTE FUNCTION gongji_audit_refuse();

CREATE TRIGGER gongji_seal_keep_all BEFORE TRUNCATE ON gongji_auditseal
    FOR EACH STATEMENT EXECUTE FUNCTION gongji_audit_refuse();
