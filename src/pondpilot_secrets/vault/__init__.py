"""One vault: the parts that an open one consists of, and the use cases that work with them.

Each part takes what it needs in its constructor, and none takes the whole; import-linter holds the order below, and that no
use case knows another. What one needs of another (`ports`) it is handed by the composition. No SQL, no parsing and no
printing is here.

What is open, bottom up: `vault_state` is the typed view of the vault's settings; `secret_store` owns the provider that
credentials rest in, opens and closes it; `credential_items` encodes and decodes them with the context they are bound to;
`audit_trail` owns the log and its key; `user_presence` asks whether the person is there; `guard` authorises an action by
grants, presence and limits; `unit_of_work` alone takes the write lock, after it has opened store and log, and runs the
recovery steps, `crash_recovery` and `move_recovery`; `rollback` takes back what fails half-way.

Use cases: `secret_reader` and `secret_writer`; `injection_service`, `probe_service`, `child_environment` and `shell_startup`
hand secrets over; `rotation`; `redactor`; `store_move`, `rekeying` and `recovery_codes` change where credentials rest and
what opens them; `limit_settings` and `presence_settings`; `audit_restart`; `repair`; `status`.

Above them, `composition` puts the parts together, those that all callers share and the use cases of each caller, and
`administration` is the half of the facade that looks after a vault; the other half is `pondpilot_secrets.manager`.

What knows no other part: `drafts` (what is asked for), `preparation` (what is written), `references` between secrets,
`new_keys`, `context_binding`, `payload_cache`, `marker_file`, `expiry_warning`, `owned_values` (who closes which), `once`.
"""
