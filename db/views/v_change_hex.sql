-- Every change of every integer, oldest first by id; NULL is absent, in block_hash too: the hash of a block inside a backfilled range.
CREATE VIEW v_change_hex AS
SELECT c.id, c.block_number, e.deployment, e.market, e.account, f.name AS field,
       CASE WHEN c.old IS NULL THEN NULL ELSE hex(c.old) END AS old_hex,
       CASE WHEN c.new IS NULL THEN NULL ELSE hex(c.new) END AS new_hex,
       b.hash AS block_hash, b.timestamp AS block_timestamp
FROM change AS c
JOIN entity AS e ON e.id = c.entity_id
JOIN field AS f ON f.id = c.field_id
LEFT JOIN block AS b ON b.number = c.block_number
