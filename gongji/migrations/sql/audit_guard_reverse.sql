DROP TRIGGER gongji_seal_keep_all ON gongji_auditseal;
DROP TRIGGER gongji_seal_keep ON gongji_auditseal;
DROP TRIGGER gongji_audit_keep_all ON gongji_auditrow;
DROP TRIGGER gongji_audit_keep ON gongji_auditrow;
DROP FUNCTION gongji_audit_refuse();
