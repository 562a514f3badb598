-- Between which accounts money may go, and on which one a mandate draws: whoever writes, the portal's role included.
-- Settlements and reversals are not looked at again: their ways follow from the rows that are checked here.
-- Each has its search_path: a temporary table of the same name must not be what is looked at.

CREATE FUNCTION ledger_fit_mandate() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM ledger_account AS a WHERE a.id = NEW.account_id AND CASE NEW.kind
        WHEN 'mutual_aid' THEN a.kind = 'personal' AND a.owner_id = NEW.authorizer_id
        WHEN 'pool' THEN a.kind = 'pool' AND a.owner_id = NEW.authorizer_id
        WHEN 'wallet' THEN a.kind = 'wallet' AND a.owner_id = NEW.beneficiary_id
        ELSE true END;
    IF NOT FOUND AND NEW.account_id IS NOT NULL THEN
        RAISE EXCEPTION 'a % mandate does not draw on this account', NEW.kind
            USING ERRCODE = 'check_violation', CONSTRAINT = 'mandate_fits_its_account';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER mandate_fits_its_account
    BEFORE INSERT OR UPDATE OF kind, account_id, authorizer_id, beneficiary_id ON ledger_mandate
    FOR EACH ROW EXECUTE FUNCTION ledger_fit_mandate();

CREATE FUNCTION ledger_fit_provider() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM ledger_account WHERE id = NEW.account_id AND kind = 'provider';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a provider is paid on an account of its own'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'provider_fits_its_account';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER provider_fits_its_account BEFORE INSERT OR UPDATE OF account_id ON ledger_provider
    FOR EACH ROW EXECUTE FUNCTION ledger_fit_provider();

-- What waits was sent: by this giver, this amount, to this account. Each sending has one transfer (unique).
CREATE FUNCTION ledger_fit_transfer() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM ledger_transaction AS t
    JOIN ledger_entry AS e ON e.transaction_id = t.id AND e.amount > 0
    JOIN ledger_mandate AS m ON m.id = NEW.mandate_id AND m.kind = 'wallet' AND m.authorizer_id = t.beneficiary_id
    WHERE t.id = NEW.sending_id AND t.kind = 'wallet_send' AND t.total = NEW.amount AND e.account_id = NEW.transit_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a transfer waits for what was sent'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'wallet_transfer_was_sent';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER wallet_transfer_was_sent BEFORE INSERT OR UPDATE OF mandate_id, transit_id, amount, sending_id
    ON ledger_wallettransfer FOR EACH ROW EXECUTE FUNCTION ledger_fit_transfer();

-- What neither a provider nor a reversal posts goes from one kind of account to another, and between the right people.
-- Looked at when the transaction commits: a wallet's transfer names its end after the end was posted.
CREATE FUNCTION ledger_keep_to_way() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    leg record;
    fits boolean;
BEGIN
    SELECT source.id AS source, target.id AS target, source.owner_id AS giver, target.owner_id AS taker,
           concat_ws(' ', NEW.kind, source.kind, target.kind) AS way INTO leg
    FROM ledger_entry AS gave
    JOIN ledger_account AS source ON source.id = gave.account_id
    JOIN ledger_entry AS got ON got.transaction_id = gave.transaction_id AND got.amount > 0
    JOIN ledger_account AS target ON target.id = got.account_id
    WHERE gave.transaction_id = NEW.id AND gave.amount < 0;
    fits := NEW.entry_count = 2 AND CASE
        WHEN leg.way IN ('opening fund personal', 'contribution fund personal', 'interest fund personal') THEN
            leg.taker = NEW.beneficiary_id
        WHEN leg.way = 'premium personal premium' THEN true
        WHEN leg.way = 'pool_in personal pool' THEN
            leg.giver = NEW.beneficiary_id AND ledger_may_use(leg.target, NEW.beneficiary_id)
        WHEN leg.way = 'pool_out pool personal' THEN
            leg.taker = NEW.beneficiary_id AND ledger_may_use(leg.source, NEW.beneficiary_id)
        WHEN leg.way = 'wallet_send personal transit' THEN leg.giver = NEW.beneficiary_id
        WHEN leg.way = 'wallet_back wallet personal' THEN EXISTS (
            SELECT FROM ledger_mandate WHERE account_id = leg.source AND authorizer_id = leg.taker)
        WHEN leg.way IN ('wallet_take transit wallet', 'wallet_back transit personal') THEN EXISTS (
            SELECT FROM ledger_wallettransfer AS w JOIN ledger_mandate AS m ON m.id = w.mandate_id
            WHERE w.ending_id = NEW.id AND NEW.serial = 'wallet_end:' || w.id AND w.amount = NEW.total
                AND w.transit_id = leg.source AND m.beneficiary_id = NEW.beneficiary_id
                AND CASE NEW.kind WHEN 'wallet_take' THEN m.account_id = leg.target ELSE m.authorizer_id = leg.taker END)
        END;
    IF fits IS NOT TRUE THEN
        RAISE EXCEPTION '% does not go from and to these accounts', NEW.kind
            USING ERRCODE = 'check_violation', CONSTRAINT = 'transaction_keeps_to_its_way';
    END IF;
    RETURN NULL;
END $$;

-- Whether somebody was ever let into a pool.
CREATE FUNCTION ledger_may_use(pool bigint, person uuid) RETURNS boolean LANGUAGE sql STABLE
RETURN EXISTS (SELECT FROM ledger_mandate WHERE account_id = pool AND beneficiary_id = person AND kind = 'pool');

CREATE CONSTRAINT TRIGGER transaction_keeps_to_its_way AFTER INSERT ON ledger_transaction
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.provider_id IS NULL AND NEW.reverses_id IS NULL)
    EXECUTE FUNCTION ledger_keep_to_way();
