-- The account of a member of staff who is erased goes, with all that hangs on it; one that is somebody's at another school
-- as well stays theirs there. The app's role deletes no account in any other way.
CREATE FUNCTION forget(of_school text, who uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found uuid;
BEGIN
    DELETE FROM doorstep_accounts.invitation WHERE school = of_school AND staff_id = who;
    DELETE FROM doorstep_accounts.restoring WHERE school = of_school AND staff_id = who;
    DELETE FROM doorstep_accounts.account_link WHERE school = of_school AND staff_id = who RETURNING account_id INTO found;
    IF found IS NULL OR EXISTS (SELECT FROM doorstep_accounts.account_link WHERE account_id = found) THEN
        RETURN;
    END IF;
    DELETE FROM doorstep_accounts.session WHERE account_id = found;
    DELETE FROM doorstep_accounts.recovery_code WHERE account_id = found;
    DELETE FROM doorstep_accounts.known_place WHERE account_id = found;
    DELETE FROM doorstep_accounts.account WHERE account_id = found;
END
$$;
REVOKE EXECUTE ON FUNCTION forget(text, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget(text, uuid) TO doorstep_app;
