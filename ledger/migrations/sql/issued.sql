-- What was issued on paper stays as it was issued.
CREATE TRIGGER issued_statement_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_issuedstatement
    EXECUTE FUNCTION ledger_refuse_change();
