-- What a second person confirms: access again after a lost device, or an invitation that an administrator alone asks for.
ALTER TABLE restoring ADD COLUMN purpose text NOT NULL DEFAULT 'restore' CHECK (purpose IN ('restore', 'invite'));
ALTER TABLE restoring ADD COLUMN sign_in_name text;

-- Access given again by one school is not access to another one.
GRANT DELETE ON account_link TO doorstep_app;
