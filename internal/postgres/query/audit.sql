-- name: AppendAudit :exec
INSERT INTO audit_log (actor_id, actor_role, session_id, key_id, address, request_id, action, subject, subject_id, before, after)
VALUES (sqlc.narg(actor_id), @actor_role, sqlc.narg(session_id), sqlc.narg(key_id), @address, @request_id, @action, @subject,
        sqlc.narg(subject_id), @before, @after);
