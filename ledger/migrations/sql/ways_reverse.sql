DROP TRIGGER transaction_keeps_to_its_way ON ledger_transaction;
DROP FUNCTION ledger_keep_to_way();
DROP FUNCTION ledger_may_use(bigint, uuid);
DROP TRIGGER wallet_transfer_was_sent ON ledger_wallettransfer;
DROP FUNCTION ledger_fit_transfer();
DROP TRIGGER provider_fits_its_account ON ledger_provider;
DROP FUNCTION ledger_fit_provider();
DROP TRIGGER mandate_fits_its_account ON ledger_mandate;
DROP FUNCTION ledger_fit_mandate();
