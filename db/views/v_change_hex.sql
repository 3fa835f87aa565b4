-- Every change of every integer, oldest first by id; NULL is absent.
CREATE VIEW v_change_hex AS
SELECT c.id, c.block_number, e.deployment, e.market, e.account, f.name AS field,
       CASE WHEN c.old IS NULL THEN NULL ELSE hex(c.old) END AS old_hex,
       CASE WHEN c.new IS NULL THEN NULL ELSE hex(c.new) END AS new_hex
FROM change AS c
JOIN entity AS e ON e.id = c.entity_id
JOIN field AS f ON f.id = c.field_id
