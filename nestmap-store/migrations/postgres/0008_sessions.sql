-- Finds somebody's sessions, to end them.
create index sessions_person on sessions (organization_id, person_id, session_id)
